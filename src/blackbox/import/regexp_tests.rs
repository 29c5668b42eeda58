//! What becomes of regexps of Go's.

use super::*;

#[test]
fn only_differing_go_syntax_is_rewritten() {
    let table = [
        (
            r"^example\.net\.\t\d+\tIN\tA\t(192|198)\.0\.2\.[0-9]{1,3}$",
            None,
        ),
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
        (
            r"[\w-.]+@[0-9-.][\pL-@]",
            Some(r"[\w\-.]+@[0-9\-.][\pL\-@]"),
        ),
        (r"[-a] [a-] [--]", None),
        // No name ends before it began.
        (r"[[:]] [[:a]", Some(r"[\[:]] [\[:a]")),
        (r"\p{Greek}[\P{Greek}]\x{1F}\x{7e}*", None),
        (r"\p{^Lu}\P{^Lu}{2}", Some(r"\P{Lu}\p{Lu}{2}")),
        (r"a{01} a{1,02} a{0}", Some(r"a\{01} a\{1,02} a{0}")),
        (r"{a,5} a{,5} a{2} a{2,}", Some(r"\{a,5} a\{,5} a{2} a{2,}")),
        (r"[[:^digit:]\]]", None),
        (r"a*?b+?c??d{2}?e{1000}f{2,1000}g{0,}", None),
        // Three digits are the most; with fewer, a digit behind them could be taken for one more.
        (
            r"\0\12\123\1234[\0-\77]\01\Q2\E",
            Some(r"\000\012\123\1234[\000-\077]\0012"),
        ),
        (r"(?i)a(?s-m:b)(?P<n_1>c)(?<m>d)(?:e)", None),
        (r"\pN\p{Any}\p{Nko}\p{Old_Italic}\x{10FFFF}", None),
        (r"\A\ba\B\z\a\f\n\r\t\v\d\D\s\S\w\W\ \!\_\-", None),
        // Ten of a hundred are a thousand; of what is not there, any number.
        (r"(a{10}|b{2}){100}(?:c{0}d{10}){100}(?:e{500}){0}", None),
    ];
    for (go, rust) in table {
        let rewritten = from_go(go).unwrap();
        assert_eq!(rewritten, rust.unwrap_or(go), "{go}");
        assert!(crate::config::Pattern::new(&rewritten).is_ok(), "{go}");
        assert_eq!(
            from_go(&rewritten).as_ref(),
            Ok(&rewritten),
            "rewritten again"
        );
    }
}

/// What this crate takes, and means something else by than Go would if it did; and what neither knows.
#[test]
fn regexp_invalid_in_go_is_rejected() {
    let table = [
        (r"[[:digits:]]x", "`[:digits:]` is no class"),
        (r"[[:^Digit:]]", "`[:^Digit:]` is no class"),
        (r"(?x) q q", "`(?`"),
        ("(?u)a", "`(?`"),
        ("(?-)a", "`(?`"),
        ("(?i-:a)", "`(?`"),
        ("(?P=n)", "`(?`"),
        ("(?i", "`(?`"),
        ("(?=a)", "it looks around"),
        ("(?<!a)", "it looks around"),
        ("(?P<a.b>c)", "a group has a name"),
        ("(?<>c)", "a group has a name"),
        ("q{1001}", "`{1001}` repeats something more than 1000 times"),
        ("q{1,1001}", "`{1,1001}` repeats"),
        (
            "q{99999999999999999999}",
            "`{99999999999999999999}` repeats",
        ),
        ("(?:(q{10}){10}r){11}", "`{11}` repeats"),
        ("((q{10}){10}){11,}", "`{11,}` repeats"),
        (r"(q)\1", r"`\1` refers back"),
        (r"\18", r"`\1` refers back"),
        (r"[\7]", r"`\7` refers back"),
        (r"\8", r"`\8` is no escape sequence"),
        (r"\u0071q", r"`\u` is no escape sequence"),
        (r"\U00000071", r"`\U` is no escape sequence"),
        (r"a\E", r"`\E` is no escape sequence"),
        (r"[\Qa\E]", r"`\Q` is no escape sequence"),
        (r"[\b]", r"`\b` is no escape sequence"),
        (r"\C", r"`\C` is no escape sequence"),
        (r"\ü", r"`\ü` is no escape sequence"),
        (r"a\", "it ends in a backslash"),
        (r"[a-\d]", r"`\d` ends a range"),
        ("a{2}{3}", "`{3}` repeats a repetition"),
        ("a**", "`*` repeats a repetition"),
        ("a++", "`+` repeats a repetition"),
        ("a*?*", "`*` repeats a repetition"),
        ("(a{2}??)", "`?` repeats a repetition"),
        (r"(\Q\E?i)", "`?` repeats a repetition, or nothing"),
        (r"\p{Script=Greek}", r"`\p{Script=Greek}` is no class"),
        (r"\p{ascii}", r"`\p{ascii}` is no class"),
        (r"\p{greek}", r"`\p{greek}` is no class"),
        (r"\P{^Latn}", r"`\P{^Latn}` is no class"),
        (r"[\p{Letter}]", r"`\p{Letter}` is no class"),
        (r"\pX", r"`\pX` is no class"),
        (r"\p{", r"`\p` is no class"),
        (r"\p", r"`\p` is no class"),
    ];
    for (go, reason) in table {
        let error = from_go(go).expect_err(go);
        assert!(error.starts_with(reason), "{go}: {error}");
    }
}

#[test]
fn invalid_regexp_stays_invalid() {
    for go in [
        "[a",
        "(",
        ")",
        "*",
        "(?i)*",
        "a|*",
        r"\Q\E",
        r"\x",
        r"\x4",
        r"\x{}",
        r"\x{110000}",
        "[b-a]",
        "a{2,1}",
    ] {
        assert_eq!(
            go == r"\Q\E",
            regex::Regex::new(&from_go(go).unwrap()).is_ok(),
            "{go}"
        );
    }
}

/// Octal numbers are there by a switch of the crate's, which `Pattern` sets.
#[test]
fn numeric_escapes_keep_their_meaning() {
    let pattern = crate::config::Pattern::new(&from_go(r"^\141\x62$").unwrap()).unwrap();
    assert!(pattern.is_match("ab"));
}

proptest::proptest! {
    #[test]
    fn rewriting_is_idempotent(go in r"[\[\]{}()&~^\\QE:,<>*+?|0-9a-cpPLü-]{0,20}") {
        if let Ok(rewritten) = from_go(&go) {
            proptest::prop_assert_eq!(from_go(&rewritten), Ok(rewritten.clone()));
        }
    }
}
