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
        Some('p' | 'P' | 'x') => in_braces(rest),
        Some(escaped) => (rest[..=escaped.len_utf8()].to_owned(), 1 + escaped.len_utf8()),
        None => (rest.to_owned(), rest.len()),
    }
}

/// `\p{Greek}` and `\x{1F}`, whose braces repeat nothing. `\p{^Greek}` is the other way round, which is `\P` here.
fn in_braces(rest: &str) -> (String, usize) {
    let (escaped, behind) = rest.split_at(2);
    let Some((inside, _)) = behind.strip_prefix('{').and_then(|behind| behind.split_once('}')) else {
        // `\pL`, `\x1F`: what follows the name or the first digit is a letter to both.
        let length = 2 + behind.chars().next().map_or(0, char::len_utf8);
        return (rest[..length].to_owned(), length);
    };
    let rewritten = match (escaped, inside.strip_prefix('^')) {
        ("\\p", Some(name)) => format!("\\P{{{name}}}"),
        ("\\P", Some(name)) => format!("\\p{{{name}}}"),
        _ => format!("{escaped}{{{inside}}}"),
    };
    (rewritten, escaped.len() + inside.len() + 2)
}

/// `{` opens a repetition where it is one, and is a letter elsewhere: also in `{,3}` and `{03}`, which are repetitions here.
fn repetition(rest: &str) -> (String, usize) {
    let inside = rest[1..].split_once('}').map(|(inside, _)| inside);
    let is_number = |text: &str| {
        let begins_with_0 = text.len() > 1 && text.starts_with('0');
        !text.is_empty() && !begins_with_0 && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    let is_repetition = inside.is_some_and(|inside| match inside.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(inside),
    });
    (if is_repetition { "{" } else { "\\{" }.to_owned(), 1)
}

/// A bracketed class: classes inside it, and `&&`, `--` and `~~` between them, are this crate's alone.
fn class(rest: &str) -> (String, usize) {
    let (mut out, start) = if rest.starts_with("[^") { ("[^".to_owned(), 2) } else { ("[".to_owned(), 1) };
    let mut at = start;
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with(']') && at > start {
            return (out + "]", at + 1);
        }
        let (piece, length) = item(tail, at == start);
        out.push_str(&piece);
        at += length;
    }
    // It never ends: for the compiler to say.
    (out, rest.len())
}

/// A named class, a range or a letter of a bracketed class.
fn item(tail: &str, is_first: bool) -> (String, usize) {
    if let Some(end) = tail.strip_prefix("[:").and_then(|name| name.find(":]")) {
        let length = end + "[:".len() + ":]".len();
        return (tail[..length].to_owned(), length);
    }
    let (low, length) = member(tail);
    let behind = &tail[length..];
    let high = behind.strip_prefix('-').filter(|high| !high.is_empty() && !high.starts_with(']'));
    match high.filter(|_| !is_set(tail)) {
        Some(high) => {
            let (high, high_length) = member(high);
            (format!("{low}-{high}"), length + 1 + high_length)
        }
        // What bounds no range needs no backslash at either end.
        None if low == "\\-" && tail.starts_with('-') && (is_first || behind.starts_with(']')) => {
            ("-".to_owned(), length)
        }
        None => (low, length),
    }
}

/// Whether a set of letters begins here: a `-` behind one is a letter.
fn is_set(tail: &str) -> bool {
    let escaped = tail.strip_prefix('\\').and_then(|tail| tail.chars().next());
    escaped.is_some_and(|escaped| "dDsSwWpP".contains(escaped))
}

/// One letter, or a set of them, of a bracketed class.
fn member(tail: &str) -> (String, usize) {
    match tail.chars().next() {
        Some('\\') => escape(tail),
        Some(sign @ ('[' | ']' | '&' | '~' | '-')) => (format!("\\{sign}"), 1),
        other => other.map_or_else(Default::default, |other| (other.to_string(), other.len_utf8())),
    }
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
            // A range from `-` on, and one that is none for want of a letter before it.
            (r"[--a]", Some(r"[\--a]")),
            (r"[\w-.]+@[0-9-.][\pL-@]", Some(r"[\w\-.]+@[0-9\-.][\pL\-@]")),
            (r"[-a] [a-] [--]", None),
            // No name ends before it began.
            (r"[[:]] [[:a]", Some(r"[\[:]] [\[:a]")),
            (r"\p{Greek}[\P{Greek}]\x{1F}\x{7e}*", None),
            (r"\p{^Lu}\P{^Lu}{2}", Some(r"\P{Lu}\p{Lu}{2}")),
            (r"a{01} a{1,02} a{0}", Some(r"a\{01} a\{1,02} a{0}")),
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
