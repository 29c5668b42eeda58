use super::*;
use crate::blackbox::testing::{plan, response};
use crate::dns::Transport;
use crate::reason::Reason;

/// Regexps that count are expensive on a text that never comes the same way again, and a server chooses its text.
#[tokio::test]
async fn expensive_regexps_obey_the_time_limit() {
    use crate::dns::testing::{Response, TXT, record};
    let mut state = 1_u32;
    let mut any = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"0123456789xyz=/,"[usize::try_from(state >> 28).unwrap()]
    };
    let text: Vec<u8> = (0..250)
        .flat_map(|_| {
            std::iter::once(255)
                .chain((0..255).map(&mut any))
                .collect::<Vec<_>>()
        })
        .collect();
    let octets = Response::to("a", TXT)
        .answer([record(&[0], TXT, 0, &text)])
        .octets();
    let expensive: Vec<_> = (200..230)
        .map(|count| format!("(?:[0-9x].{{{count}}}[a-z0-9]){{4}}[g-p]"))
        .collect();
    let plan = plan(&format!(
        r#""validate_answer_rrs": {{"fail_if_matches_regexp": {expensive:?}}}"#
    ));
    let start = Instant::now();
    let deadline = start + Duration::from_millis(700);
    let (_, failures) =
        check_exchange(&plan.blackbox, response(&octets, Transport::Tcp), deadline).await;
    assert!(
        start.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(
        failures
            .iter()
            .map(|failure| failure.reason)
            .collect::<Vec<_>>(),
        [Reason::ValidationLimitReached]
    );
}

/// A small answer is checked at once, and by the same clock.
#[tokio::test]
async fn time_limit_applies_to_small_answers() {
    use crate::dns::testing::{Response, TXT, record};
    let octets = Response::to("a", TXT)
        .answer([record(&[0], TXT, 0, &[1, b'x'])])
        .octets();
    let plan = plan(r#""validate_answer_rrs": {"fail_if_matches_regexp": ["y"]}"#);
    let over = Instant::now();
    for (deadline, expected) in [
        (over, vec![Reason::ValidationLimitReached]),
        (over + Duration::from_mins(1), vec![]),
    ] {
        let exchange = response(&octets, Transport::Udp);
        let (_, failures) = check_exchange(&plan.blackbox, exchange, deadline).await;
        let reasons: Vec<_> = failures.iter().map(|failure| failure.reason).collect();
        assert_eq!(reasons, expected);
    }
}
