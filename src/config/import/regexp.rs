//! A regexp of Go in the syntax of the crate `regex`. Both are RE2's children; what one reads otherwise than the other is
//! written so that it means here what it meant there. What neither has, or this crate lacks, its compiler refuses.

/// Rewrites `go`: `\Q...\E`, which is unknown here, and what is a letter there and a sign here.
pub(super) fn from_go(go: &str) -> String {
    let mut rest = go;
    let mut rewritten = String::with_capacity(go.len());
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match first {
            '\\' => escape(rest),
            '[' => class(rest),
            '{' => repetition(rest),
            other => (other.to_string(), other.len_utf8()),
        };
        rewritten.push_str(&piece);
        rest = &rest[length..];
    }
    rewritten
}

/// A backslash and what it escapes: rewritten, and how long it was.
fn escape(rest: &str) -> (String, usize) {
    if let Some(literal) = rest.strip_prefix("\\Q") {
        // Without an end it goes to the end.
        let (literal, end) = literal.find("\\E").map_or((literal, 0), |end| (&literal[..end], 2));
        return (regex::escape(literal), 2 + literal.len() + end);
    }
    match rest[1..].chars().next() {
        // The bounds of words here; there a letter, as any punctuation is behind a backslash.
        Some(letter @ ('<' | '>')) => (letter.to_string(), 2),
        Some(escaped) => (rest[..=escaped.len_utf8()].to_owned(), 1 + escaped.len_utf8()),
        None => (rest.to_owned(), rest.len()),
    }
}

/// `{` opens a repetition where it is one, and is a letter elsewhere: also in `{,3}`, which is a repetition here.
fn repetition(rest: &str) -> (String, usize) {
    let inside = rest[1..].split_once('}').map(|(inside, _)| inside);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let is_repetition = inside.is_some_and(|inside| match inside.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(inside),
    });
    (if is_repetition { "{" } else { "\\{" }.to_owned(), 1)
}

/// A bracketed class: classes inside it, and `&&`, `--` and `~~` between them, are this crate's alone.
fn class(rest: &str) -> (String, usize) {
    let mut out = String::from("[");
    let mut at = 1;
    for opening in ["^", "]"] {
        if rest[at..].starts_with(opening) {
            out.push_str(if opening == "]" { "\\]" } else { opening });
            at += 1;
        }
    }
    while let Some(next) = rest[at..].chars().next() {
        let tail = &rest[at..];
        let (piece, length) = match next {
            ']' => return (out + "]", at + 1),
            '\\' => escape(tail),
            '[' => match tail.starts_with("[:").then(|| tail.find(":]")).flatten() {
                Some(end) => (tail[..end + 2].to_owned(), end + 2),
                None => ("\\[".to_owned(), 1),
            },
            '&' | '~' => (format!("\\{next}"), 1),
            // The end of a range, or a letter.
            '-' if tail.starts_with("--") => ("-\\-".to_owned(), 2),
            other => (other.to_string(), other.len_utf8()),
        };
        out.push_str(&piece);
        at += length;
    }
    // It never ends: for the compiler to say.
    (out, rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_two_read_otherwise_is_rewritten_and_nothing_else() {
        let table = [
            (r"^example\.net\.\t\d+\tIN\tA\t(192|198)\.0\.2\.[0-9]{1,3}$", None),
            (r"(?i)v=spf1 .*-all", None),
            (r"[[:alpha:]_-]+\x41\pL{2,}", None),
            (r#"\Qa.b"(\E+"#, Some(r#"a\.b"\(+"#)),
            (r"\Qopen.", Some(r"open\.")),
            (r"\<a\>", Some("<a>")),
            (r"[a&&b]", Some(r"[a\&\&b]")),
            (r"[[a]", Some(r"[\[a]")),
            (r"[^]a]", Some(r"[^\]a]")),
            (r"[+--]", Some(r"[+-\-]")),
            (r"{a,5} a{,5} a{2} a{2,}", Some(r"\{a,5} a\{,5} a{2} a{2,}")),
            (r"[[:^digit:]\]]", None),
        ];
        for (go, rust) in table {
            assert_eq!(from_go(go), rust.unwrap_or(go), "{go}");
            assert!(regex::Regex::new(&from_go(go)).is_ok(), "{go}");
        }
    }

    #[test]
    fn what_is_no_regexp_stays_none() {
        for go in ["[a", "(", r"a\", "(?<=a)b"] {
            assert!(regex::Regex::new(&from_go(go)).is_err(), "{go}");
        }
    }

    /// Octal numbers are there by a switch of the crate's, which `Pattern` sets.
    #[test]
    fn numbers_of_octets_mean_the_same() {
        let pattern = crate::config::Pattern::new(&from_go(r"^\141\x62$")).unwrap();
        assert!(pattern.is_match("ab"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_rewritten(go in r"[\[\]{}&~^\\QE:,0-9a-cü-]{0,20}") {
            from_go(&go);
        }
    }
}
