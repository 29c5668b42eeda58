//! The same signatures through our canonical form and through that of the crate `domain`: octets from every server,
//! the same verdict on each RRSIG, or a line in divergences.txt.

use std::fmt::Write as _;
use std::time::SystemTime;

use crate::process::Directory;
use crate::real::divergences::{self, Comparison};
use crate::real::zones::Zone;
use crate::real::{Server, ask, bind, broken, knot, nsd, powerdns};
use domain::base::{Message as DomainMessage, ParsedName, Record as DomainRecord, ToName};
use domain::dnssec::validator::base::RrsigExt;
use domain::rdata::{AllRecordData, Dnskey as DomainDnskey};
use outsidein::dns::{Message, Name, RrType, Rrset, Section, Timestamp};
use outsidein::dnssec::{Budget, Dnskeys, SignatureVerdict, validate_rrset};
use outsidein::reason::Reason;

#[test]
fn knot_verdicts_match_domain() {
    agree_with_domain(&knot::start());
}

#[test]
fn nsd_verdicts_match_domain() {
    agree_with_domain(&nsd::start());
}

#[test]
fn bind_verdicts_match_domain() {
    agree_with_domain(&bind::start());
}

#[test]
fn powerdns_verdicts_match_domain() {
    agree_with_domain(&powerdns::start());
}

#[test]
fn broken_zone_verdicts_match_domain() {
    let directory = Directory::new();
    let zones = broken::zones(&directory);
    let server = nsd::start_with("nsd-broken", directory, zones);
    let comparisons: Vec<_> = broken::CASES
        .iter()
        .zip(&server.zones)
        .flat_map(|(case, zone)| compare_answer(&server, zone, &zone.name(case.name), case.rtype))
        .collect();
    assert!(
        comparisons.len() >= broken::CASES.len(),
        "nearly every case shows a signature"
    );
    divergences::hold("nsd-broken", "domain", &comparisons);
}

fn agree_with_domain(server: &Server) {
    let mut comparisons = Vec::new();
    for zone in &server.zones {
        // Beside the data, a name and a type that do not exist bring NSEC or NSEC3 of every shape.
        let absent = [
            (zone.name("absent"), "A"),
            (zone.name("Non.Terminal"), "A"),
            (zone.name("@"), "WKS"),
        ];
        for (name, rtype) in zone.questions().chain(absent) {
            comparisons.extend(compare_answer(server, zone, &name, rtype));
        }
    }
    assert!(
        comparisons.len() > server.zones.len() * 50,
        "{}: {} RRsets",
        server.kind,
        comparisons.len()
    );
    divergences::hold(server.kind, "domain", &comparisons);
}

/// Every signed RRset in the answer and authority sections.
fn compare_answer(server: &Server, zone: &Zone, name: &str, rtype: &str) -> Vec<Comparison> {
    let [address, _] = server.addresses();
    let ask = |name: &str, rtype: RrType| {
        ask::over_tcp(address, name, rtype)
            .unwrap_or_else(|error| panic!("{} {name} {rtype}: {error}", server.kind))
    };
    let dnskeys = ask(&zone.origin, RrType::DNSKEY);
    let answer = ask(name, rtype.parse().expect("a type"));
    let apex: Name = zone.origin.parse().expect("a name");
    let keys = Rrset::group(&dnskeys, Section::Answer)
        .iter()
        .find_map(|rrset| Dnskeys::new(apex.clone(), rrset));
    let keys = keys.unwrap_or_else(|| Dnskeys::empty(apex));
    let mut comparisons = Vec::new();
    for section in [Section::Answer, Section::Authority] {
        for rrset in Rrset::group(&answer, section)
            .iter()
            .filter(|rrset| !rrset.rrsigs.is_empty())
        {
            let ours = our_view(rrset, &keys);
            let theirs = domain_view(rrset, section, &dnskeys, &answer);
            // Where neither can try a signature, as with Ed448 or a missing key, nothing is compared.
            if ours == theirs && !ours.contains("fit") {
                continue;
            }
            comparisons.push(Comparison {
                question: [
                    server.kind,
                    &zone.origin,
                    &rrset.owner.to_string(),
                    &rrset.rtype.to_string(),
                ]
                .map(str::to_owned)
                .to_vec(),
                agrees: ours == theirs,
                ours,
                theirs,
            });
        }
    }
    comparisons
}

/// What the mathematics says of one signature; whether anyone should look at it is not `domain`'s question here.
fn word(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "fits",
        Some(false) => "does not fit",
        None => "cannot be tried",
    }
}

fn our_view(rrset: &Rrset<'_>, keys: &Dnskeys) -> String {
    let now = Timestamp::from(SystemTime::now());
    let validation = validate_rrset(rrset, keys, now, &mut Budget::default());
    let mut view = String::new();
    for signature in validation.signatures {
        let holds = match signature.verdict {
            // A reason of time is given only where the signature fits.
            SignatureVerdict::Valid
            | SignatureVerdict::Invalid(
                Reason::SignatureExpired
                | Reason::SignatureNotYetValid
                | Reason::SignatureExpiredBeforeValid,
            ) => Some(true),
            SignatureVerdict::Invalid(Reason::SignatureInvalid) => Some(false),
            SignatureVerdict::Invalid(_) | SignatureVerdict::Undecided(_) => None,
        };
        let fields = signature.fields.expect("an RRSIG that can be read");
        write!(
            view,
            "{}/{} {}; ",
            fields.algorithm.0,
            fields.key_tag,
            word(holds)
        )
        .expect("a String");
    }
    view
}

type DomainData<'m> = AllRecordData<&'m [u8], ParsedName<&'m [u8]>>;
type Parsed<'m> = DomainRecord<ParsedName<&'m [u8]>, DomainData<'m>>;

/// The same RRset as `domain` reads it from the same octets.
fn domain_view(rrset: &Rrset<'_>, section: Section, dnskeys: &Message, answer: &Message) -> String {
    let dnskeys = DomainMessage::from_slice(dnskeys.octets()).expect("a message");
    let message = DomainMessage::from_slice(answer.octets()).expect("a message");
    let parsed = match section {
        Section::Answer => message.answer(),
        Section::Authority => message.authority(),
        Section::Additional => message.additional(),
    };
    let keys: Vec<_> = dnskeys
        .answer()
        .expect("a section")
        .filter_map(|record| dnskey(&record.ok()?.into_any_record().ok()?))
        .collect();
    let here = |record: &Parsed<'_>| {
        record
            .owner()
            .to_vec()
            .as_slice()
            .eq_ignore_ascii_case(rrset.owner.as_wire())
    };
    let records: Result<Vec<Parsed<'_>>, _> = parsed
        .expect("a section")
        .map(|record| record.and_then(domain::base::ParsedRecord::into_any_record))
        .collect();
    let records = match records {
        Ok(records) => records.into_iter().filter(here).collect::<Vec<_>>(),
        Err(error) => return format!("cannot be read: {error}"),
    };
    let covered = domain::base::iana::Rtype::from_int(rrset.rtype.0);
    let mut data: Vec<_> = records
        .iter()
        .filter(|record| record.rtype() == covered)
        .cloned()
        .collect();
    let mut view = String::new();
    for record in &records {
        let AllRecordData::Rrsig(rrsig) = record.data() else {
            continue;
        };
        if rrsig.type_covered() != covered {
            continue;
        }
        let mut signed = Vec::new();
        rrsig.signed_data(&mut signed, &mut data).expect("a Vec");
        let fitting = keys
            .iter()
            .filter(|key| key.key_tag() == rrsig.key_tag() && key.algorithm() == rrsig.algorithm());
        let holds = fitting.map(|key| match rrsig.verify_signed_data(key, &signed) {
            Ok(()) => Some(true),
            Err(domain::crypto::common::AlgorithmError::BadSig) => Some(false),
            Err(_) => None,
        });
        let holds = holds.max().flatten();
        write!(
            view,
            "{}/{} {}; ",
            rrsig.algorithm().to_int(),
            rrsig.key_tag(),
            word(holds)
        )
        .expect("a String");
    }
    view
}

fn dnskey(record: &Parsed<'_>) -> Option<DomainDnskey<Vec<u8>>> {
    let AllRecordData::Dnskey(key) = record.data() else {
        return None;
    };
    DomainDnskey::new(
        key.flags(),
        key.protocol(),
        key.algorithm(),
        key.public_key().to_vec(),
    )
    .ok()
}
