//! Names: limits, escapes, order, and the walk over compressed ones.

use super::*;

fn name(text: &str) -> Name {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn valid_names_are_parsed() {
    let table = [
        (".", "."),
        ("example", "example."),
        ("ExAmple.COM.", "ExAmple.COM."),
        (r"a\.b.example", r"a\.b.example."),
        (r"\000\255\032.example", r"\000\255\032.example."),
        (r"\a\b\065.example", "abA.example."),
        (r"a\\.", r"a\\."),
        (r"a\.", r"a\.."),
        (r"\@\$\(\)\;\.example", r"\@\$\(\)\;\.example."),
        ("*._tcp.example", "*._tcp.example."),
        ("münchen.de", "xn--mnchen-3ya.de."),
        ("MÜNCHEN.de.", "xn--mnchen-3ya.de."),
        // The dots of UTS 46 section 2.3.
        ("münchen\u{3002}de", "xn--mnchen-3ya.de."),
        ("www\u{FF0E}example\u{FF61}de", "www.example.de."),
    ];
    for (text, expected) in table {
        assert_eq!(name(text).to_string(), expected, "{text}");
        assert_eq!(name(expected).as_wire(), name(text).as_wire(), "{text}");
    }
}

#[test]
fn invalid_names_are_rejected() {
    let table = [
        ("", NameError::Empty),
        ("..", NameError::EmptyLabel),
        (".example", NameError::EmptyLabel),
        ("a..example", NameError::EmptyLabel),
        ("example..", NameError::EmptyLabel),
        ("a b", NameError::BadCharacter),
        ("a\tb", NameError::BadCharacter),
        ("a\u{7f}b", NameError::BadCharacter),
        (r"a\", NameError::BadEscape),
        (r"\25", NameError::BadEscape),
        (r"\256", NameError::BadEscape),
        (r"\999", NameError::BadEscape),
        (r"\2a5", NameError::BadEscape),
    ];
    for (text, expected) in table {
        assert_eq!(text.parse::<Name>(), Err(expected), "{text:?}");
    }
    assert!("ü\u{0}..".parse::<Name>().is_err());
    assert!(format!("{}.de", "ü".repeat(70)).parse::<Name>().is_err());
}

#[test]
fn names_obey_rfc_1035_size_limits() {
    let label = |length| "a".repeat(length);
    assert_eq!(name(&label(63)).as_wire().len(), 65);
    assert_eq!(label(64).parse::<Name>(), Err(NameError::LabelTooLong));
    let three = [label(63), label(63), label(63)].join(".");
    let longest = name(&format!("{three}.{}", label(61)));
    assert_eq!(longest.as_wire().len(), 255);
    assert_eq!(
        format!("{three}.{}", label(62)).parse::<Name>(),
        Err(NameError::TooLong)
    );
    assert_eq!(longest.prepend_label(b"b"), Err(NameError::TooLong));
    let most_labels = name(&["a"; 127].join("."));
    assert_eq!(
        (most_labels.as_wire().len(), most_labels.labels().count()),
        (255, 127)
    );
    assert_eq!(
        ["a"; 128].join(".").parse::<Name>(),
        Err(NameError::TooLong)
    );
}

#[test]
fn names_are_case_insensitive() {
    use std::collections::HashSet;
    let both: HashSet<_> = [name("Example.COM"), name("eXAMPLE.com")]
        .into_iter()
        .collect();
    assert_eq!(both.len(), 1);
    assert_eq!(name("Example").cmp(&name("eXAMPLE")), Ordering::Equal);
    assert_eq!(
        name("Example.COM").to_lowercase().as_wire(),
        b"\x07example\x03com\0"
    );
    // Only ASCII has case (RFC 4343 section 2), and `[` follows `Z` as `{` follows `z`.
    assert_ne!(name(r"\228"), name(r"\196"));
    assert_ne!(name("[").as_wire(), name("{").as_wire());
    assert_ne!(name("["), name("{"));
    assert_ne!(name(r"\@"), name("`"));
}

#[test]
fn canonical_order_compares_labels_from_the_right() {
    // RFC 4034 section 6.1: absent sorts before any octet, and octets are unsigned.
    let ordered = [
        ".",
        "a",
        r"\000.a",
        "a.a",
        r"\000.a.a",
        "aa.a",
        "b.a",
        r"\255.a",
        "aa",
        "b",
        "a.b",
    ];
    for (index, lower) in ordered.iter().enumerate() {
        for upper in &ordered[index + 1..] {
            assert!(name(lower) < name(upper), "{lower} before {upper}");
            assert!(
                name(&upper.to_uppercase()) > name(lower),
                "{lower} before {upper}"
            );
        }
    }
}

#[test]
fn is_within_compares_whole_labels() {
    let table = [
        ("www.example", "example", true),
        ("www.EXAMPLE", "Example", true),
        ("example", "example", true),
        ("example", ".", true),
        (".", ".", true),
        (".", "example", false),
        ("example", "www.example", false),
        ("notexample", "example", false),
        ("example.com", "example", false),
        (r"x\007example", "example", false),
        ("axample", "bxample", false),
    ];
    for (below, above, expected) in table {
        assert_eq!(
            name(below).is_within(&name(above)),
            expected,
            "{below} within {above}"
        );
    }
}

#[test]
fn label_counts_match_rfc_4034_section_3_1_3() {
    let table = [
        (".", 0),
        ("example", 1),
        ("*.example", 1),
        ("*", 0),
        ("a.*.example", 3),
        ("**.example", 2),
    ];
    for (text, count) in table {
        assert_eq!(name(text).rrsig_label_count(), count, "{text}");
    }
    assert_eq!(name(r"\*.example").rrsig_label_count(), 1);
}

#[test]
fn names_are_trimmed_and_prepended() {
    let www = name("www.Example.com");
    let trimmed = |labels| www.rightmost_labels(labels).map(|name| name.to_string());
    assert_eq!(
        [4, 3, 2, 0].map(trimmed),
        [
            None,
            Some("www.Example.com.".into()),
            Some("Example.com.".into()),
            Some(".".into())
        ]
    );
    assert_eq!(www.parent(), Some(name("example.com")));
    assert_eq!(Name::root().parent(), None);
    assert_eq!(
        www.prepend_label(b"a.b").map(|name| name.to_string()),
        Ok(r"a\.b.www.Example.com.".into())
    );
    assert_eq!(www.prepend_label(b""), Err(NameError::EmptyLabel));
    assert_eq!(www.prepend_label(&[b'a'; 64]), Err(NameError::LabelTooLong));
    let replaced = |suffix, by: &Name| {
        www.replace_suffix(&name(suffix), by)
            .map(|name| name.to_string())
    };
    assert_eq!(
        replaced("example.COM", &name("net")),
        Some("www.net.".into())
    );
    assert_eq!(
        replaced(".", &name("net")),
        Some("www.Example.com.net.".into())
    );
    assert_eq!(replaced("www.example.com", &Name::root()), Some(".".into()));
    assert_eq!(replaced("example.net", &name("net")), None);
    // RFC 6672 section 2.2: a name that gets too long is no name (YXDOMAIN).
    let long = |octets: usize| {
        name(&format!(
            "{0}.{0}.{0}.{1}",
            "a".repeat(63),
            "b".repeat(octets - 194)
        ))
    };
    assert_eq!(long(251).as_wire().len(), 251);
    assert_eq!(
        replaced("example.com", &long(251)).map(|text| text.len()),
        Some(254)
    );
    assert_eq!(replaced("example.com", &long(252)), None);
}

fn walked(octets: &[u8], at: usize) -> Result<(String, usize), WireError> {
    let mut cursor = Cursor::at(octets, at);
    Name::read(&mut cursor).map(|name| (name.to_string(), cursor.position()))
}

#[test]
fn compression_pointers_must_point_backward() {
    //             0    1   2  3    4   5    6  7   8     9
    let octets = [
        1, b'a', 0, 1, b'b', 0xC0, 0, 0xC0, 3, 0xC0, 7, 1, b'c', 0xC0, 9,
    ];
    assert_eq!(walked(&octets, 0), Ok(("a.".into(), 3)));
    assert_eq!(walked(&octets, 3), Ok(("b.a.".into(), 7)));
    assert_eq!(walked(&octets, 7), Ok(("b.a.".into(), 9)));
    assert_eq!(walked(&octets, 11), Ok(("c.b.a.".into(), 15)));
    let problem =
        |octets: &[u8], at| walked(octets, at).map_err(|error| (error.offset, error.problem));
    let back = "a compression pointer that does not lead back";
    assert_eq!(problem(&[0xC0, 0], 0), Err((0, back)), "to itself");
    assert_eq!(problem(&[0xC0, 2, 0], 0), Err((0, back)), "forward");
    assert_eq!(
        problem(&[1, b'a', 0xC0, 0], 0),
        Err((2, back)),
        "a loop over a label"
    );
    assert_eq!(
        problem(&[1, b'a', 0xC0, 2], 0),
        Err((2, back)),
        "to itself behind a label"
    );
    assert_eq!(
        problem(&[0xC0, 2, 0xC0, 0], 2),
        Err((0, back)),
        "a loop of two"
    );
    assert_eq!(
        problem(&[2, b'a', 0, 0xC0, 2, 1, b'b', 0xC0, 3], 5),
        Ok(("b.".into(), 9)),
        "into a label"
    );
    let in_use = "a label of a type that is not in use";
    for label_type in [0x40, 0x41, 0x7F, 0x80, 0xBF] {
        assert_eq!(
            problem(&[label_type, 0, 0], 0),
            Err((0, in_use)),
            "{label_type:#x}"
        );
    }
    for cut in [
        &[][..],
        &[1],
        &[1, b'a'],
        &[63, 0],
        &[0xC0],
        &[1, b'a', 0xC0],
    ] {
        assert!(walked(cut, 0).is_err(), "{cut:?}");
    }
    let uncompressed = Name::read_uncompressed(&mut Cursor::at(&octets, 3));
    assert_eq!(
        uncompressed.map_err(|error| error.problem),
        Err("a compressed name where none may be")
    );
}

#[test]
fn name_length_is_bounded_in_every_form() {
    // A chain of pointers, each to the one before.
    let targets = std::iter::once(0).chain((1..).step_by(2)).take(127);
    let mut chain: Vec<u8> = std::iter::once(0)
        .chain(targets.flat_map(|target| [0xC0, target]))
        .collect();
    assert_eq!(
        walked(&chain, chain.len() - 2),
        Ok((".".into(), chain.len())),
        "127 hops"
    );
    let last = u8::try_from(chain.len() - 2).unwrap();
    chain.extend([0xC0, last]);
    assert!(walked(&chain, chain.len() - 2).is_err(), "128 hops");
    // 63 * 3 + 61 octets of labels, then one octet more.
    let label = |size: u8| [vec![size], vec![b'a'; usize::from(size)]].concat();
    let labels = |last| [label(63), label(63), label(63), label(last), vec![0]].concat();
    assert!(walked(&labels(61), 0).is_ok());
    assert_eq!(
        walked(&labels(62), 0).map_err(|error| error.problem),
        Err("a name longer than 255 octets")
    );
}
