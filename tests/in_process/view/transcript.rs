//! What `debug` shows of exchanges that went wrong.

use outsidein::dns::{Message, Name, Query, RrType};
use outsidein::exchange::{Exchange, Outcome};
use outsidein::report::ServerReport;
use outsidein::view::debug;

use super::fixtures;

fn transcript(outcome: Outcome, edns: bool) -> String {
    let exchange = Exchange {
        outcome,
        edns,
        ..fixtures::soa_exchange("healthy.test.", 1_000)
    };
    let server = ServerReport {
        exchanges: vec![exchange],
        ..fixtures::server(Some("2001:db8::1"))
    };
    debug(&fixtures::report("healthy.test.", false, vec![server]))
}

#[test]
fn malformed_message_is_dumped_with_error_offset() {
    let mut octets =
        Query::new("healthy.test".parse::<Name>().unwrap(), RrType::SOA, 1_232).octets(1, true);
    octets.resize(100, 0xff);
    let error = Message::read(&octets[..20]).unwrap_err();
    let text = transcript(
        Outcome::Malformed {
            octets: octets.into(),
            error,
        },
        true,
    );
    assert!(
        text.contains(
            "\n<< malformed, 100 octets, answered in 1.0 ms, kernel clock, 0 responses ignored\n"
        ),
        "{text}"
    );
    assert!(text.contains(&format!("\n   {error}\n")), "{text}");
    assert!(
        text.contains(
            "\n   0000  00 01 00 00 00 01 00 00 00 00 00 01 07 68 65 61  .............hea\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("\n   0030 ") && !text.contains("\n   0040 "),
        "{text}"
    );
    assert!(text.contains("\n   36 octets more\n"), "{text}");
}

#[test]
fn network_error_and_missing_edns_are_shown() {
    let text = transcript(
        Outcome::NetworkError("connection refused".to_owned()),
        false,
    );
    assert!(
        text.contains(">> ipv6 [2001:db8::1]:53 over udp: healthy.test. IN SOA, RD=0, no EDNS\n"),
        "{text}"
    );
    assert!(
        text.contains("\n<< network error: connection refused, "),
        "{text}"
    );
}

#[test]
fn answer_cannot_forge_a_transcript_line() {
    let text = debug(&fixtures::healthy());
    assert!(
        text.contains("TXT") && text.contains("[31m"),
        "the hostile TXT is there: {text}"
    );
    assert!(!text.contains('\u{1b}'), "{text}");
    let ours = ["==", ">>", "<<", "   ", "--- metrics"];
    let (transcript, _) = text.split_once("--- metrics\n").unwrap();
    for line in transcript.lines().filter(|line| !line.is_empty()) {
        assert!(ours.iter().any(|start| line.starts_with(start)), "{line}");
    }
    assert_eq!(
        text.lines().filter(|line| *line == "--- metrics").count(),
        1,
        "{text}"
    );
}
