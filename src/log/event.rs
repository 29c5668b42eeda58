//! Every event and every field of the log, once. Their names are an API: docs/logs.md shows these tables, and a test holds
//! it to them.

use tracing::Level;

use crate::view::printable;

/// Longest value in characters: whoever is asked about, and whoever answers, must not fill the log.
const MAX_VALUE_CHARACTERS: usize = 2_000;

/// Writes the set of events once: variant, its word, its level, and when it happens.
macro_rules! events {
    ($($kind:ident = $word:literal, $level:ident, $when:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event { $(#[doc = $when] $kind,)* }

        impl Event {
            /// Every event in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The value of the field `event`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word,)* }
            }

            /// How much it matters.
            pub const fn level(self) -> Level {
                match self { $(Self::$kind => Level::$level,)* }
            }

            /// When it is logged, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$kind => $when,)* }
            }
        }
    };
}

events! {
    ProbeFailed = "probe_failed", WARN, "An address begins to fail: it answered as it should until now, or is probed for the first time since the start.";
    ProbeReasonChanged = "probe_reason_changed", WARN, "An address still fails, for another headline reason.";
    ProbeRecovered = "probe_recovered", INFO, "An address that failed answers as it should.";
    ProbeAddressGone = "probe_address_gone", INFO, "An address that failed is no longer one of the target.";
    StatusChanged = "status_changed", WARN, "The security status of an address's answers is another one, whether the probe fails or not.";
    DifferenceAppeared = "difference_appeared", WARN, "Of a zone as a whole: somebody says something else than the others, the parent or probes.json.";
    DifferenceGone = "difference_gone", INFO, "A difference was looked for and is not there any more; one that could not be looked for is not gone.";
    KeyAppeared = "key_appeared", WARN, "Of a zone as a whole: a key is in the DNSKEY RRset of a server that no server had at the probe before. A rollover begins so, and so does an attack.";
    KeyGone = "key_gone", INFO, "Of a zone as a whole: every server was asked, and none has a key any more that one had.";
    RolloverChanged = "rollover_changed", WARN, "Of a zone as a whole: how its keys stand to the DS at the parent is another [state](metrics.md#states-of-a-rollover), such as `ds_without_key`, or is not `in_step` at the first probe since the start.";
    ChangedTooEarly = "changed_too_early", WARN, "Of a zone as a whole: keys or DS were changed before the copies that resolvers may hold had run out.";
    CopiesExpired = "copies_expired", INFO, "What was changed too early is no longer held, or was undone.";
    Started = "started", INFO, "The exporter listens.";
    Stopped = "stopped", INFO, "The exporter ended because it was told to.";
    ConfigReloaded = "config_reloaded", INFO, "probes.json was read again and is in force.";
    ConfigRefused = "config_refused", ERROR, "probes.json was to be read again and is wrong, or not there; what was in force stays so.";
    NoResolver = "no_resolver", WARN, "The configuration in force leaves no resolver to ask: no DS and no delegation is looked at. Logged at the start and at each reload.";
    DrillBegan = "drill_began", INFO, "The canary zone of a [drill](drill.md) breaks; its alert must come back in time.";
    DrillArrived = "drill_arrived", INFO, "The alert of the drill came back from Alertmanager, in time or not.";
    DrillLost = "drill_lost", ERROR, "The alert of the drill did not come back in time: alerts may not arrive.";
    CanaryFailed = "canary_failed", ERROR, "The canary zone cannot be served, so its drills will be lost. It is tried again each minute.";
    JournaldUnreachable = "journald_unreachable", WARN, "journald is wanted and not there: the log goes to standard error.";
    EventsLost = "events_lost", WARN, "The log can be written again: until now writing failed, or nobody took what was written and a thousand probes or other events waited already. What came then is lost.";
    OpenFilesLimited = "open_files_limited", WARN, "The limit on open files could not be raised; many probes at once may end as `local_error`.";
    AcceptFailed = "accept_failed", WARN, "A connection to the exporter could not be accepted; told once until one can.";
    ConnectionEnded = "connection_ended_early", DEBUG, "A client of the exporter hung up, or was too slow.";
    RequestsCutOff = "requests_cut_off", WARN, "The exporter was told to stop, and requests ran past the grace period.";
}

/// Writes the fields once: name, type, and what it says.
macro_rules! fields {
    ($($field:ident: $type:ty, $meaning:literal;)*) => {
        /// What an event says. What does not apply or was not measured is absent.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Fields { $(#[doc = $meaning] pub $field: Option<$type>,)* }

        /// Every field with what it says, in the order in which the text form has them.
        pub const FIELDS: &[(&str, &str)] = &[
            ("event", "What happened: a word of the table above."),
            $((stringify!($field), $meaning),)*
        ];

        impl Fields {
            /// Writes `event` with these fields here and now, however long that takes.
            pub(super) fn write(self, event: Event, message: &str) {
                $(let $field = self.$field.map(Sanitise::sanitise);)*
                let message = message.to_owned().sanitise();
                // tracing wants to know the level where the event stands in the code.
                macro_rules! at {
                    ($level:ident) => {
                        tracing::event!(target: "outsidein", Level::$level, event = event.as_str(), $($field,)* "{message}")
                    };
                }
                match event.level() {
                    Level::ERROR => at!(ERROR),
                    Level::WARN => at!(WARN),
                    Level::INFO => at!(INFO),
                    Level::DEBUG => at!(DEBUG),
                    Level::TRACE => at!(TRACE),
                }
            }
        }
    };
}

fields! {
    zone: String, "Apex of the zone, with its final dot.";
    target: String, "The nameserver of a probe of one target, as the request wrote it. Absent where a zone is probed as a whole.";
    nameserver: String, "The nameserver's name in probes.json, where a zone is probed as a whole.";
    name: String, "Owner name asked for, of a probe of one target.";
    qtype: String, "Type asked for.";
    module: String, "The module in force.";
    family: String, "`ipv4` or `ipv6`.";
    address: String, "IP address; absent where there is none in the family.";
    transport: String, "What the question was asked over: `udp`, `tcp`, or `udp,tcp`.";
    rcode: String, "What the server answered; where its transports differ, each once: `NOERROR,REFUSED`.";
    reason: String, "The headline: the most telling [reason](reasons.md).";
    info_code: u64, "The headline's Extended DNS Error (RFC 8914), where it has one.";
    reasons: String, "Every reason that holds, the most telling first: `signature_expired,timeout`.";
    detail: String, "What was seen, for a person.";
    previous_reason: String, "The headline until now.";
    failed_seconds: u64, "How long it failed, from the first probe that did to this one.";
    status: String, "Security status: `secure`, `insecure`, `bogus`, `indeterminate`.";
    status_reason: String, "Why the status is not `secure`.";
    previous_status: String, "The status until now.";
    what: String, "What differs: `serial`, `ns`, `dnskey`, `cds`, `name`, `transport`, `nsid`, `configured_ns`, `parent_ns`, `glue`, `parent_delegation`, `parent_servers`, `parent_unknown_ns`, `parent_missing_ns`, `ns_name`, `ns_address`, `ns_lame`. What was changed too early: `ksk_removed`, `ds_changed`, `zsk_used`.";
    until: String, "Until when resolvers may hold what was there before.";
    key_tag: u64, "Tag of the key.";
    algorithm: u64, "Algorithm of the key, as IANA's registry numbers it.";
    role: String, "What the key is for: `ksk`, `zsk`, `csk`.";
    rollover: String, "State of the rollover; where servers differ, each once: `in_step,ds_without_key`.";
    previous_rollover: String, "The state until now; absent at the first probe.";
    listen_address: String, "Where the exporter listens.";
    version: String, "The exporter's version.";
    file: String, "The configuration's file; absent for one that is built in.";
    nameservers: u64, "How many nameservers probes.json has.";
    zones: u64, "How many zones it has.";
    modules: u64, "How many modules it has, `default` among them.";
    resolvers: String, "The resolvers of the configuration and where they come from, or why there is none.";
    drill: String, "The drill: the value of the label `drill` of its alert.";
    signal: String, "What ended the exporter: `SIGTERM` or `SIGINT`.";
    uptime_seconds: u64, "How long it ran.";
    lost: u64, "How many events were lost.";
    error: String, "What went wrong; several problems are parted by `; `.";
}

/// An event that is to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogEntry {
    pub(super) event: Event,
    pub(super) message: String,
    pub(super) fields: Fields,
}

/// Values that may stand in a log: names and texts come from callers and servers, who must not write a line of their own.
trait Sanitise {
    fn sanitise(self) -> Self;
}

impl Sanitise for String {
    fn sanitise(self) -> Self {
        let clipped = match self.char_indices().nth(MAX_VALUE_CHARACTERS) {
            Some((end, _)) => format!("{}...", &self[..end]),
            None => self,
        };
        printable(&clipped)
    }
}

impl Sanitise for u64 {
    fn sanitise(self) -> Self {
        self
    }
}
