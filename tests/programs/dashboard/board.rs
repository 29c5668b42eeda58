//! deploy/dashboard.json as Grafana would run it.

use serde_json::Value;

pub const TEXT: &str = include_str!("../../../deploy/dashboard.json");

/// What Grafana puts into expressions, with every zone and nameserver chosen and a scrape each second.
const FILLED: &[(&str, &str)] = &[
    ("${datasource}", "database"),
    ("$__rate_interval", "4s"),
    ("$nameserver", ".+"),
    ("$zone", ".+"),
];

/// The choices of the variable `show`, which goes into expressions as it is.
pub const ALL_ZONES: &str = "<= 1";
pub const WHAT_FAILS: &str = "== 0";

/// As it stands in the file.
pub fn written() -> Value {
    serde_json::from_str(TEXT).expect("deploy/dashboard.json is JSON")
}

/// With all variables filled in.
pub fn filled(show: &str) -> Value {
    let text = FILLED
        .iter()
        .chain(&[("$show", show)])
        .fold(TEXT.to_owned(), |text, (variable, value)| {
            text.replace(variable, value)
        });
    serde_json::from_str(&text).expect("deploy/dashboard.json is JSON, filled in")
}

/// The panels, rows among them.
pub fn panels(board: &Value) -> &[Value] {
    board["panels"].as_array().expect("panels")
}

/// The title of a panel.
pub fn title(panel: &Value) -> &str {
    panel["title"].as_str().expect("a title")
}

/// Every expression, with the title of its panel or the name of its annotation.
pub fn expressions(board: &Value) -> Vec<(&str, &str)> {
    let mut expressions = Vec::new();
    for panel in panels(board) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            expressions.push((
                title(panel),
                target["expr"].as_str().expect("an expression"),
            ));
        }
    }
    for annotation in board["annotations"]["list"].as_array().expect("a list") {
        expressions.push((
            annotation["name"].as_str().expect("a name"),
            annotation["expr"].as_str().expect("an expression"),
        ));
    }
    expressions
}

/// Every link of a cell: the title of its panel, and its URL.
pub fn links(board: &Value) -> Vec<(&str, &str)> {
    let mut links = Vec::new();
    for panel in panels(board) {
        let config = &panel["fieldConfig"];
        let overrides = config["overrides"].as_array().into_iter().flatten();
        let properties =
            overrides.flat_map(|each| each["properties"].as_array().expect("properties"));
        let of_columns = properties
            .filter(|property| property["id"] == "links")
            .map(|property| &property["value"]);
        for list in of_columns.chain([&config["defaults"]["links"]]) {
            let urls = list.as_array().into_iter().flatten();
            links.extend(urls.map(|link| (title(panel), link["url"].as_str().expect("a URL"))));
        }
    }
    links
}

/// The selectors of an expression that choose by labels: of several that are joined by `or` each is to find something.
pub fn selectors(expression: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let opened = expression.match_indices('{').map(|(at, _)| at);
    let whole = opened.map(|at| {
        let name = expression[..at]
            .rfind(|letter| !is_name(letter))
            .map_or(0, |before| before + 1);
        let end = expression[at..]
            .find('}')
            .expect("what is opened is closed");
        &expression[name..=at + end]
    });
    whole.collect()
}

/// The series and the label that each template variable over labels takes its values from.
pub fn variables(board: &Value) -> Vec<(&str, &str)> {
    let listed = board["templating"]["list"]
        .as_array()
        .expect("variables")
        .iter();
    let queries = listed
        .filter(|variable| variable["type"] == "query")
        .map(|variable| &variable["query"]["query"]);
    queries
        .map(|query| {
            label_values(query).unwrap_or_else(|| panic!("{query}: no label_values(series, label)"))
        })
        .collect()
}

fn label_values(query: &Value) -> Option<(&str, &str)> {
    query
        .as_str()?
        .strip_prefix("label_values(")?
        .strip_suffix(')')?
        .rsplit_once(", ")
}
