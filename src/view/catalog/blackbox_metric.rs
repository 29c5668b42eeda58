//! What `/probe` answers for a module that asks as `blackbox_exporter` does: that program's own names, labels and HELP texts.

use super::{MetricDefinition, MetricKind, MetricLabel, MetricUnit, PHASE, metrics};

const NONE: &[MetricLabel] = &[];

metrics! {
    /// A metric of `blackbox_exporter`'s DNS prober.
    BlackboxMetric {
        AdditionalRrs = "probe_dns_additional_rrs", Gauge, Count, NONE, {
            help: "Returns number of entries in the additional resource record list.",
            absent: "Never; 0 without a response.",
            source: "blackbox_exporter",
        }
        AnswerRrs = "probe_dns_answer_rrs", Gauge, Count, NONE, {
            help: "Returns number of entries in the answer resource record list.",
            absent: "Never; 0 without a response.",
            source: "blackbox_exporter",
        }
        AuthorityRrs = "probe_dns_authority_rrs", Gauge, Count, NONE, {
            help: "Returns number of entries in the authority resource record list.",
            absent: "Never; 0 without a response.",
            source: "blackbox_exporter",
        }
        DnsDuration = "probe_dns_duration_seconds", Gauge, Seconds, &[PHASE], {
            help: "Duration of DNS request by phase.",
            absent: "Never; 0 for a phase that was not reached, and for `connect` over UDP.",
            source: "blackbox_exporter",
        }
        LookupTime = "probe_dns_lookup_time_seconds", Gauge, Seconds, NONE, {
            help: "Returns the time taken for probe dns lookup in seconds.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        QuerySucceeded = "probe_dns_query_succeeded", Gauge, Boolean, NONE, {
            help: "Displays whether or not the query was executed successfully.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        Serial = "probe_dns_serial", Gauge, Serial, NONE, {
            help: "Returns the serial number of the zone.",
            absent: "Another type than SOA was asked for, or there was no response; 0 where the answer holds no SOA.",
            source: "blackbox_exporter",
        }
        Duration = "probe_duration_seconds", Gauge, Seconds, NONE, {
            help: "Returns how long the probe took to complete in seconds.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        IpAddrHash = "probe_ip_addr_hash", Gauge, Count, NONE, {
            help: "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
            absent: "Never; 0 without an address.",
            source: "blackbox_exporter (FNV-1a, 32 bits)",
        }
        IpProtocol = "probe_ip_protocol", Gauge, Count, NONE, {
            help: "Specifies whether probe ip protocol is IP4 or IP6.",
            absent: "Never; 4 or 6, 0 without an address.",
            source: "blackbox_exporter",
        }
        Success = "probe_success", Gauge, Boolean, NONE, {
            help: "Displays whether or not the probe was a success.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
    }
}
