//! What Grafana would take, and nobody would want: panels over one another, without a word, about nothing that there is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::board::{ALL_ZONES, TEXT, WHAT_FAILS, expressions, filled, panels, title, written};

const METRICS: &str = include_str!("../../../docs/metrics.md");
const ALERTS: &str = include_str!("../../../docs/alerts.md");
const PAGE: &str = include_str!("../../../docs/dashboard.md");
const PICTURES: &str = concat!(
    include_str!("../../../docs/dashboard/answers.svg"),
    include_str!("../../../docs/dashboard/signatures.svg"),
    include_str!("../../../docs/dashboard/rollovers.svg"),
    include_str!("../../../docs/dashboard/exporter.svg"),
);

/// Columns of Grafana's grid.
const COLUMNS: u64 = 24;

#[test]
fn panels_do_not_overlap_and_have_unique_ids() {
    let board = written();
    let (mut taken, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels(&board) {
        assert!(
            numbers.insert(panel["id"].as_u64().expect("a number")),
            "{}: id taken",
            title(panel)
        );
        let [x, y, w, h] =
            ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().expect("a place"));
        assert!(
            w > 0 && h > 0 && x + w <= COLUMNS,
            "{}: outside the grid",
            title(panel)
        );
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(
                taken.insert(cell),
                "{}: over another panel at {cell:?}",
                title(panel)
            );
        }
    }
    let rows: Vec<_> = panels(&board)
        .iter()
        .filter(|panel| panel["type"] == "row")
        .map(title)
        .collect();
    assert_eq!(rows, ["DNS probes (outside-in)", "The exporter"]);
}

#[test]
fn every_panel_has_a_description_and_existing_runbooks() {
    let board = written();
    // A section of more than one word is about all alerts.
    let sections = ALERTS
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|section| !section.contains(' '));
    let headings: BTreeSet<_> = sections.map(str::to_lowercase).collect();
    let mut named = BTreeSet::new();
    for panel in panels(&board).iter().filter(|panel| panel["type"] != "row") {
        let description = panel["description"].as_str().unwrap_or_default();
        assert!(
            description.ends_with('.'),
            "{}: no description",
            title(panel)
        );
        for fragment in description.split("docs/alerts.md#").skip(1) {
            let heading = fragment
                .split(|letter: char| !letter.is_ascii_lowercase())
                .next()
                .unwrap_or_default();
            assert!(
                headings.contains(heading),
                "{}: docs/alerts.md has no #{heading}",
                title(panel)
            );
            named.insert(heading.to_owned());
        }
        assert_eq!(
            panel["datasource"]["uid"],
            "${datasource}",
            "{}",
            title(panel)
        );
    }
    let missing: Vec<_> = headings.difference(&named).collect();
    // A host's disk and the metrics' own backup are not what outsidein sees, and a proof that alerts arrive is no state of a zone.
    let without_panel = [
        "outsideindisknearlyfull",
        "outsideindrill",
        "outsideindrilllost",
        "outsideinmetricsbackupfailed",
        "outsideinmetricsbackupstale",
        "outsideinwatchdog",
    ];
    assert_eq!(missing, without_panel, "no panel names these runbooks");
}

#[test]
fn documentation_and_picture_include_every_panel() {
    let board = written();
    for panel in panels(&board) {
        let title = title(panel);
        assert!(
            PICTURES.contains(&format!(">{title}<")),
            "docs/dashboard/: {title}: draw it anew (docs/dashboard.md)"
        );
        assert!(
            panel["type"] == "row" || PAGE.contains(&format!("| {title} |")),
            "docs/dashboard.md: {title}"
        );
    }
}

#[test]
fn expressions_use_existing_metrics_and_chosen_zones() {
    let (board, filled) = (written(), filled(ALL_ZONES));
    for ((panel, expression), (_, filled)) in
        expressions(&board).into_iter().zip(expressions(&filled))
    {
        let names = filled.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in
            names.filter(|name| name.starts_with("probe_") || name.starts_with("outsidein_"))
        {
            let is_job = filled.contains(&format!("job=\"{name}\""));
            let metric = name.strip_suffix("_bucket").unwrap_or(name);
            assert!(
                is_job || METRICS.contains(&format!("| `{metric}` |")),
                "{panel}: {name} is not in docs/metrics.md"
            );
        }
        let is_probed = expression.contains("probe_") && !expression.contains("outsidein_probe");
        let selectors = expression.matches("probe_").count();
        let chosen = expression.matches("zone=~\"$zone\"").count();
        assert!(
            !is_probed || chosen >= selectors,
            "{panel}: {expression}: every selector takes $zone"
        );
    }
}

#[test]
fn table_settings_refer_to_existing_columns() {
    let board = written();
    for panel in panels(&board)
        .iter()
        .filter(|panel| panel["type"] == "table")
    {
        let columns = columns(panel);
        let is_there = |name: &Value, setting| {
            let name = name.as_str().expect("a name");
            assert!(
                columns.contains(name),
                "{}: {setting} {name:?}, of {columns:?}",
                title(panel)
            );
        };
        for options in transformations(panel) {
            for field in ["rowField", "columnField", "valueField"]
                .iter()
                .filter_map(|field| options.get(field))
            {
                is_there(field, "the field");
            }
            let lists = ["indexByName", "renameByName", "excludeByName"]
                .iter()
                .filter_map(|list| options[list].as_object());
            lists
                .flat_map(|list| list.keys())
                .for_each(|name| is_there(&name.as_str().into(), "the column"));
        }
        for each in panel["fieldConfig"]["overrides"]
            .as_array()
            .expect("overrides")
        {
            is_there(&each["matcher"]["options"], "an override of");
        }
        for sort in panel["options"]["sortBy"].as_array().into_iter().flatten() {
            is_there(&sort["displayName"], "sorted by");
        }
    }
}

/// Grafana gives a cell without a value the colour of the lowest threshold, which by default is green.
#[test]
fn empty_cell_is_not_green() {
    let board = written();
    for panel in panels(&board)
        .iter()
        .filter(|panel| panel["type"] == "table")
    {
        let defaults = &panel["fieldConfig"]["defaults"];
        let mut coloured = vec![(
            defaults["custom"]["cellOptions"].clone(),
            defaults["thresholds"].clone(),
        )];
        for each in panel["fieldConfig"]["overrides"]
            .as_array()
            .expect("overrides")
        {
            let properties = each["properties"].as_array().expect("properties");
            let value = |id: &str| {
                properties
                    .iter()
                    .find(|property| property["id"] == id)
                    .map(|property| property["value"].clone())
            };
            coloured.extend(
                value("custom.cellOptions")
                    .map(|cell| (cell, value("thresholds").unwrap_or_default())),
            );
        }
        for (_, thresholds) in coloured
            .iter()
            .filter(|(cell, _)| cell["type"] == "color-background")
        {
            assert_eq!(
                thresholds["steps"][0]["color"],
                "transparent",
                "{}",
                title(panel)
            );
        }
    }
}

/// Red and green look the same to one man in twelve.
#[test]
fn colours_are_blue_and_orange() {
    let names = TEXT.split("\"color\": \"").skip(1);
    let names: BTreeSet<_> = names.filter_map(|rest| rest.split('"').next()).collect();
    let known = [
        "blue",
        "dark-orange",
        "dark-yellow",
        "light-blue",
        "light-orange",
        "text",
        "transparent",
    ];
    assert_eq!(names, known.into());
}

#[test]
fn show_variable_offers_all_zones_and_what_fails() {
    let board = written();
    let variables = board["templating"]["list"].as_array().expect("variables");
    let show = variables.iter().find(|variable| variable["name"] == "show");
    let show = show.expect("the variable");
    let offered: Vec<_> = show["options"]
        .as_array()
        .expect("options")
        .iter()
        .map(|option| option["value"].as_str().expect("a value"))
        .collect();
    assert_eq!(offered, [ALL_ZONES, WHAT_FAILS]);
    assert_eq!(
        show["query"],
        format!("all zones : {ALL_ZONES}, only what fails : {WHAT_FAILS}")
    );
    assert_eq!(show["current"]["value"], ALL_ZONES);
}

/// What the columns of a table may be called, before and after they are renamed.
fn columns(panel: &Value) -> BTreeSet<String> {
    let mut columns: BTreeSet<String> = ["Time", "Value"].map(str::to_owned).into();
    for target in panel["targets"].as_array().expect("targets") {
        columns.insert(format!(
            "Value #{}",
            target["refId"].as_str().expect("a letter")
        ));
        let words = target["expr"]
            .as_str()
            .expect("an expression")
            .split(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
        columns.extend(words.map(str::to_owned));
    }
    for options in transformations(panel) {
        if let [Some(row), Some(column)] =
            ["rowField", "columnField"].map(|field| options[field].as_str())
        {
            columns.insert(format!("{row}\\{column}"));
        }
        let renamed = options["renameByName"].as_object().into_iter().flatten();
        columns.extend(renamed.filter_map(|(_, name)| name.as_str().map(str::to_owned)));
    }
    columns
}

fn transformations(panel: &Value) -> impl Iterator<Item = &Value> {
    let each = panel["transformations"].as_array().into_iter().flatten();
    each.map(|transformation| &transformation["options"])
}
