//! Any octets are read as a backup, and no private key in them is shown: neither by an error nor by `Debug`.

use outsidein::key_backup::Backup;

/// No word of an error or of `Debug` has as many letters; a piece of base64 that is quoted has.
const MIN_QUOTED: usize = 16;

pub fn run(octets: &[u8]) {
    let backup = Backup::read(&["-"], &mut &octets[..]);
    let text = String::from_utf8_lossy(octets);
    // A DNSKEY record that cannot be read is quoted: it is public.
    if text.to_ascii_uppercase().contains("DNSKEY") {
        return;
    }
    let shown = format!("{backup:?}");
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || ['+', '/', '='].contains(&c);
    for word in shown.split(|c| !is_base64(c)) {
        let is_quoted = word.len() >= MIN_QUOTED && text.contains(word);
        assert!(!is_quoted, "{word} is quoted: {shown}");
    }
}
