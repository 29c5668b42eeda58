//! Reading a backup: every file once, recognised by what it holds.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::private::{KeyReadError, PrivateKeyIdentity};
use super::{Backup, BackupRecord, PrivateKey, UnreadableKey, bind, pem, record};

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// No key file is larger, and neither is what `keymgr` prints for thousands of zones. What is larger in a folder, such as
/// the database beside the keys, is no key; what was named by itself cannot be read.
const MAX_FILE_OCTETS: usize = 1 << 20;
/// Folders in folders: a restored path such as /var/lib/knot/keys/keys is well below it.
const MAX_FOLDER_DEPTH: usize = 32;

impl Backup {
    /// Reads what each of `paths` names: a file, a folder and what is below it, or `-` for `standard_input`. What cannot
    /// be read is told in the backup itself.
    pub fn read<P: AsRef<Path>>(paths: &[P], standard_input: &mut dyn Read) -> Self {
        let mut backup = Self::default();
        for path in paths.iter().map(AsRef::as_ref) {
            if path == Path::new(STANDARD_INPUT) {
                backup.add_file("standard input", read_limited(standard_input, 0), true);
            } else if path.is_dir() {
                backup.read_folder(path, MAX_FOLDER_DEPTH);
            } else {
                backup.add_file(&path.display().to_string(), read_file(path), true);
            }
        }
        backup.attach_public_keys();
        backup
    }

    /// Gives private keys that do not say their public half the record that fits: first that of the file beside them
    /// (`K*.key`, `K*.private`), so that a thousand keys do not take a million trials. Their secrets are dropped with it.
    fn attach_public_keys(&mut self) {
        let stem = |file: &str| Path::new(file).with_extension("");
        for private_key in &mut self.private_keys {
            let PrivateKeyIdentity::Scalar { curve, .. } = &private_key.identity else {
                continue;
            };
            let algorithm = Some(curve.algorithm());
            let private_key_stem = stem(&private_key.file);
            let (same_stem_records, other_records): (Vec<_>, Vec<_>) = self
                .records
                .iter()
                .partition(|record| stem(&record.file) == private_key_stem);
            let fitting = same_stem_records
                .into_iter()
                .chain(other_records)
                .find(|record| private_key.identity.matches(&record.dnskey));
            if let Some(record) = fitting {
                private_key.identity = PrivateKeyIdentity::PublicKey {
                    algorithm,
                    public_key: record.dnskey.public_key.clone(),
                };
            }
        }
    }

    fn read_folder(&mut self, folder: &Path, depth: usize) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut paths: Vec<_> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => {
                return self.add_unreadable(folder.display().to_string(), error.to_string());
            }
        };
        paths.sort();
        for path in paths {
            self.read_entry(&path, depth);
        }
    }

    /// A link is followed to a file, not to a folder, which may be the one that it lies in.
    fn read_entry(&mut self, path: &Path, depth: usize) {
        let name = path.display().to_string();
        let kind = path
            .symlink_metadata()
            .and_then(|link| Ok((link.is_dir(), path.metadata()?)));
        match kind {
            Err(error) => self.add_unreadable(name, error.to_string()),
            Ok((true, _)) if depth == 0 => {
                self.add_unreadable(name, format!("more than {MAX_FOLDER_DEPTH} folders deep"));
            }
            Ok((true, _)) => self.read_folder(path, depth - 1),
            Ok((false, file)) if file.is_file() && file.len() <= MAX_FILE_OCTETS as u64 => {
                self.add_file(&name, read_file(path), false);
            }
            Ok((false, file)) if file.is_dir() => {
                self.add_unreadable(name, "a link to a folder, which is not followed".to_owned());
            }
            // Databases, sockets, devices.
            Ok((false, _)) => self.other_files += 1,
        }
    }

    fn add_file(
        &mut self,
        file: &str,
        octets: io::Result<Zeroizing<Vec<u8>>>,
        is_standalone: bool,
    ) {
        let octets = match octets {
            Ok(octets) => octets,
            Err(error) => return self.add_unreadable(file.to_owned(), error.to_string()),
        };
        let before = self.item_count();
        // A key in which one octet went wrong is not passed over for being no text.
        match str::from_utf8(&octets) {
            Ok(text) => self.read_text(file, text, is_standalone),
            Err(_) => self.read_text(file, &decode_lossily(&octets), is_standalone),
        }
        match self.item_count() - before {
            0 if is_standalone => {
                self.add_unreadable(
                    file.to_owned(),
                    "holds neither a DNSKEY record nor a private key".to_owned(),
                );
            }
            0 => self.other_files += 1,
            _ => {}
        }
    }

    /// Private keys first: what stands in them must not come to a parser that quotes what it cannot read.
    fn read_text(&mut self, file: &str, text: &str, is_standalone: bool) {
        let (private_keys, rest) = bind::read(text);
        self.add_private_keys(file, private_keys);
        let (private_keys, rest) = pem::read(&rest);
        self.add_private_keys(file, private_keys);
        self.add_records(file, &rest, is_standalone);
    }

    fn add_private_keys(
        &mut self,
        file: &str,
        private_keys: Vec<Result<PrivateKeyIdentity, KeyReadError>>,
    ) {
        for private_key in private_keys {
            match private_key {
                Ok(identity) => self.private_keys.push(PrivateKey {
                    file: file.to_owned(),
                    identity,
                }),
                Err(error) => self.unreadable.push(UnreadableKey {
                    file: file.to_owned(),
                    problem: error.problem,
                    algorithm: error.algorithm,
                }),
            }
        }
    }

    fn add_records(&mut self, file: &str, text: &str, is_standalone: bool) {
        for record in record::read(text) {
            match record {
                Ok((owner, dnskey)) => {
                    self.records.push(BackupRecord {
                        file: file.to_owned(),
                        owner,
                        dnskey,
                        is_standalone,
                    });
                }
                Err((line, problem)) => self.add_unreadable(format!("{file}:{line}"), problem),
            }
        }
    }

    fn add_unreadable(&mut self, file: String, problem: String) {
        self.unreadable.push(UnreadableKey {
            file,
            problem,
            algorithm: None,
        });
    }

    fn item_count(&self) -> usize {
        self.records.len() + self.private_keys.len() + self.unreadable.len()
    }
}

fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    read_limited(
        &mut file,
        usize::try_from(length).unwrap_or(MAX_FILE_OCTETS),
    )
}

/// Reads to the end, of which `expected` octets are a guess. No buffer grows: the octets that one leaves behind when it
/// moves are not wiped.
fn read_limited(
    input: &mut (impl Read + ?Sized),
    expected: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::new());
    for capacity in [expected.min(MAX_FILE_OCTETS), MAX_FILE_OCTETS] {
        // One more than may be there says that there is more.
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity + 1));
        larger.extend_from_slice(&octets);
        let free = (capacity + 1 - octets.len()) as u64;
        octets = larger;
        (&mut *input).take(free).read_to_end(&mut octets)?;
        if octets.len() <= capacity {
            return Ok(octets);
        }
    }
    Err(io::Error::other(format!(
        "more than {MAX_FILE_OCTETS} octets, so no key"
    )))
}

/// What `String::from_utf8_lossy` makes of it, in one buffer.
fn decode_lossily(octets: &[u8]) -> Zeroizing<String> {
    let most = octets.len() * char::REPLACEMENT_CHARACTER.len_utf8();
    let mut text = Zeroizing::new(String::with_capacity(most));
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    text
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
