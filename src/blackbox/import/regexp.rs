//! A regexp of Go in the syntax of the crate `regex`. Both are RE2's children; what one reads otherwise than the other is
//! written so that it means here what it meant there. What Go refuses is refused, for this crate takes some of it and means
//! something else, where blackbox_exporter fails the probe. What this crate lacks, its compiler refuses.

use super::classes::{is_posix, is_unicode};

/// How often Go repeats anything at most, repetitions within repetitions multiplied.
const MAX_REPETITIONS: u64 = 1000;

/// A piece rewritten, and how long it was; or why it is none of Go's.
type Piece = Result<(String, usize), String>;

/// Rewrites `go`: `\Q...\E`, which is unknown here, and what is a letter there and a sign here.
pub(super) fn from_go(go: &str) -> Result<String, String> {
    let mut rest = go;
    let mut rewritten = String::with_capacity(go.len());
    let mut repetitions = RepetitionChecker::default();
    while let Some(first) = rest.chars().next() {
        let (piece, length) = match first {
            '\\' => rewrite_escape(rest)?,
            '[' => rewrite_class(rest)?,
            '(' => rewrite_group(rest)?,
            '*' | '+' | '?' | '{' => rewrite_repetition(rest)?,
            character => (character.to_string(), character.len_utf8()),
        };
        repetitions.add_piece(&piece)?;
        rewritten.push_str(&piece);
        rest = &rest[length..];
    }
    Ok(rewritten)
}

/// What has been repeated so far, and how often.
struct RepetitionChecker {
    /// The groups that are open, the whole first.
    open: Vec<RepetitionCounts>,
    /// Whether the last piece was a repetition, or nothing (`\Q\E`): no repetition may follow.
    is_after_repetition: bool,
}

/// How often something within a group is repeated at most: in its last item, and before that.
#[derive(Clone, Copy)]
struct RepetitionCounts {
    before: u64,
    last: u64,
}

impl Default for RepetitionChecker {
    fn default() -> Self {
        Self {
            open: vec![RepetitionCounts::ONCE],
            is_after_repetition: false,
        }
    }
}

impl RepetitionCounts {
    const ONCE: Self = Self { before: 1, last: 1 };
}

impl RepetitionChecker {
    fn add_piece(&mut self, piece: &str) -> Result<(), String> {
        let was_after_repetition = std::mem::take(&mut self.is_after_repetition);
        match piece.as_bytes() {
            [b'*' | b'+' | b'?' | b'{', ..] => {
                if was_after_repetition {
                    return Err(format!("`{piece}` repeats a repetition, or nothing"));
                }
                self.is_after_repetition = true;
                self.repeat_last(piece)
            }
            // The next sign of repetition would be another's: of what stands before, of a bracket's flags.
            [] => {
                self.is_after_repetition = true;
                Ok(())
            }
            // Flags for what follows are no group.
            [b'(', .., b')'] => Ok(()),
            [b'(', ..] => {
                self.open.push(RepetitionCounts::ONCE);
                Ok(())
            }
            b")" if self.open.len() > 1 => {
                let group = self.open.pop().unwrap_or(RepetitionCounts::ONCE);
                self.add_item(group.before.max(group.last));
                Ok(())
            }
            _ => {
                self.add_item(1);
                Ok(())
            }
        }
    }

    fn add_item(&mut self, times: u64) {
        if let Some(group) = self.open.last_mut() {
            *group = RepetitionCounts {
                before: group.before.max(group.last),
                last: times,
            };
        }
    }

    /// The last item, as often as `{2,3}` says: the most counts, or the least where there is none.
    fn repeat_last(&mut self, piece: &str) -> Result<(), String> {
        let counts = piece
            .strip_prefix('{')
            .and_then(|inside| inside.split_once('}'))
            .map(|(counts, _)| counts);
        let (Some(counts), Some(group)) = (counts, self.open.last_mut()) else {
            return Ok(());
        };
        let count = counts
            .trim_end_matches(',')
            .rsplit(',')
            .next()
            .and_then(|count| count.parse::<u64>().ok());
        let times = count.unwrap_or(u64::MAX);
        // None of something is never too much of it.
        let is_none = times == 0 && !counts.ends_with(',');
        group.last = if is_none {
            1
        } else {
            group.last.saturating_mul(times.max(1))
        };
        if group.last > MAX_REPETITIONS {
            return Err(format!(
                "`{piece}` repeats something more than {MAX_REPETITIONS} times"
            ));
        }
        Ok(())
    }
}

/// The beginning of a group, or flags for what follows.
fn rewrite_group(rest: &str) -> Piece {
    let Some(inside) = rest.strip_prefix("(?") else {
        return Ok(("(".to_owned(), 1));
    };
    if ["=", "!", "<=", "<!"]
        .iter()
        .any(|sign| inside.starts_with(sign))
    {
        return Err("it looks around".to_owned());
    }
    // Without P from Go 1.22 on.
    if let Some(name_onward) = inside
        .strip_prefix("P<")
        .or_else(|| inside.strip_prefix('<'))
    {
        let name = name_onward.split_once('>').map_or("", |(name, _)| name);
        if name.is_empty()
            || !name
                .bytes()
                .all(|octet| octet == b'_' || octet.is_ascii_alphanumeric())
        {
            return Err("a group has a name of other than letters, digits and `_`".to_owned());
        }
        let length = rest.len() - name_onward.len() + name.len() + 1;
        return Ok((rest[..length].to_owned(), length));
    }
    // Behind a hyphen there must be one; without a hyphen, any will do.
    let flags = inside.find([':', ')']).map(|end| &inside[..end]);
    let is_known = |flags: &str| flags.chars().all(|flag| "imsU".contains(flag));
    match flags.map(|flags| flags.split_once('-').unwrap_or((flags, "i"))) {
        Some((set, unset)) if is_known(set) && is_known(unset) && !unset.is_empty() => {
            let length = "(?".len() + flags.map_or(0, str::len) + 1;
            Ok((rest[..length].to_owned(), length))
        }
        _ => Err("`(?` is followed by other than flags (`i`, `m`, `s`, `U`) or a name".to_owned()),
    }
}

/// A backslash and what it escapes: rewritten, and how long it was.
fn rewrite_escape(rest: &str) -> Piece {
    if let Some(literal) = rest.strip_prefix("\\Q") {
        return Ok(rewrite_quoted_literal(literal));
    }
    match rest[1..].chars().next() {
        Some(bound @ ('A' | 'b' | 'B' | 'z')) => Ok((format!("\\{bound}"), 2)),
        _ => rewrite_escape_sequence(rest),
    }
}

/// What stands between `\Q` and `\E`; without an end it goes to the end.
fn rewrite_quoted_literal(literal: &str) -> (String, usize) {
    let (literal, end) = literal
        .find("\\E")
        .map_or((literal, 0), |end| (&literal[..end], 2));
    let length = 2 + literal.len() + end;
    (regex::escape(literal), length)
}

/// A letter or a set of them behind a backslash, in a bracketed class or without one.
fn rewrite_escape_sequence(rest: &str) -> Piece {
    match rest[1..].chars().next() {
        // The bounds of words here; there a letter, as any punctuation is behind a backslash.
        Some(letter @ ('<' | '>')) => Ok((letter.to_string(), 2)),
        Some('p' | 'P') => rewrite_unicode_class(rest),
        Some('x') => Ok(rewrite_hexadecimal(rest)),
        Some('0'..='7') => rewrite_octal(rest),
        Some(letter)
            if "dDsSwWafnrtv".contains(letter)
                || letter.is_ascii() && !letter.is_ascii_alphanumeric() =>
        {
            Ok((rest[..2].to_owned(), 2))
        }
        Some(letter) => Err(format!("`\\{letter}` is no escape sequence")),
        None => Err("it ends in a backslash".to_owned()),
    }
}

/// `\pL`, `\p{Greek}`. `\p{^Greek}` is the other way round, which is `\P` here.
fn rewrite_unicode_class(rest: &str) -> Piece {
    let (escaped, behind) = rest.split_at(2);
    let (name, length) = match behind.strip_prefix('{') {
        Some(inside) => inside
            .split_once('}')
            .map(|(name, _)| (name, name.len() + 2))
            .unwrap_or_default(),
        None => behind
            .chars()
            .next()
            .map(|name| (&behind[..name.len_utf8()], name.len_utf8()))
            .unwrap_or_default(),
    };
    let (escaped, known) = match (escaped, name.strip_prefix('^')) {
        ("\\p", Some(name)) => ("\\P", name),
        (_, Some(name)) => ("\\p", name),
        (escaped, None) => (escaped, name),
    };
    if !is_unicode(known) {
        return Err(format!(
            "`{}` is no class of characters",
            &rest[..2 + length]
        ));
    }
    let rewritten = if behind.starts_with('{') {
        format!("{escaped}{{{known}}}")
    } else {
        format!("{escaped}{known}")
    };
    Ok((rewritten, 2 + length))
}

/// `\x1F` and `\x{1F}`, whose braces repeat nothing; what is none, the compiler refuses as Go does.
fn rewrite_hexadecimal(rest: &str) -> (String, usize) {
    let inside = rest[2..]
        .strip_prefix('{')
        .and_then(|behind| behind.split_once('}'))
        .map(|(inside, _)| inside.len() + 2);
    let length = 2 + inside.unwrap_or(0);
    (rest[..length].to_owned(), length)
}

/// `\0`, `\12`, `\123`: always written with three digits, so that none that follows becomes one of it.
fn rewrite_octal(rest: &str) -> Piece {
    let digits = rest[1..]
        .bytes()
        .take(3)
        .take_while(|digit| (b'0'..=b'7').contains(digit))
        .count();
    let digits = &rest[1..=digits];
    if digits.len() == 1 && digits != "0" {
        return Err(format!("`\\{digits}` refers back to a group"));
    }
    Ok((format!("\\{digits:0>3}"), 1 + digits.len()))
}

/// A sign of repetition with the `?` that makes it lazy. `{` is one where counts follow, and a letter elsewhere: also in `{,3}`
/// and `{03}`, which are repetitions here.
fn rewrite_repetition(rest: &str) -> Piece {
    let length = if rest.starts_with('{') {
        counted_length(rest)?
    } else {
        Some(1)
    };
    let Some(length) = length else {
        return Ok(("\\{".to_owned(), 1));
    };
    let length = length + usize::from(rest[length..].starts_with('?'));
    Ok((rest[..length].to_owned(), length))
}

/// How long `{2}`, `{2,}` or `{2,3}` is, if it is one.
fn counted_length(rest: &str) -> Result<Option<usize>, String> {
    let is_number = |text: &str| {
        let begins_with_0 = text.len() > 1 && text.starts_with('0');
        !text.is_empty() && !begins_with_0 && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    let Some((inside, _)) = rest[1..].split_once('}') else {
        return Ok(None);
    };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    if !is_number(least) || !(most.is_empty() || is_number(most)) {
        return Ok(None);
    }
    let is_allowed = |count: &str| {
        count
            .parse()
            .is_ok_and(|count: u64| count <= MAX_REPETITIONS)
    };
    if [least, most]
        .into_iter()
        .any(|count| !count.is_empty() && !is_allowed(count))
    {
        return Err(format!(
            "`{{{inside}}}` repeats something more than {MAX_REPETITIONS} times"
        ));
    }
    Ok(Some(inside.len() + 2))
}

/// A bracketed class: classes inside it, and `&&`, `--` and `~~` between them, are this crate's alone.
fn rewrite_class(rest: &str) -> Piece {
    let (mut rewritten, start) = if rest.starts_with("[^") {
        ("[^".to_owned(), 2)
    } else {
        ("[".to_owned(), 1)
    };
    let mut at = start;
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with(']') && at > start {
            return Ok((rewritten + "]", at + 1));
        }
        let (piece, length) = rewrite_class_item(tail, at == start)?;
        rewritten.push_str(&piece);
        at += length;
    }
    // It never ends: for the compiler to say.
    Ok((rewritten, rest.len()))
}

/// A named class, a range or a letter of a bracketed class.
fn rewrite_class_item(tail: &str, is_first: bool) -> Piece {
    if let Some(end) = tail.strip_prefix("[:").and_then(|name| name.find(":]")) {
        let length = end + "[:".len() + ":]".len();
        let class = &tail[..length];
        let is_known = is_posix(&class[2..length - 2]);
        return if is_known {
            Ok((class.to_owned(), length))
        } else {
            Err(format!("`{class}` is no class of characters"))
        };
    }
    let (low, length) = rewrite_class_member(tail)?;
    let behind = &tail[length..];
    let high = behind
        .strip_prefix('-')
        .filter(|high| !high.is_empty() && !high.starts_with(']'));
    match high.filter(|_| !is_set(tail)) {
        Some(high) if is_set(high) => {
            Err(format!("`{}` ends a range and is no character", &high[..2]))
        }
        Some(high) => {
            let (high, high_length) = rewrite_class_member(high)?;
            Ok((format!("{low}-{high}"), length + 1 + high_length))
        }
        // What bounds no range needs no backslash at either end.
        None if low == "\\-" && tail.starts_with('-') && (is_first || behind.starts_with(']')) => {
            Ok(("-".to_owned(), length))
        }
        None => Ok((low, length)),
    }
}

/// Whether a set of letters begins here: a `-` behind one is a letter.
fn is_set(tail: &str) -> bool {
    let escaped = tail.strip_prefix('\\').and_then(|tail| tail.chars().next());
    escaped.is_some_and(|escaped| "dDsSwWpP".contains(escaped))
}

/// One letter, or a set of them, of a bracketed class.
fn rewrite_class_member(tail: &str) -> Piece {
    match tail.chars().next() {
        Some('\\') => rewrite_escape_sequence(tail),
        Some(sign @ ('[' | ']' | '&' | '~' | '-')) => Ok((format!("\\{sign}"), 1)),
        character => Ok(character.map_or_else(Default::default, |character| {
            (character.to_string(), character.len_utf8())
        })),
    }
}

#[cfg(test)]
#[path = "regexp_tests.rs"]
mod tests;
