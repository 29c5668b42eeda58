//! Durations as Go writes them.

use std::time::Duration;

/// Units of `time.ParseDuration`, in seconds; a longer name before the shorter that it begins with.
const UNITS: [(&str, f64); 8] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("\u{b5}s", 1e-6),
    ("\u{3bc}s", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// Reads `5s`, `1m30s`, `1.5h`, `0`. What is below zero is none.
pub(super) fn from_go(text: &str) -> Option<Duration> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = None;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, behind) = rest.split_at(end);
        let (unit, size) = UNITS.iter().find(|(unit, _)| behind.starts_with(unit))?;
        seconds = Some(seconds.unwrap_or(0.0) + digits.parse::<f64>().ok()? * size);
        rest = &behind[unit.len()..];
    }
    let seconds = seconds?;
    if is_negative {
        Some(Duration::ZERO)
    } else {
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_parsed() {
        let table = [
            ("5s", Some(5.0)),
            ("1m30s", Some(90.0)),
            ("1.5h", Some(5400.0)),
            ("250ms", Some(0.25)),
            ("3\u{b5}s", Some(3e-6)),
            ("0", Some(0.0)),
            ("-1s", Some(0.0)),
            ("", None),
            ("5", None),
            ("s", None),
            ("5 s", None),
            ("1.2.3s", None),
            ("1e300h", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                from_go(text).map(|duration| duration.as_secs_f64()),
                expected,
                "{text:?}"
            );
        }
    }
}
