//! Zones that are broken in one way each: signed by ldns, then edited where no tool would sign it that way.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::process::{Directory, command, run};
use super::zones::{Denial, Recipe, Zone, sign_with_ldns_keys, signed_by_ldns};

const PLAIN: &str = "$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.2
www TXT \"untouched\"
";

const DAY: i64 = 86_400;

/// One way in which a zone is broken, or looks so and is not.
pub struct Case {
    /// The first label of the zone's name.
    pub label: &'static str,
    /// The name to ask for, relative to the zone.
    pub name: &'static str,
    /// The type to ask for.
    pub rtype: &'static str,
    /// What the exporter has to report: the reason of the failure, or nothing where all is well.
    pub reason: Option<&'static str>,
    make: fn(&Directory, &Zone) -> Zone,
}

impl Case {
    /// The zone's name.
    pub fn origin(&self) -> String {
        format!("{}.Broken.Test", self.label)
    }
}

/// Every case. Those without a reason guard against a false alarm.
pub const CASES: &[Case] = &[
    case("Healthy", "@", "SOA", None, |directory, zone| sign(directory, zone, &[])),
    case("Expired", "@", "SOA", Some("signature_expired"), |directory, zone| {
        sign_between(directory, zone, -30 * DAY, -DAY)
    }),
    case("NotYetValid", "@", "SOA", Some("signature_not_yet_valid"), |directory, zone| {
        sign_between(directory, zone, DAY, 30 * DAY)
    }),
    case("ExpiredBeforeValid", "@", "SOA", Some("signature_expired_before_valid"), expired_before_valid),
    case("Tampered", "www", "A", Some("signature_invalid"), |directory, zone| {
        edited(&sign(directory, zone, &[]), |record| record.replace("192.0.2.2", "192.0.2.66"))
    }),
    case("TamperedElsewhere", "@", "SOA", None, |directory, zone| {
        edited(&sign(directory, zone, &[]), |record| record.replace("192.0.2.2", "192.0.2.66"))
    }),
    case("BadSignature", "@", "SOA", Some("signature_invalid"), |directory, zone| {
        edit_rrsig(directory, zone, "SOA", Field::Signature, flipped)
    }),
    case("NoKeys", "@", "SOA", Some("dnskey_missing"), |directory, zone| {
        filtered(&sign(directory, zone, &[]), |record| !record.contains("\tDNSKEY"))
    }),
    case("NoZsk", "@", "SOA", Some("dnskey_missing"), |directory, zone| {
        filtered(&sign(directory, zone, &[]), |record| !record.contains("\tDNSKEY\t256 "))
    }),
    case("NoSignatures", "www", "A", Some("rrsigs_missing"), |directory, zone| {
        filtered(&sign(directory, zone, &[]), |record| !record.contains("\tRRSIG\tA "))
    }),
    case("OtherSigner", "www", "A", Some("signer_name_mismatch"), |directory, zone| {
        edit_rrsig(directory, zone, "A", Field::Signer, |signer| format!("sub.{signer}"))
    }),
    case("TooManyLabels", "www", "A", Some("labels_invalid"), |directory, zone| {
        edit_rrsig(directory, zone, "A", Field::Labels, |_| "9".to_owned())
    }),
    case("OtherOriginalTtl", "www", "A", Some("signature_invalid"), |directory, zone| {
        edit_rrsig(directory, zone, "A", Field::OriginalTtl, |_| "1800".to_owned())
    }),
    case("OtherKeyTag", "www", "A", Some("dnskey_missing"), |directory, zone| {
        edit_rrsig(directory, zone, "A", Field::KeyTag, |tag| if tag == "1" { "2" } else { "1" }.to_owned())
    }),
    case("OtherAlgorithm", "www", "A", Some("dnskey_missing"), |directory, zone| {
        edit_rrsig(directory, zone, "A", Field::Algorithm, |_| "13".to_owned())
    }),
    case("ServedTtlAboveOriginal", "www", "A", None, |directory, zone| {
        edited(&sign(directory, zone, &[]), |record| record.replace("\t3600\tIN\tA\t", "\t7200\tIN\tA\t"))
    }),
    case("NoZoneBit", "@", "SOA", Some("no_zone_key_bit_set"), no_zone_bit),
    case("Revoked", "@", "SOA", Some("key_revoked"), revoked),
    case("SmallKey", "@", "SOA", Some("unsupported_key_size"), |directory, zone| {
        signed_by_ldns(directory, zone, &Recipe::new("", &["RSASHA256/512"], Denial::Nsec), &[])
    }),
    case("RollingOver", "@", "SOA", None, |directory, zone| beside_valid(directory, zone, -30 * DAY, -DAY)),
    case("SignedAhead", "@", "SOA", None, |directory, zone| beside_valid(directory, zone, DAY, 30 * DAY)),
    case("Unsigned", "@", "SOA", Some("dnskey_missing"), |_, zone| zone.clone()),
];

const fn case(
    label: &'static str,
    name: &'static str,
    rtype: &'static str,
    reason: Option<&'static str>,
    make: fn(&Directory, &Zone) -> Zone,
) -> Case {
    Case { label, name, rtype, reason, make }
}

/// Makes the zone of every case.
pub fn zones(directory: &Directory) -> Vec<Zone> {
    CASES.iter().map(|case| zone_of(directory, case)).collect()
}

/// The zone whose signatures expired yesterday.
pub fn expired_zone(directory: &Directory) -> Zone {
    let case = CASES.iter().find(|case| case.label == "Expired").expect("the case");
    zone_of(directory, case)
}

fn zone_of(directory: &Directory, case: &Case) -> Zone {
    (case.make)(directory, &Zone::of_text(directory, &case.origin(), PLAIN, &[]))
}

const RECIPE: Recipe = Recipe::new("", &["ED25519"], Denial::Nsec);

fn sign(directory: &Directory, zone: &Zone, dates: &[&str]) -> Zone {
    signed_by_ldns(directory, zone, &RECIPE, dates)
}

fn sign_between(directory: &Directory, zone: &Zone, inception: i64, expiration: i64) -> Zone {
    let [inception, expiration] = [inception, expiration].map(from_now);
    sign(directory, zone, &["-i", &inception, "-e", &expiration])
}

fn from_now(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    now.checked_add_signed(seconds).expect("a date").to_string()
}

/// Fields of an RRSIG line as ldns writes it, counted from the owner name.
#[derive(Clone, Copy)]
enum Field {
    Algorithm = 5,
    Labels = 6,
    OriginalTtl = 7,
    Expiration = 8,
    Inception = 9,
    KeyTag = 10,
    Signer = 11,
    Signature = 12,
}

/// Signs the zone and changes one field of the RRSIGs that cover `covered`.
fn edit_rrsig(directory: &Directory, zone: &Zone, covered: &str, field: Field, change: fn(&str) -> String) -> Zone {
    let signed = sign(directory, zone, &[]);
    edited(&signed, |record| change_field(record, covered, field, change))
}

fn change_field(record: &str, covered: &str, field: Field, change: fn(&str) -> String) -> String {
    if !record.contains(&format!("\tRRSIG\t{covered} ")) {
        return record.to_owned();
    }
    let mut fields: Vec<_> = record.split_whitespace().map(str::to_owned).collect();
    fields[field as usize] = change(&fields[field as usize]);
    fields.join(" ")
}

/// Another first character of the base64.
fn flipped(signature: &str) -> String {
    let (first, rest) = signature.split_at(1);
    format!("{}{rest}", if first == "A" { "B" } else { "A" })
}

fn edited(zone: &Zone, change: impl Fn(&str) -> String) -> Zone {
    let text = fs::read_to_string(&zone.file).expect("the signed zone");
    let changed: Vec<_> = text.lines().map(change).collect();
    let changed = changed.join("\n") + "\n";
    assert_ne!(text, changed, "{}: nothing was edited", zone.origin);
    fs::write(&zone.file, changed).expect("the edited zone");
    zone.clone()
}

fn filtered(zone: &Zone, keep: fn(&str) -> bool) -> Zone {
    edited(zone, |record| if keep(record) { record.to_owned() } else { String::new() })
}

fn expired_before_valid(directory: &Directory, zone: &Zone) -> Zone {
    let signed = sign_between(directory, zone, -DAY, 30 * DAY);
    edited(&signed, |record| {
        let record = change_field(record, "SOA", Field::Inception, |_| "20300101000000".to_owned());
        change_field(&record.replace("RRSIG SOA", "\tRRSIG\tSOA"), "SOA", Field::Expiration, |_| {
            "20290101000000".to_owned()
        })
    })
}

/// The ZSK published without its Zone Key bit, and signatures that name it all the same.
fn no_zone_bit(directory: &Directory, zone: &Zone) -> Zone {
    let signed = sign(directory, zone, &[]);
    let text = fs::read_to_string(&signed.file).expect("the signed zone");
    let zsk = text.lines().find(|line| line.contains("\tDNSKEY\t256 ")).expect("a ZSK");
    let tag: u16 = zsk.split_once("id = ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).expect("its tag");
    // The flags are the first two octets of what the tag sums up (RFC 4034 appendix B): 256 less.
    let sum = u32::from(tag) + 0xFFFF - 256;
    let other = (sum & 0xFFFF) + (sum >> 16);
    edited(&signed, |record| {
        record.replace("\tDNSKEY\t256 ", "\tDNSKEY\t0 ").replace(&format!(" {tag} "), &format!(" {other} "))
    })
}

/// Signed with a ZSK that carries the REVOKE bit; ldns signs with it without a word.
fn revoked(directory: &Directory, zone: &Zone) -> Zone {
    let keygen = |role: &[&str]| {
        let mut keygen = command("ldns-keygen");
        keygen.args(["-a", "ED25519"]).args(role).arg(&zone.origin).current_dir(directory.path());
        run(&mut keygen).trim().to_owned()
    };
    let keys = [keygen(&["-k"]), keygen(&[])];
    let file = directory.path().join(format!("{}.key", keys[1]));
    let public = fs::read_to_string(&file).expect("the ZSK");
    fs::write(&file, public.replace("DNSKEY\t256 ", "DNSKEY\t384 ")).expect("the revoked ZSK");
    sign_with_ldns_keys(directory, zone, Denial::Nsec, &keys, &[])
}

/// A valid signature over the SOA beside one of the same key that is not valid now, as in a rollover.
fn beside_valid(directory: &Directory, zone: &Zone, inception: i64, expiration: i64) -> Zone {
    let mut keys = Vec::new();
    for role in [&["-k"][..], &[]] {
        let mut keygen = command("ldns-keygen");
        keygen.args(["-a", "ED25519"]).args(role).arg(&zone.origin);
        keys.push(run(keygen.current_dir(directory.path())).trim().to_owned());
    }
    let [inception, expiration] = [inception, expiration].map(from_now);
    let other = sign_with_ldns_keys(directory, zone, Denial::Nsec, &keys, &["-i", &inception, "-e", &expiration]);
    let other = fs::read_to_string(&other.file).expect("the signed zone");
    let stale = other.lines().find(|line| line.contains("\tRRSIG\tSOA ")).expect("the SOA's signature").to_owned();
    let signed = sign_with_ldns_keys(directory, zone, Denial::Nsec, &keys, &[]);
    edited(
        &signed,
        |record| {
            if record.contains("\tRRSIG\tSOA ") { format!("{stale}\n{record}") } else { record.to_owned() }
        },
    )
}
