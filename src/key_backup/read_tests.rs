use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A folder that is removed at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("outsidein-backup-{}-{count}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self) -> Backup {
        read(&[&self.0])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(paths: &[&PathBuf]) -> Backup {
    Backup::read(paths, &mut io::empty())
}

fn counts(backup: &Backup) -> [usize; 4] {
    [
        backup.records.len(),
        backup.private_keys.len(),
        backup.unreadable.len(),
        backup.other_files,
    ]
}

#[test]
fn folder_is_read_to_its_full_depth_by_content() {
    let folder = Folder::new();
    folder.write(
        "var/lib/knot/keys/keys/abc.pem",
        include_str!("samples/p256-zero.pem"),
    );
    folder.write("var/lib/knot/keys/data.mdb", [0, 159, 146, 150]);
    folder.write("var/lib/knot/keys/big", vec![b'a'; 1 << 21]);
    folder.write("named/oddly.txt", include_str!("samples/p384.key"));
    folder.write("named/without-ending", include_str!("samples/p384.private"));
    folder.write("named/notes", "DNSSEC keys of r.test.");
    let backup = folder.read();
    assert_eq!(counts(&backup), [1, 2, 0, 3]);
    assert!(
        backup
            .private_keys
            .iter()
            .any(|key| key.matches(&backup.records[0].dnskey))
    );
    assert!(!backup.records[0].is_standalone);
}

#[test]
fn private_scalar_is_dropped_once_its_record_is_found() {
    let folder = Folder::new();
    folder.write("K.private", include_str!("samples/p384.private"));
    folder.write("elsewhere.key", include_str!("samples/p384.key"));
    let backup = folder.read();
    assert_eq!(
        backup.private_keys[0].public_key(),
        Some(&*backup.records[0].dnskey.public_key)
    );
    fs::remove_file(folder.0.join("elsewhere.key")).unwrap();
    let alone = folder.read();
    assert_eq!(alone.private_keys[0].public_key(), None);
    assert!(alone.private_keys[0].matches(&backup.records[0].dnskey));
}

#[test]
fn named_file_without_a_key_is_reported() {
    let folder = Folder::new();
    let notes = folder.write("notes", "nothing");
    let backup = read(&[&notes, &folder.0.join("gone"), &PathBuf::from("-")]);
    let problems: Vec<_> = backup
        .unreadable
        .iter()
        .map(|unreadable| unreadable.problem.as_str())
        .collect();
    let empty = "holds neither a DNSKEY record nor a private key";
    assert_eq!(
        problems,
        [empty, "No such file or directory (os error 2)", empty]
    );
    assert_eq!(backup.unreadable[2].file, "standard input");
}

#[test]
fn unreadable_key_is_reported_with_its_file() {
    let folder = Folder::new();
    folder.write("keys/a.pem", include_str!("samples/ed448.pem"));
    folder.write("keys/b.key", "; comment\nr.test. DNSKEY 257 3 15 !\n");
    let problems: Vec<_> = folder
        .read()
        .unreadable
        .into_iter()
        .map(|unreadable| unreadable.file)
        .collect();
    let path = |name: &str| folder.0.join("keys").join(name).display().to_string();
    assert_eq!(problems, [path("a.pem"), path("b.key:2")]);
}

#[test]
fn records_next_to_a_pem_key_are_read() {
    let mut input = io::Cursor::new(
        [
            include_str!("samples/p384.key"),
            include_str!("samples/ed25519.pem"),
        ]
        .concat(),
    );
    let backup = Backup::read(&["-"], &mut input);
    assert_eq!(counts(&backup), [1, 1, 0, 0]);
    assert!(backup.records[0].is_standalone);
}

#[test]
fn symbolic_links_to_folders_are_not_followed() {
    let folder = Folder::new();
    let key = folder.write("keys/a.pem", include_str!("samples/ed25519.pem"));
    symlink(&folder.0, folder.0.join("keys/up")).unwrap();
    symlink(key, folder.0.join("keys/b.pem")).unwrap();
    symlink("nowhere", folder.0.join("keys/c.pem")).unwrap();
    let backup = folder.read();
    assert_eq!(counts(&backup), [0, 2, 2, 0]);
    assert!(
        backup
            .unreadable
            .iter()
            .any(|unreadable| unreadable.problem.contains("a link to a folder"))
    );
}

#[test]
fn endless_standard_input_is_cut_off() {
    let mut input = io::repeat(b'a').take(1 << 22);
    let backup = Backup::read(&["-"], &mut input);
    assert_eq!(
        input.limit(),
        (1 << 22) - (1 << 20) - 1,
        "no more is read than says that it is too much"
    );
    assert!(
        backup.unreadable[0]
            .problem
            .contains("more than 1048576 octets"),
        "{:?}",
        backup.unreadable
    );
}

#[test]
fn several_keys_in_one_file_are_all_read() {
    let (p384, rsa) = (
        include_str!("samples/p384.private"),
        include_str!("samples/rsa1024.private"),
    );
    let folder = Folder::new();
    // `pdnsutil export-zone-key` twice; `cat K*`, with a file that does not end its last line.
    folder.write("exported", [p384, rsa].concat());
    folder.write(
        "cat",
        [
            include_str!("samples/p384.key").trim_end(),
            "\n",
            p384,
            include_str!("samples/rsa1024.key"),
        ]
        .concat(),
    );
    folder.write("dos", [rsa, p384].concat().replace('\n', "\r\n"));
    let backup = folder.read();
    assert_eq!(counts(&backup), [2, 5, 0, 0], "{:?}", backup.unreadable);
    for private_key in &backup.private_keys {
        let of = backup
            .records
            .iter()
            .filter(|record| private_key.matches(&record.dnskey))
            .count();
        assert_eq!(of, 1, "{}", private_key.file);
    }
}
