//! Which answers are compared with each other.

use super::*;
use crate::assess::answer::AnswerKind;
use crate::dns::testing::{self, OPT, Response, record, records};
use crate::dns::{Rrset, Transport};
use crate::plan::Purpose;

fn message(soa: &str, nsid: &str) -> Message {
    let length = u8::try_from(nsid.len()).unwrap();
    let option = [&[0, 3, 0, length], nsid.as_bytes()].concat();
    let mut response = Response::to("example.", testing::TXT);
    response.authority = records(soa);
    Message::read(
        response
            .additional([record(&[0], OPT, 0x8000, &option)])
            .octets(),
    )
    .unwrap()
}

fn is_compared(messages: &[Message]) -> bool {
    let zone: Name = "example".parse().unwrap();
    let answers = messages.iter().map(|message| AcceptedAnswer {
        purpose: Purpose::Asked,
        transport: Transport::Udp,
        question: message.question.as_ref().unwrap(),
        message,
        rrsets: Rrset::group(message, Section::Answer),
        kind: AnswerKind::Nodata,
        final_name: zone.clone(),
        names: vec![zone.clone()],
        faulty: false,
    });
    let answers: Vec<_> = answers.collect();
    let judged: Vec<JudgedAnswer<'_, '_>> =
        answers.iter().map(|answer| (answer, &[][..])).collect();
    is_one_version(&judged, &zone)
}

#[test]
fn answers_of_one_serial_and_one_machine_are_compared() {
    let soa = |serial| format!("example. 60 IN SOA . . {serial} 2 3 4 5");
    for (case, second, expected) in [
        ("the same", message(&soa(1), "a"), true),
        (
            "no SOA",
            message("example. 60 IN NS ns.example.", "a"),
            true,
        ),
        ("another serial", message(&soa(2), "a"), false),
        ("another machine", message(&soa(1), "b"), false),
    ] {
        assert_eq!(
            is_compared(&[message(&soa(1), "a"), second]),
            expected,
            "{case}"
        );
    }
}
