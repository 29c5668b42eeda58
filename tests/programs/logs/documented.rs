//! docs/logs.md names every event and every field that the code has, and no other. `OUTSIDEIN_BLESS=1` writes its tables
//! anew.

use std::fs;
use std::path::{Path, PathBuf};

use outsidein::log::{Event, FIELDS};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/logs.md")
}

/// The tables by the comment that stands before each.
fn tables() -> [(&'static str, String); 2] {
    let event = |event: &Event| {
        let level = event.level().as_str().to_lowercase();
        format!(
            "| `{}` | `{level}` | {} |\n",
            event.as_str(),
            event.meaning()
        )
    };
    let events: String = Event::ALL.iter().map(event).collect();
    let field = |(name, meaning): &(&str, &str)| {
        format!("| `{name}` | `F_{}` | {meaning} |\n", name.to_uppercase())
    };
    let fields: String = FIELDS.iter().map(field).collect();
    [
        (
            "<!-- events -->\n",
            format!("| event | level | when |\n| --- | --- | --- |\n{events}"),
        ),
        (
            "<!-- fields -->\n",
            format!("| field | in journald | what it says |\n| --- | --- | --- |\n{fields}"),
        ),
    ]
}

#[test]
fn documented_events_and_fields_match_the_code() {
    let page_text = fs::read_to_string(page()).expect("docs/logs.md");
    let mut now = page_text.clone();
    for (mark, table) in tables() {
        let (before, rest) = now
            .split_once(mark)
            .unwrap_or_else(|| panic!("docs/logs.md has no {mark}"));
        let (_, after) = rest.split_once("\n\n").expect("text follows the table");
        now = format!("{before}{mark}{table}\n{after}");
    }
    if std::env::var_os("OUTSIDEIN_BLESS").is_some() {
        // In one step: the other test may be reading it.
        let new = page().with_extension("md.new");
        fs::write(&new, &now)
            .and_then(|()| fs::rename(&new, page()))
            .expect("docs/logs.md");
        return;
    }
    assert!(
        now == page_text,
        "docs/logs.md is stale: OUTSIDEIN_BLESS=1 cargo test --test programs logs::documented"
    );
}

/// What a query or a rule on the page asks for exists.
#[test]
fn documented_queries_use_existing_fields() {
    let page = fs::read_to_string(page()).expect("docs/logs.md");
    let words = page.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let asked: Vec<_> = words.filter_map(|word| word.strip_prefix("F_")).collect();
    assert!(asked.len() > FIELDS.len());
    for name in asked {
        assert!(
            FIELDS.iter().any(|(field, _)| field.to_uppercase() == name),
            "F_{name} is no field"
        );
    }
    let words: Vec<_> = page
        .split("event:=")
        .skip(1)
        .chain(page.split("EVENT:=").skip(1))
        .collect();
    assert!(!words.is_empty());
    for rest in words {
        let word = rest
            .trim_start_matches('"')
            .split(|c: char| !c.is_ascii_lowercase() && c != '_')
            .next();
        assert!(
            Event::ALL.iter().any(|event| Some(event.as_str()) == word),
            "{word:?} is no event"
        );
    }
}
