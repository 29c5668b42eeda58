//! Numbers, times, codes and foreign text as a person reads them.

use std::time::Duration;

use crate::config::NameserverRole;
use crate::dns::Timestamp;
use crate::reason::Reason;

const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];

/// A number of seconds in its two largest units: `13d 4h`, `5m`, `0s`.
pub(super) fn duration_text(seconds: u64) -> String {
    let largest = UNITS
        .iter()
        .position(|(size, _)| seconds >= *size)
        .unwrap_or(UNITS.len() - 1);
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in UNITS.iter().skip(largest).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 || parts.is_empty() {
            parts.push(format!("{count}{unit}"));
        }
    }
    parts.join(" ")
}

/// Where `time` lies as seen from `now`: `in 13d 4h`, `42d ago`.
pub(super) fn relative_time(time: Timestamp, now: Timestamp) -> String {
    let distance = duration_text(time.0.abs_diff(now.0));
    match time.0.cmp(&now.0) {
        std::cmp::Ordering::Less => format!("{distance} ago"),
        std::cmp::Ordering::Equal => "now".to_owned(),
        std::cmp::Ordering::Greater => format!("in {distance}"),
    }
}

/// A time that was measured: `11.2 ms`, `4.502 s`.
pub(super) fn elapsed_text(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.3} s")
    }
}

/// Text that a server chose, safe for a terminal and for a line of its own.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() || is_bidi_control(char) {
            safe.extend(char.escape_default());
        } else {
            safe.push(char);
        }
    }
    safe
}

/// Characters that turn the direction of the text around them (Unicode standard annex 9, section 2).
fn is_bidi_control(char: char) -> bool {
    matches!(char, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `1 record`, `2 records`, `2 addresses`.
pub(super) fn count_with_noun(count: usize, noun: &str) -> String {
    let plural = match (count, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {noun}{plural}")
}

/// The word for the part of a nameserver in the zone transfer; none where probes.json does not say.
pub(super) const fn nameserver_role(role: Option<NameserverRole>) -> &'static str {
    match role {
        Some(role) => role.as_str(),
        None => "",
    }
}

/// A reason with its Extended DNS Error, for a person: `signature_expired (EDE 7)`.
pub(super) fn with_ede(reason: Reason) -> String {
    reason.info_code().map_or_else(
        || reason.to_string(),
        |code| format!("{reason} (EDE {})", code.0),
    )
}

/// The number of a reason's Extended DNS Error, or what stands where RFC 8914 has none.
pub(super) fn info_code(reason: Reason, none: &str) -> String {
    reason
        .info_code()
        .map_or_else(|| none.to_owned(), |code| code.0.to_string())
}

/// Seconds since the epoch as a float; exact for every date before the year 285,000,000.
pub(crate) fn unix_time(time: Timestamp) -> f64 {
    const HALF: f64 = 4_294_967_296.0;
    let high = i32::try_from(time.0 >> 32).unwrap_or_default();
    let low = u32::try_from(time.0 & i64::from(u32::MAX)).unwrap_or_default();
    f64::from(high) * HALF + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_has_at_most_two_units() {
        for (seconds, text) in [
            (0, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3_599, "59m 59s"),
            (3_600, "1h"),
            (3_601, "1h"),
            (86_399, "23h 59m"),
            (13 * 86_400 + 4 * 3_600 + 7, "13d 4h"),
            (42 * 86_400, "42d"),
        ] {
            assert_eq!(duration_text(seconds), text);
        }
    }

    #[test]
    fn date_is_relative_to_now() {
        let now = Timestamp(1_000_000);
        assert_eq!(relative_time(Timestamp(1_000_090), now), "in 1m 30s");
        assert_eq!(relative_time(Timestamp(0), now), "11d 13h ago");
        assert_eq!(relative_time(now, now), "now");
    }

    #[test]
    fn time_below_a_second_is_in_milliseconds() {
        for (micros, text) in [
            (50, "0.1 ms"),
            (11_240, "11.2 ms"),
            (999_000, "999.0 ms"),
            (4_502_000, "4.502 s"),
        ] {
            assert_eq!(elapsed_text(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn server_text_cannot_control_the_terminal() {
        assert_eq!(
            printable("ns1 \"ü\" \u{1b}[2J\n\u{202e}x"),
            "ns1 \"ü\" \\u{1b}[2J\\n\\u{202e}x"
        );
    }

    #[test]
    fn unix_times_are_exact_around_the_epoch() {
        for (time, text) in [
            (0, "0"),
            (-1, "-1"),
            (1_795_348_800, "1795348800"),
            (i64::from(u32::MAX) + 1, "4294967296"),
            (-4_294_967_297, "-4294967297"),
        ] {
            assert_eq!(unix_time(Timestamp(time)).to_string(), text);
        }
    }
}
