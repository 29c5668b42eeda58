//! What is left of private keys in the memory of `outsidein keys compare` once their files have been read.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use pkcs8::der::asn1::OctetStringRef;
use regex::bytes::Regex;
use sec1::EcPrivateKey;

use crate::process::{Directory, run};

/// No shorter piece of a secret is looked for: it could be there by chance.
const MIN_PIECE: usize = 16;

/// `keys compare` that has read a key file and waits to read from a pipe.
struct Waiting {
    child: Child,
    // Closing it ends the wait.
    _pipe: File,
    _directory: Directory,
}

impl Waiting {
    fn after(key_file: &Path) -> Self {
        let directory = Directory::new();
        let pipe = directory.path().join("pipe");
        run(Command::new("mkfifo").arg(&pipe));
        let child = Command::new(env!("CARGO_BIN_EXE_outsidein"))
            .args([
                "keys",
                "compare",
                "--zone",
                "r.test",
                "--target",
                "127.0.0.1:1",
            ])
            .arg("--backup")
            .arg(key_file)
            .arg("--backup")
            .arg(&pipe)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Opens when the other end is opened too: after the key file.
        let pipe = File::create(pipe).unwrap();
        Self {
            child,
            _pipe: pipe,
            _directory: directory,
        }
    }

    /// What may be written to of its memory, each mapping with its name.
    fn memory(&self) -> Vec<(String, Vec<u8>)> {
        let folder = PathBuf::from(format!("/proc/{}", self.child.id()));
        let mut memory = File::open(folder.join("mem")).unwrap();
        let maps = fs::read_to_string(folder.join("maps")).unwrap();
        let writable = maps.lines().filter(|line| line.contains(" rw"));
        let read = |line: &str| {
            let (range, _) = line.split_once(' ')?;
            let (start, end) = range.split_once('-')?;
            let [start, end] = [start, end].map(|place| u64::from_str_radix(place, 16).unwrap());
            let mut octets = vec![0; usize::try_from(end - start).unwrap()];
            memory.seek(SeekFrom::Start(start)).unwrap();
            memory.read_exact(&mut octets).unwrap();
            Some((line.to_owned(), octets))
        };
        writable.filter_map(read).collect()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The base64 of a sample and the secret numbers in it.
fn secrets(text: &str) -> (Vec<String>, Vec<Vec<u8>>) {
    let secret = ["PrivateKey", "PrivateExponent", "Prime1", "Prime2"];
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    let values: Vec<_> = fields
        .filter(|(name, _)| secret.contains(name))
        .map(|(_, value)| value)
        .collect();
    if !values.is_empty() {
        let numbers = values
            .iter()
            .map(|value| BASE64.decode(value.as_bytes()).unwrap());
        return (
            values.iter().map(ToString::to_string).collect(),
            numbers.collect(),
        );
    }
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with('-'))
        .map(str::to_owned)
        .collect();
    let octets = BASE64.decode(lines.concat().as_bytes()).unwrap();
    let info = PrivateKeyInfoRef::try_from(octets.as_slice()).unwrap();
    let inner = info.private_key.as_bytes();
    let numbers = if let Ok(key) = RsaPrivateKeyRef::try_from(inner) {
        let secret = [key.private_exponent, key.prime1, key.prime2];
        secret.map(|number| number.as_bytes().to_vec()).into()
    } else if let Ok(key) = EcPrivateKey::try_from(inner) {
        vec![key.private_key.to_vec()]
    } else {
        vec![
            <&OctetStringRef>::from_der(inner)
                .unwrap()
                .as_bytes()
                .to_vec(),
        ]
    };
    (lines, numbers)
}

/// Any part of these, each in its two halves and in either order of its octets.
fn pieces<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Regex {
    let mut pieces = Vec::new();
    for secret in secrets {
        for half in [&secret[..secret.len() / 2], &secret[secret.len() / 2..]] {
            // Zeros are everywhere.
            let half = if half.first() == Some(&0) {
                &half[1..]
            } else {
                half
            };
            if let Some(piece) = half.get(half.len().saturating_sub(MIN_PIECE)..)
                && piece.len() >= MIN_PIECE - 1
            {
                let escaped = |octet: &u8| format!("\\x{octet:02x}");
                pieces.push(piece.iter().map(escaped).collect::<String>());
                pieces.push(piece.iter().rev().map(escaped).collect());
            }
        }
    }
    assert!(!pieces.is_empty());
    Regex::new(&format!("(?s-u){}", pieces.join("|"))).unwrap()
}

#[test]
fn no_private_key_is_left_in_memory() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/key_backup/samples");
    for (name, numbers_held) in [
        ("ed25519.pem", false),
        ("ed448.pem", false),
        ("p256-zero.pem", false),
        ("p256.pem", false),
        ("p384-zero.pem", false),
        ("rsa1024.pem", false),
        // Until all files are read: a record may say whose it is.
        ("p384.private", true),
        ("rsa1024.private", false),
    ] {
        let file = samples.join(name);
        let (base64, numbers) = secrets(&fs::read_to_string(&file).unwrap());
        let base64 = pieces(base64.iter().map(String::as_bytes));
        let numbers = pieces(numbers.iter().map(Vec::as_slice));
        let argument = pieces([file.as_os_str().as_encoded_bytes()]);
        let memory = Waiting::after(&file).memory();
        let found = |wanted: &Regex| -> Vec<_> {
            let mappings = memory
                .iter()
                .map(|(mapping, octets)| (mapping, wanted.find_iter(octets).count()));
            mappings.filter(|(_, count)| *count > 0).collect()
        };
        assert!(
            !found(&argument).is_empty(),
            "{name}: its path must be found"
        );
        assert_eq!(found(&base64), [], "{name}: base64");
        assert_eq!(
            !found(&numbers).is_empty(),
            numbers_held,
            "{name}: {:?}",
            found(&numbers)
        );
    }
}
