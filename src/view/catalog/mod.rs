//! Each metric once: its name, its HELP text, its labels, and what the reference page says of it.
//!
//! The views name a metric by its variant, so what is not in here cannot be rendered.

mod backup;
mod blackbox_metric;
mod drill;
mod exporter;
mod probe;

pub use backup::BackupMetric;
pub use blackbox_metric::BlackboxMetric;
pub use drill::DrillMetric;
pub use exporter::ExporterMetric;
pub use probe::ProbeMetric;

/// What a metric is called and what it means.
#[derive(Debug)]
pub struct MetricDefinition {
    /// The name on the wire.
    pub name: &'static str,
    /// How its values behave.
    pub kind: MetricKind,
    /// What its values count.
    pub unit: MetricUnit,
    /// Its labels in the order in which they are written.
    pub labels: &'static [MetricLabel],
    /// The HELP text.
    pub help: &'static str,
    /// When there is no series.
    pub absent: &'static str,
    /// Where its meaning is laid down.
    pub source: &'static str,
}

/// How the values of a metric behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Goes up and down.
    Gauge,
    /// Only goes up while the process lives.
    Counter,
    /// Observations in buckets.
    Histogram,
}

impl MetricKind {
    /// The word of the TYPE line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// What the values of a metric count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// A statement that holds (1) or does not (0).
    Boolean,
    /// Always 1: what there is to know stands in the labels.
    One,
    /// A duration.
    Seconds,
    /// A date.
    UnixTime,
    /// A size.
    Bytes,
    /// A number of things.
    Count,
    /// A part of a whole, from 0 to 1.
    Ratio,
    /// A serial number, which wraps around (RFC 1982).
    Serial,
}

impl MetricUnit {
    /// What the reference page calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "0 or 1",
            Self::One => "1",
            Self::Seconds => "seconds",
            Self::UnixTime => "Unix time in seconds",
            Self::Bytes => "bytes",
            Self::Count => "count",
            Self::Ratio => "0 to 1",
            Self::Serial => "serial number",
        }
    }

    /// How a metric's name ends for this unit (Prometheus: "Metric and label naming", base units).
    pub const fn name_suffix(self) -> &'static str {
        match self {
            Self::Seconds => "_seconds",
            Self::UnixTime => "_timestamp_seconds",
            Self::Bytes => "_bytes",
            Self::Ratio => "_ratio",
            Self::Serial => "_serial",
            Self::Boolean | Self::One | Self::Count => "",
        }
    }
}

/// A label and the values that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricLabel {
    /// The name on the wire.
    pub name: &'static str,
    /// Its values, for the reference page.
    pub values: &'static str,
}

impl MetricLabel {
    /// Every label that a metric here has.
    pub const ALL: &[Self] = &[
        NAMESERVER,
        PROVIDER,
        FAMILY,
        ADDRESS,
        WHAT,
        TRANSPORT,
        REASON,
        WARNING,
        PHASE,
        RCODE,
        FLAG,
        INFO_CODE,
        NAME,
        TYPE,
        NSID,
        STATUS,
        TYPE_COVERED,
        KEY_TAG,
        ALGORITHM,
        ROLE,
        BITS,
        DIGEST_TYPE,
        MATCHED,
        STATE,
        ZONE,
        KIND,
        VERSION,
        REVISION,
        RESULT,
        CODE,
        HANDLER,
        RESOLVER,
        DRILL,
    ];
}

macro_rules! labels {
    ($($label:ident = $name:literal, $values:literal;)*) => {
        $(pub(super) const $label: MetricLabel = MetricLabel { name: $name, values: $values };)*
    };
}

labels! {
    NAMESERVER = "nameserver", "its name in `probes.json`; empty for what is not about one";
    PROVIDER = "provider", "who runs the nameserver, as `probes.json` has it; empty where it does not say";
    WHAT = "what", "`serial` (not the newest), `ns`, `dnskey` (the RRsets at one server and those at most others), `cds` (the same for CDS and CDNSKEY), `name` (the data of a name at one server and at most others with the same version of the zone), `transport` (UDP and TCP), `nsid` (the addresses of one nameserver), `configured_ns` (`probes.json` and the zone), `parent_ns`, `glue` (the parent and the zone), `parent_delegation` (the parent does not delegate), `parent_servers` (a server of the parent and most others), `parent_unknown_ns` (a nameserver that only the parent has), `parent_missing_ns` (one that the parent lacks), `ns_name` (a nameserver's name without address), `ns_address` (its addresses and `probes.json`), `ns_lame` (an unlisted nameserver that does not answer for the zone)";
    FAMILY = "family", "`ipv4`, `ipv6`";
    ADDRESS = "address", "the address that was asked; empty where the target has none in this family";
    TRANSPORT = "transport", "`udp`, `tcp`";
    REASON = "reason", "a reason of [reasons.md](reasons.md)";
    WARNING = "warning", "a warning of the table below";
    PHASE = "phase", "`connect` (TCP's handshake), `request` (from sending the query to the arrival of its response); as blackbox_exporter has it also `resolve` (looking up the target)";
    RCODE = "rcode", "the mnemonic of IANA's registry, `RCODE<number>` where it has none";
    FLAG = "flag", "`aa`, `tc`, `ra`, `ad`";
    INFO_CODE = "info_code", "the number of RFC 8914 section 5.2; empty beside a reason for which it has none";
    NAME = "name", "a name of the zone without the final dot: those of `names` and `qtypes` in `probes.json`, the nameservers within the zone, its apex";
    TYPE = "type", "an RR type, `TYPE<number>` where it has no mnemonic";
    NSID = "nsid", "as text where it is printable, else in hexadecimal";
    STATUS = "status", "`secure`, `insecure`, `bogus`, `indeterminate`; of the chain of trust `secure`, `insecure`, `broken`, `undecided`";
    TYPE_COVERED = "type_covered", "an RR type, `TYPE<number>` where it has no mnemonic";
    KEY_TAG = "key_tag", "0 to 65535; not unique (RFC 4034 appendix B)";
    ALGORITHM = "algorithm", "the number of IANA's registry, such as 13";
    ROLE = "role", "of a key, by what it was seen to sign: `csk` the DNSKEY RRset and other data (CDS and CDNSKEY do not count), `ksk` DNSKEY alone, `zsk` other data alone; else by its SEP flag; a lone key of its algorithm that signs DNSKEY is `csk`; of a nameserver `primary`, `secondary`, empty where `probes.json` does not say";
    BITS = "bits", "size of the modulus or of the curve; empty for an algorithm that is not known here";
    DIGEST_TYPE = "digest_type", "the number of IANA's registry, such as 2 for SHA-256";
    MATCHED = "matched", "`true`, `false`; empty where it cannot be told";
    STATE = "state", "of a rollover, or of a key and its backup, see the tables below; of nameservers `configured` (all that `probes.json` lists), `answering` (those that answer now)";
    ZONE = "zone", "the apex of the zone without the final dot, as scrape jobs have it";
    KIND = "kind", "`nxdomain` (a name; with `denial` the random one), `nodata` (a type; with `denial` the one the apex lacks), `wildcard` (anything closer than the wildcard that answered); of a rollover `ksk_removed`, `ds_changed`, `zsk_used`";
    VERSION = "version", "the version of outsidein";
    REVISION = "revision", "the commit that it was built from; empty where that is not known";
    RESULT = "result", "`success`, `failure`; of the parent's servers see the metric";
    CODE = "code", "the HTTP status";
    HANDLER = "handler", "the endpoint, such as `/probe`";
    RESOLVER = "resolver", "address and port of a resolver";
    DRILL = "drill", "the start of the drill and a random number; absent between drills";
}

/// Writes a set of metrics: an enum of them, all of them in order, and what each is.
macro_rules! metrics {
    ($(#[$doc:meta])* $set:ident { $($variant:ident = $name:literal, $kind:ident, $unit:ident, $labels:expr, {
        help: $help:literal,
        absent: $absent:literal,
        source: $source:literal,
    })* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $set { $(#[doc = $help] $variant,)* }

        impl $set {
            /// Every metric, in the order in which they are written.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What the metric is.
            pub const fn definition(self) -> &'static MetricDefinition {
                match self {
                    $(Self::$variant => &MetricDefinition {
                        name: $name, kind: MetricKind::$kind, unit: MetricUnit::$unit, labels: $labels,
                        help: $help, absent: $absent, source: $source,
                    },)*
                }
            }
        }
    };
}
use metrics;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn all() -> Vec<&'static MetricDefinition> {
        let probe = ProbeMetric::ALL.iter().map(|metric| metric.definition());
        let exporter = ExporterMetric::ALL.iter().map(|metric| metric.definition());
        probe
            .chain(exporter)
            .chain(BackupMetric::ALL.iter().map(|metric| metric.definition()))
            .chain(DrillMetric::ALL.iter().map(|metric| metric.definition()))
            .collect()
    }

    #[test]
    fn metric_names_are_unique_and_end_in_their_unit() {
        let names: HashSet<_> = all().iter().map(|definition| definition.name).collect();
        assert_eq!(names.len(), all().len());
        for MetricDefinition {
            name, unit, kind, ..
        } in all()
        {
            assert!(name.ends_with(unit.name_suffix()), "{name} counts {unit:?}");
            assert_eq!(
                name.ends_with("_total"),
                *kind == MetricKind::Counter,
                "{name} is a {kind:?}"
            );
        }
    }

    /// Names of another program: ours where they mean the same, and a set of their own.
    #[test]
    fn blackbox_metric_names_are_unique() {
        let names: HashSet<_> = BlackboxMetric::ALL
            .iter()
            .map(|metric| metric.definition().name)
            .collect();
        assert_eq!(names.len(), BlackboxMetric::ALL.len());
    }

    #[test]
    fn every_metric_is_fully_documented() {
        let theirs = BlackboxMetric::ALL.iter().map(|metric| metric.definition());
        for MetricDefinition {
            name,
            help,
            absent,
            source,
            ..
        } in all().into_iter().chain(theirs)
        {
            assert!(
                help.ends_with('.') && absent.ends_with('.') && !source.is_empty(),
                "{name}"
            );
            assert!(
                !format!("{help}{absent}{source}").contains(['|', '\n', '\\']),
                "{name} would break a table or a HELP line"
            );
        }
    }

    #[test]
    fn label_list_matches_the_metrics() {
        let used: HashSet<_> = all()
            .iter()
            .flat_map(|definition| definition.labels)
            .map(|label| label.name)
            .collect();
        let listed: HashSet<_> = MetricLabel::ALL.iter().map(|label| label.name).collect();
        assert_eq!(used, listed);
    }
}
