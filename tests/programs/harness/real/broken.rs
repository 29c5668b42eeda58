//! Zones that are broken in one way each: signed by ldns, then edited where no tool would sign it that way.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::zones::{Denial, Recipe, Zone, sign_with_ldns_keys, signed_by_ldns};
use crate::process::{Directory, command, run};

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
    /// What the exporter may report as the headline of the failure; none where all is well.
    pub reasons: &'static [&'static str],
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
    case("Healthy", "@", "SOA", &[], |directory, zone| {
        sign(directory, zone, &[])
    }),
    case(
        "Expired",
        "@",
        "SOA",
        &["signature_expired"],
        |directory, zone| sign_between(directory, zone, -30 * DAY, -DAY),
    ),
    case(
        "NotYetValid",
        "@",
        "SOA",
        &["signature_not_yet_valid"],
        |directory, zone| sign_between(directory, zone, DAY, 30 * DAY),
    ),
    case(
        "ExpiredBeforeValid",
        "@",
        "SOA",
        &["signature_expired_before_valid"],
        |directory, zone| sign_between(directory, zone, 30 * DAY, -DAY),
    ),
    case(
        "Tampered",
        "www",
        "A",
        &["signature_invalid"],
        |directory, zone| {
            edited(&sign(directory, zone, &[]), |record| {
                record.replace("192.0.2.2", "192.0.2.66")
            })
        },
    ),
    case("TamperedElsewhere", "@", "SOA", &[], |directory, zone| {
        edited(&sign(directory, zone, &[]), |record| {
            record.replace("192.0.2.2", "192.0.2.66")
        })
    }),
    case(
        "BadSignature",
        "@",
        "SOA",
        &["signature_invalid"],
        |directory, zone| edit_rrsig(directory, zone, "SOA", Field::Signature, flipped),
    ),
    // NSD and BIND hold back the signatures of a zone that has no keys.
    case(
        "NoKeys",
        "@",
        "SOA",
        &["dnskey_missing", "rrsigs_missing"],
        |directory, zone| {
            filtered(&sign(directory, zone, &[]), |record| {
                !is_about_dnskey(record)
            })
        },
    ),
    case(
        "ZskWithdrawnTooEarly",
        "@",
        "SOA",
        &["dnskey_missing"],
        |directory, zone| {
            let [ksk, zsk] = key_pair(directory, zone);
            let [_, successor] = key_pair(directory, zone);
            with_dnskeys_of(directory, zone, &[&ksk, &zsk], &[&ksk, &successor])
        },
    ),
    case(
        "NoSignatures",
        "www",
        "A",
        &["rrsigs_missing"],
        |directory, zone| {
            filtered(&sign(directory, zone, &[]), |record| {
                !record.contains("\tRRSIG\tA ")
            })
        },
    ),
    case(
        "OtherSigner",
        "www",
        "A",
        &["signer_name_mismatch"],
        |directory, zone| {
            edit_rrsig(directory, zone, "A", Field::Signer, |signer| {
                format!("sub.{signer}")
            })
        },
    ),
    case(
        "TooManyLabels",
        "www",
        "A",
        &["labels_invalid"],
        |directory, zone| edit_rrsig(directory, zone, "A", Field::Labels, |_| "9".to_owned()),
    ),
    case(
        "OtherOriginalTtl",
        "www",
        "A",
        &["signature_invalid"],
        |directory, zone| {
            edit_rrsig(directory, zone, "A", Field::OriginalTtl, |_| {
                "1800".to_owned()
            })
        },
    ),
    case(
        "OtherKeyTag",
        "www",
        "A",
        &["dnskey_missing"],
        |directory, zone| {
            edit_rrsig(directory, zone, "A", Field::KeyTag, |tag| {
                if tag == "1" { "2" } else { "1" }.to_owned()
            })
        },
    ),
    case(
        "OtherAlgorithm",
        "www",
        "A",
        &["dnskey_missing"],
        |directory, zone| edit_rrsig(directory, zone, "A", Field::Algorithm, |_| "13".to_owned()),
    ),
    case(
        "ServedTtlAboveOriginal",
        "www",
        "A",
        &[],
        |directory, zone| {
            edited(&sign(directory, zone, &[]), |record| {
                record.replace("\t3600\tIN\tA\t", "\t7200\tIN\tA\t")
            })
        },
    ),
    case(
        "NoZoneBit",
        "@",
        "SOA",
        &["no_zone_key_bit_set"],
        no_zone_bit,
    ),
    case("Revoked", "@", "SOA", &["key_revoked"], revoked),
    case(
        "SmallKey",
        "@",
        "SOA",
        &["unsupported_key_size"],
        |directory, zone| {
            signed_by_ldns(
                directory,
                zone,
                &Recipe::new("", &["RSASHA256/512"], Denial::Nsec),
                &[],
            )
        },
    ),
    case("RollingOver", "@", "SOA", &[], |directory, zone| {
        with_valid_twin(directory, zone, -30 * DAY, -DAY)
    }),
    case("SignedAhead", "@", "SOA", &[], |directory, zone| {
        with_valid_twin(directory, zone, DAY, 30 * DAY)
    }),
    case("Unsigned", "@", "SOA", &["rrsigs_missing"], |_, zone| {
        zone.clone()
    }),
];

const fn case(
    label: &'static str,
    name: &'static str,
    rtype: &'static str,
    reasons: &'static [&'static str],
    make: fn(&Directory, &Zone) -> Zone,
) -> Case {
    Case {
        label,
        name,
        rtype,
        reasons,
        make,
    }
}

/// Makes the zone of every case.
pub fn zones(directory: &Directory) -> Vec<Zone> {
    CASES.iter().map(|case| zone_of(directory, case)).collect()
}

/// The zone whose signatures expired yesterday.
pub fn expired_zone(directory: &Directory) -> Zone {
    let case = CASES
        .iter()
        .find(|case| case.label == "Expired")
        .expect("the case");
    zone_of(directory, case)
}

fn zone_of(directory: &Directory, case: &Case) -> Zone {
    (case.make)(
        directory,
        &Zone::of_text(directory, &case.origin(), PLAIN, &[]),
    )
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
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs();
    now.checked_add_signed(seconds).expect("a date").to_string()
}

/// Fields of an RRSIG line as ldns writes it, counted from the owner name.
#[derive(Clone, Copy)]
enum Field {
    Algorithm = 5,
    Labels = 6,
    OriginalTtl = 7,
    KeyTag = 10,
    Signer = 11,
    Signature = 12,
}

/// Signs the zone and changes one field of the RRSIGs that cover `covered`.
fn edit_rrsig(
    directory: &Directory,
    zone: &Zone,
    covered: &str,
    field: Field,
    change: fn(&str) -> String,
) -> Zone {
    let signed = sign(directory, zone, &[]);
    edited(&signed, |record| {
        change_field(record, covered, field, change)
    })
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
    edited(zone, |record| {
        if keep(record) {
            record.to_owned()
        } else {
            String::new()
        }
    })
}

/// The file names of a new KSK and a new ZSK.
fn key_pair(directory: &Directory, zone: &Zone) -> [String; 2] {
    [&["-k"][..], &[]].map(|role| {
        let mut keygen = command("ldns-keygen");
        keygen
            .args(["-a", "ED25519"])
            .args(role)
            .arg(&zone.origin)
            .current_dir(directory.path());
        run(&mut keygen).trim().to_owned()
    })
}

fn text_signed_with(directory: &Directory, zone: &Zone, keys: &[&str], dates: &[&str]) -> String {
    let signed = sign_with_ldns_keys(directory, zone, Denial::Nsec, keys, dates);
    fs::read_to_string(&signed.file).expect("the signed zone")
}

fn is_about_dnskey(record: &str) -> bool {
    record.contains("\tDNSKEY\t") || record.contains("\tRRSIG\tDNSKEY ")
}

/// Signed with `keys`, but with the DNSKEY RRset and its signatures of a zone signed with `others`.
fn with_dnskeys_of(
    directory: &Directory,
    zone: &Zone,
    keys: &[&str],
    other_records: &[&str],
) -> Zone {
    let data = text_signed_with(directory, zone, keys, &[]);
    let dnskeys = text_signed_with(directory, zone, other_records, &[]);
    spliced(directory, zone, &data, &dnskeys)
}

/// The zone `data` with the DNSKEY RRset and its signatures of the zone `dnskeys`.
fn spliced(directory: &Directory, zone: &Zone, data: &str, dnskeys: &str) -> Zone {
    let dnskeys = dnskeys.lines().filter(|record| is_about_dnskey(record));
    let records = data
        .lines()
        .filter(|record| !is_about_dnskey(record))
        .chain(dnskeys);
    let text: Vec<_> = records.collect();
    zone.at(directory.write(
        &format!("{}.signed", zone.origin),
        &(text.join("\n") + "\n"),
    ))
}

/// Changes the flags in a public key's file; ldns publishes what stands there.
fn set_flags(directory: &Directory, key: &str, flags: u16) {
    let file = directory.path().join(format!("{key}.key"));
    let public = fs::read_to_string(&file).expect("a public key");
    fs::write(
        &file,
        public.replace("DNSKEY\t256 ", &format!("DNSKEY\t{flags} ")),
    )
    .expect("the changed key");
}

/// The ZSK published without its Zone Key bit, in a DNSKEY RRset that is validly signed, and signatures that name it.
fn no_zone_bit(directory: &Directory, zone: &Zone) -> Zone {
    let [ksk, zsk] = key_pair(directory, zone);
    let data = text_signed_with(directory, zone, &[&ksk, &zsk], &[]);
    set_flags(directory, &zsk, 0);
    let dnskeys = text_signed_with(directory, zone, &[&ksk, &zsk], &[]);
    let [before, after] = [(&data, "\tDNSKEY\t256 "), (&dnskeys, "\tDNSKEY\t0 ")]
        .map(|(text, key)| tag_of(text, key));
    spliced(
        directory,
        zone,
        &data.replace(&format!(" {before} "), &format!(" {after} ")),
        &dnskeys,
    )
}

/// The key tag that ldns writes behind the DNSKEY whose line holds `key`.
fn tag_of(text: &str, key: &str) -> u16 {
    let line = text
        .lines()
        .find(|line| line.contains(key))
        .expect("the key");
    let tag = line
        .split_once("{id = ")
        .and_then(|(_, rest)| rest.split([' ', ',']).next())
        .expect("its tag");
    tag.parse().expect("a number")
}

/// Signed with a ZSK that carries the REVOKE bit; ldns does it without a word.
fn revoked(directory: &Directory, zone: &Zone) -> Zone {
    let [ksk, zsk] = key_pair(directory, zone);
    set_flags(directory, &zsk, 384);
    sign_with_ldns_keys(directory, zone, Denial::Nsec, &[&ksk, &zsk], &[])
}

/// A valid signature over the SOA beside one of the same key that is not valid now, as in a rollover.
fn with_valid_twin(directory: &Directory, zone: &Zone, inception: i64, expiration: i64) -> Zone {
    let [ksk, zsk] = key_pair(directory, zone);
    let [inception, expiration] = [inception, expiration].map(from_now);
    let invalid_signature = text_signed_with(
        directory,
        zone,
        &[&ksk, &zsk],
        &["-i", &inception, "-e", &expiration],
    );
    let stale = invalid_signature
        .lines()
        .find(|line| line.contains("\tRRSIG\tSOA "))
        .expect("the SOA's signature");
    let signed = sign_with_ldns_keys(directory, zone, Denial::Nsec, &[&ksk, &zsk], &[]);
    edited(&signed, |record| {
        if record.contains("\tRRSIG\tSOA ") {
            format!("{stale}\n{record}")
        } else {
            record.to_owned()
        }
    })
}
