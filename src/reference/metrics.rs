//! The reference page of every metric, written from the place where they are defined.

use std::fmt::{self, Write as _};

use crate::dnssec::RolloverState;
use crate::key_backup::KeyState;
use crate::reason::{Reason, WarningKind};
use crate::view::catalog::{
    BackupMetric, BlackboxMetric, DrillMetric, ExporterMetric, MetricDefinition, MetricLabel,
    ProbeMetric,
};

const HEAD: &str = "\
# Metrics

<!-- Generated from src/view/catalog: OUTSIDEIN_BLESS=1 cargo test --test in_process metrics_reference -->

Zone, target and query type are labels of the scrape job, not of these metrics. What was not measured is absent, never 0.
Series of `/probe` are fixed by what was measured, so a series that ends says that its fact could not be had.
";

const RRSIGS: &str = "
RRSIGs of one address may share type covered, key tag and algorithm: key tags are not unique, an answer may hold several
RRsets of a type, and each transport brings its own. Of those over one RRset the best counts, since one signature that
verifies is enough (RFC 6840 section 5.4); over RRsets and transports the worst counts: 0 wins, and the earliest expiration.
";

/// What the metrics of a zone as a whole begin with.
const ZONE_PREFIX: &str = "probe_zone_";
const SHARED: &str = "`probe_success` (of every address of every nameserver), `probe_duration_seconds`, `probe_timeout_seconds`";

const BLACKBOX: &str = "
## `/probe` of a module that asks as blackbox_exporter does

Of modules with the key `blackbox` ([from-blackbox.md](from-blackbox.md)): its names, its labels and its values, so also 0 where
nothing was measured. Beside these, as above: `probe_timeout_seconds`, `probe_failure`, `probe_failure_headline`.

";

/// docs/metrics.md.
pub fn metrics_reference() -> String {
    let mut out = String::from(HEAD);
    // Writing to a String cannot fail.
    let _ = write_reference(&mut out);
    out
}

fn write_reference(out: &mut String) -> fmt::Result {
    let of_probe = |of_zone| {
        let all = ProbeMetric::ALL.iter().map(|metric| metric.definition());
        all.filter(move |definition| definition.name.starts_with(ZONE_PREFIX) == of_zone)
    };
    writeln!(out, "\n## `/probe` of a nameserver\n")?;
    write_metrics(out, of_probe(false))?;
    out.push_str(RRSIGS);
    writeln!(
        out,
        "\n## `/probe` of a zone as a whole\n\nWithout `target`. Beside these: {SHARED}.\n"
    )?;
    write_metrics(out, of_probe(true))?;
    out.push_str(BLACKBOX);
    write_metrics(
        out,
        BlackboxMetric::ALL.iter().map(|metric| metric.definition()),
    )?;
    writeln!(
        out,
        "\n## `/metrics`\n\nBeside these: the `process_*` metrics of every Prometheus client.\n"
    )?;
    write_metrics(
        out,
        ExporterMetric::ALL.iter().map(|metric| metric.definition()),
    )?;
    writeln!(
        out,
        "\n## `/drill/probe`\n\nOf the canary zone of a drill; [drill.md](drill.md) says what it is for.\n"
    )?;
    write_metrics(
        out,
        DrillMetric::ALL.iter().map(|metric| metric.definition()),
    )?;
    writeln!(out, "\n## `outsidein keys compare --output.textfile`\n")?;
    writeln!(
        out,
        "For node_exporter's textfile collector; [key-backup.md](key-backup.md) says how.\n"
    )?;
    write_metrics(
        out,
        BackupMetric::ALL.iter().map(|metric| metric.definition()),
    )?;
    writeln!(out, "\n## Labels\n\n| label | values |\n| --- | --- |")?;
    for MetricLabel { name, values } in MetricLabel::ALL {
        writeln!(out, "| `{name}` | {values} |")?;
    }
    write_rollover_states(out)?;
    write_key_states(out)?;
    write_warnings(out)?;
    write_reasons(out)
}

fn write_key_states(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n## States of keys and their backups\n\n| state | meaning |\n| --- | --- |"
    )?;
    for state in KeyState::ALL {
        writeln!(out, "| `{}` | {} |", state.as_str(), state.meaning())?;
    }
    Ok(())
}

fn write_warnings(out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n## Warnings\n\nA warning never fails a probe.\n\n| warning | meaning |\n| --- | --- |"
    )?;
    for warning in WarningKind::ALL {
        writeln!(out, "| `{warning}` | {} |", warning.meaning())?;
    }
    Ok(())
}

fn write_rollover_states(out: &mut String) -> fmt::Result {
    writeln!(out, "\n## States of a rollover\n")?;
    writeln!(
        out,
        "Asked for with DNSKEY. Keys without a DS are no fault: a standby key, or another signer's (RFC 8901).\n"
    )?;
    writeln!(out, "| state | meaning |\n| --- | --- |")?;
    for state in RolloverState::ALL {
        writeln!(out, "| `{}` | {} |", state.as_str(), state.meaning())?;
    }
    Ok(())
}

fn write_metrics(
    out: &mut String,
    metrics: impl Iterator<Item = &'static MetricDefinition>,
) -> fmt::Result {
    writeln!(
        out,
        "| metric | type | unit | labels | meaning | absent when | source |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
    for MetricDefinition {
        name,
        kind,
        unit,
        labels,
        help,
        absent,
        source,
    } in metrics
    {
        let labels: Vec<_> = labels
            .iter()
            .map(|label| format!("`{}`", label.name))
            .collect();
        let (kind, unit, labels) = (kind.as_str(), unit.as_str(), labels.join(", "));
        writeln!(
            out,
            "| `{name}` | {kind} | {unit} | {labels} | {help} | {absent} | {source} |"
        )?;
    }
    Ok(())
}

fn write_reasons(out: &mut String) -> fmt::Result {
    let names: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| format!("[`{reason}`](reasons.md#{reason})"))
        .collect();
    writeln!(out, "\n## Reasons\n")?;
    writeln!(
        out,
        "Each with its meaning, its rank and what to check in [reasons.md](reasons.md); the most telling first:\n"
    )?;
    writeln!(out, "{}.", names.join(",\n"))
}
