//! The walk over any octets, and every reading of what it finds.

use std::collections::HashSet;

use outsidein::dns::{
    Dnskey, Ds, Message, Name, Nsec, Nsec3, Query, Record, RrType, Rrset, Rrsig, Section, Soa,
    TypeBitmap, canonical_rdata, dig_text, has_known_form, is_readable, record_line,
};
use outsidein::dnssec::{CanonicalRrset, expected_cost};

const SECTIONS: [Section; 3] = [Section::Answer, Section::Authority, Section::Additional];

pub fn run(octets: &[u8]) {
    let Ok(message) = Message::read(octets) else {
        return;
    };
    let [_, answers, authorities, additionals] = message.header.counts.map(usize::from);
    assert_eq!(
        (message.answer.len(), message.authority.len()),
        (answers, authorities)
    );
    assert_eq!(
        message.additional.len() + usize::from(message.edns.is_some()),
        additionals
    );
    assert_eq!(message.octets(), octets);
    if let Some(question) = &message.question {
        check_name(&question.name);
        let asked = Query::new(question.name.clone(), question.rtype, 1232);
        assert!(
            Message::read(asked.octets(message.header.id, true)).is_ok(),
            "our own query can be read"
        );
    }
    for section in SECTIONS {
        message
            .section(section)
            .iter()
            .for_each(|record| read_record(&message, record));
        check_rrsets(&message, section);
    }
    assert!(
        dig_text(&message)
            .chars()
            .all(|c| c == '\n' || c == '\t' || !c.is_control()),
        "a terminal is not steered"
    );
    let _ = expected_cost(std::iter::once(&message));
}

/// Text and back, case, and each ancestor.
fn check_name(name: &Name) {
    assert!(name.as_wire().len() <= 255);
    let back: Name = name
        .to_string()
        .parse()
        .expect("what is written can be read");
    assert_eq!(back.as_wire(), name.as_wire());
    assert_eq!(name.to_lowercase(), *name);
    assert!(
        name.parent()
            .is_none_or(|parent| name.is_within(&parent) && parent < *name)
    );
}

fn read_record(message: &Message, record: &Record) {
    check_name(&record.owner);
    let rdata = message.rdata(record);
    assert_eq!(rdata.len(), record.rdata_range().len());
    let _ = (
        record.single_name(message),
        Soa::read(message, record),
        Ds::read(rdata),
    );
    if let Ok(key) = Dnskey::read(rdata) {
        assert_eq!(key.rdata(), rdata);
    }
    if let Ok(rrsig) = Rrsig::read(rdata) {
        check_name(&rrsig.signer);
    }
    if let Ok(nsec) = Nsec::read(rdata) {
        check_name(&nsec.next);
        check_bitmap(&nsec.types);
    }
    if let Ok(nsec3) = Nsec3::read(rdata) {
        check_bitmap(&nsec3.types);
    }
    let line = record_line(message, record);
    if has_known_form(record.rtype) {
        assert!(
            line.chars()
                .all(|c| c == '\t' || c.is_ascii_graphic() || c == ' '),
            "regexps see ASCII: {line:?}"
        );
    }
    let _ = is_readable(message, record);
    check_canonical_form(message, record);
}

fn check_bitmap(types: &TypeBitmap) {
    let all: Vec<_> = types.types().collect();
    assert!(all.is_sorted() && all.iter().all(|rtype| types.contains(*rtype)));
    assert_eq!(all.is_empty(), types.is_empty());
    let all: HashSet<_> = all.into_iter().collect();
    assert!(
        (0..=300)
            .map(RrType)
            .all(|rtype| types.contains(rtype) == all.contains(&rtype))
    );
}

/// The canonical form of a canonical form is itself.
fn check_canonical_form(message: &Message, record: &Record) {
    let (mut once, mut twice) = (Vec::new(), Vec::new());
    if canonical_rdata(
        record.rtype,
        message.octets(),
        record.rdata_range(),
        &mut once,
    )
    .is_err()
    {
        return;
    }
    canonical_rdata(record.rtype, &once, 0..once.len(), &mut twice)
        .expect("a canonical form can be read");
    assert_eq!(once, twice, "{}", record.rtype);
}

/// Every record is in one RRset, as data or as a signature.
fn check_rrsets(message: &Message, section: Section) {
    let rrsets = Rrset::group(message, section);
    let grouped: usize = rrsets
        .iter()
        .map(|rrset| rrset.records.len() + rrset.rrsigs.len())
        .sum();
    assert_eq!(grouped, message.section(section).len());
    let mut seen = HashSet::new();
    for rrset in &rrsets {
        assert!(
            seen.insert((rrset.owner, rrset.class, rrset.rtype)),
            "{} {} twice",
            rrset.owner,
            rrset.rtype
        );
        let _ = CanonicalRrset::new(rrset);
    }
}
