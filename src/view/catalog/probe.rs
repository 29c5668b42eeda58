//! What `/probe` answers.

use super::{
    ADDRESS, ALGORITHM, BITS, DIGEST_TYPE, FAMILY, FLAG, INFO_CODE, KEY_TAG, KIND, MATCHED,
    MetricDefinition, MetricKind, MetricLabel, MetricUnit, NAME, NAMESERVER, NSID, PHASE, PROVIDER,
    RCODE, REASON, RESULT, ROLE, STATE, STATUS, TRANSPORT, TYPE, TYPE_COVERED, WARNING, WHAT,
    metrics,
};

const NO_LABELS: &[MetricLabel] = &[];
const ADDRESS_LABELS: &[MetricLabel] = &[FAMILY, ADDRESS];
const TRANSPORT_LABELS: &[MetricLabel] = &[FAMILY, ADDRESS, TRANSPORT];
const REASON_LABELS: &[MetricLabel] = &[FAMILY, ADDRESS, REASON, INFO_CODE];
/// One address of one nameserver, in a probe of the zone as a whole.
const NAMESERVER_LABELS: &[MetricLabel] = &[NAMESERVER, PROVIDER, FAMILY, ADDRESS];
/// One type of one name at one address, in a probe of the zone as a whole.
const NAME_LABELS: &[MetricLabel] = &[NAMESERVER, PROVIDER, FAMILY, ADDRESS, NAME, TYPE];
const RRSIG_LABELS: &[MetricLabel] = &[FAMILY, ADDRESS, TYPE_COVERED, KEY_TAG, ALGORITHM];

metrics! {
    /// A metric of a probe.
    ProbeMetric {
        Success = "probe_success", Gauge, Boolean, NO_LABELS, {
            help: "Whether every address in every wanted family and transport answered as it should.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        Duration = "probe_duration_seconds", Gauge, Seconds, NO_LABELS, {
            help: "How long the whole probe took.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        Timeout = "probe_timeout_seconds", Gauge, Seconds, NO_LABELS, {
            help: "The time limit of the probe.",
            absent: "Never.",
            source: "blackbox_exporter",
        }
        LookupTime = "probe_dns_lookup_time_seconds", Gauge, Seconds, NO_LABELS, {
            help: "How long it took to resolve the target's host name.",
            absent: "The target is an address or a nameserver of probes.json.",
            source: "blackbox_exporter",
        }
        Failure = "probe_failure", Gauge, One, REASON_LABELS, {
            help: "1 for each reason for which an address failed.",
            absent: "The reason does not hold.",
            source: "RFC 8914 section 4",
        }
        FailureHeadline = "probe_failure_headline", Gauge, One, REASON_LABELS, {
            help: "1 with the most telling reason for which an address failed, so that an alert can name it.",
            absent: "The address did not fail.",
            source: "RFC 8914 section 4",
        }
        Warning = "probe_dns_warning", Gauge, One, &[FAMILY, ADDRESS, WARNING], {
            help: "1 for each warning about an address: what an operator should know although the probe does not fail for it.",
            absent: "The warning does not hold.",
            source: "each warning names its own",
        }
        QuerySucceeded = "probe_dns_query_succeeded", Gauge, Boolean, TRANSPORT_LABELS, {
            help: "Whether a response to the query arrived that can be read, whatever its rcode.",
            absent: "The question was not asked over this transport.",
            source: "blackbox_exporter; RFC 5452 section 9.1",
        }
        IgnoredResponses = "probe_dns_ignored_responses", Gauge, Count, TRANSPORT_LABELS, {
            help: "Responses that were ignored because their source, ID, opcode or question is not that of the query.",
            absent: "The question was not asked over this transport.",
            source: "RFC 5452 section 9.1",
        }
        DnsDuration = "probe_dns_duration_seconds", Gauge, Seconds, &[FAMILY, ADDRESS, TRANSPORT, PHASE], {
            help: "How long the network and the server took, by phase.",
            absent: "The phase was not reached, did not end, or does not exist for the transport.",
            source: "blackbox_exporter",
        }
        Rcode = "probe_dns_rcode", Gauge, One, &[FAMILY, ADDRESS, TRANSPORT, RCODE], {
            help: "1 for the rcode received, with the bits that EDNS adds.",
            absent: "No response, or another rcode.",
            source: "RFC 1035 section 4.1.1; RFC 6891 section 6.1.3",
        }
        Flag = "probe_dns_flag", Gauge, Boolean, &[FAMILY, ADDRESS, TRANSPORT, FLAG], {
            help: "Header bits of the response.",
            absent: "No response.",
            source: "RFC 1035 section 4.1.1; RFC 4035 section 3.2.3",
        }
        AnswerRrs = "probe_dns_answer_rrs", Gauge, Count, TRANSPORT_LABELS, {
            help: "Records in the answer section of the response.",
            absent: "No response.",
            source: "blackbox_exporter; RFC 1035 section 4.1.1",
        }
        AuthorityRrs = "probe_dns_authority_rrs", Gauge, Count, TRANSPORT_LABELS, {
            help: "Records in the authority section of the response.",
            absent: "No response.",
            source: "blackbox_exporter; RFC 1035 section 4.1.1",
        }
        AdditionalRrs = "probe_dns_additional_rrs", Gauge, Count, TRANSPORT_LABELS, {
            help: "Records in the additional section of the response, OPT among them.",
            absent: "No response.",
            source: "blackbox_exporter; RFC 1035 section 4.1.1",
        }
        ResponseSize = "probe_dns_response_size_bytes", Gauge, Bytes, TRANSPORT_LABELS, {
            help: "Size of the response as a DNS message.",
            absent: "No response.",
            source: "RFC 1035 section 4.2",
        }
        EdnsUdpSize = "probe_dns_edns_udp_size_bytes", Gauge, Bytes, TRANSPORT_LABELS, {
            help: "The UDP payload size that the server advertises.",
            absent: "No response, or one without EDNS.",
            source: "RFC 6891 section 6.2.4",
        }
        ExtendedError = "probe_dns_extended_error", Gauge, One, &[FAMILY, ADDRESS, TRANSPORT, INFO_CODE], {
            help: "1 for each Extended DNS Error that the server itself sent.",
            absent: "No response, or one without it; past 16 of them.",
            source: "RFC 8914 section 2",
        }
        ServerInfo = "probe_dns_server_info", Gauge, One, &[FAMILY, ADDRESS, NSID], {
            help: "1 with the server's name for itself.",
            absent: "The server sent no NSID.",
            source: "RFC 5001 section 2.3",
        }
        Serial = "probe_dns_serial", Gauge, Serial, ADDRESS_LABELS, {
            help: "Serial number of the zone's SOA.",
            absent: "No SOA of this zone was in the answer.",
            source: "blackbox_exporter; RFC 1035 section 3.3.13",
        }
        SoaRefresh = "probe_dns_soa_refresh_seconds", Gauge, Seconds, ADDRESS_LABELS, {
            help: "REFRESH of the zone's SOA: how often a secondary asks for the serial.",
            absent: "No SOA of this zone was in the answer.",
            source: "RFC 1035 section 3.3.13",
        }
        SoaRetry = "probe_dns_soa_retry_seconds", Gauge, Seconds, ADDRESS_LABELS, {
            help: "RETRY of the zone's SOA: how long a secondary waits after a failed refresh.",
            absent: "No SOA of this zone was in the answer.",
            source: "RFC 1035 section 3.3.13",
        }
        SoaExpire = "probe_dns_soa_expire_seconds", Gauge, Seconds, ADDRESS_LABELS, {
            help: "EXPIRE of the zone's SOA: when a secondary that reaches no primary stops answering.",
            absent: "No SOA of this zone was in the answer.",
            source: "RFC 1035 section 3.3.13",
        }
        SoaMinimum = "probe_dns_soa_minimum_seconds", Gauge, Seconds, ADDRESS_LABELS, {
            help: "MINIMUM of the zone's SOA: the TTL of negative answers.",
            absent: "No SOA of this zone was in the answer.",
            source: "RFC 2308 section 4",
        }
        Expire = "probe_dns_expire_seconds", Gauge, Seconds, &[FAMILY, ADDRESS, ROLE], {
            help: "EDNS EXPIRE as received: of a secondary the seconds until it holds its copy of the zone expired; of a primary that signs perhaps those until its first signature expires.",
            absent: "The server does not answer the option, or SOA was not asked for.",
            source: "RFC 7314 section 2",
        }
        Version = "probe_dns_version_serial", Gauge, Serial, ADDRESS_LABELS, {
            help: "Serial number of the version of the zone that the answer is from, as the server says in EDNS ZONEVERSION.",
            absent: "The server does not answer the option, or SOA was not asked for.",
            source: "RFC 9660 section 2",
        }
        RecursionOffered = "probe_dns_recursion_offered", Gauge, Boolean, ADDRESS_LABELS, {
            help: "Whether the server resolves for strangers: RA is set, and it does not refuse.",
            absent: "The module does not ask for it, or the server did not answer.",
            source: "RFC 5358 section 4; RFC 1035 section 4.1.1",
        }
        TransferOpen = "probe_dns_transfer_open", Gauge, Boolean, ADDRESS_LABELS, {
            help: "Whether the server hands the whole zone to strangers.",
            absent: "The module does not ask for it, or the server did not answer.",
            source: "RFC 5936 section 5",
        }
        SignaturesValid = "probe_dnssec_signatures_valid", Gauge, Boolean, ADDRESS_LABELS, {
            help: "Whether every RRset that must be signed is validly signed by the zone's own keys.",
            absent: "Nothing was judged, or it could not be told.",
            source: "RFC 4035 section 5.3; RFC 6840 section 5.4",
        }
        Status = "probe_dnssec_status", Gauge, Boolean, &[FAMILY, ADDRESS, STATUS], {
            help: "The security status relative to the trust anchors: one of the four is 1.",
            absent: "Nothing was judged.",
            source: "RFC 4033 section 5; RFC 4035 section 4.3",
        }
        StatusReason = "probe_dnssec_status_reason", Gauge, One, REASON_LABELS, {
            help: "1 with the reason why the security status is not secure.",
            absent: "The status is secure, or nothing was judged.",
            source: "RFC 8914 section 4",
        }
        SignatureWarning = "probe_dnssec_signature_warning_seconds", Gauge, Seconds, NO_LABELS, {
            help: "How long signatures must still last, as probes.json has it for the zone: where less is left, something keeps the signer from its work.",
            absent: "No address has an earliest expiration to hold it against.",
            source: "RFC 6781 section 4.4.2",
        }
        EarliestExpiration = "probe_dnssec_earliest_expiration_timestamp_seconds", Gauge, UnixTime, ADDRESS_LABELS, {
            help: "When the first RRset loses its last valid signature: the minimum over RRsets of the latest expiration among the signatures that verify; where all of one have expired, among those that were good until then, so that it lies in the past.",
            absent: "An RRset has no signature that verifies or did until it expired; nothing was judged.",
            source: "RFC 4034 section 3.1.5; RFC 6840 section 5.4",
        }
        RrsigValid = "probe_dnssec_rrsig_valid", Gauge, Boolean, RRSIG_LABELS, {
            help: "Whether the signature verifies. Where signatures share the labels: the best of one RRset, the worst of several.",
            absent: "No such signature was seen, or it could not be told; past 256 at an address.",
            source: "RFC 4035 section 5.3",
        }
        RrsigExpiration = "probe_dnssec_rrsig_expiration_timestamp_seconds", Gauge, UnixTime, RRSIG_LABELS, {
            help: "When the signature's validity period ends. Where signatures share the labels: of the best of one RRset, the earliest of several.",
            absent: "No such signature was seen; past 256 at an address.",
            source: "RFC 4034 section 3.1.5",
        }
        RrsigInception = "probe_dnssec_rrsig_inception_timestamp_seconds", Gauge, UnixTime, RRSIG_LABELS, {
            help: "When the validity period began of the signature whose expiration is given.",
            absent: "No such signature was seen; past 256 at an address.",
            source: "RFC 4034 section 3.1.5",
        }
        DnskeyInfo = "probe_dnssec_dnskey_info", Gauge, One, &[FAMILY, ADDRESS, KEY_TAG, ALGORITHM, ROLE, BITS], {
            help: "1 for each key that is served.",
            absent: "No such key is served; past 64 at an address.",
            source: "RFC 4034 section 2; RFC 9499 section 10",
        }
        DsInfo = "probe_dnssec_ds_info", Gauge, One, &[FAMILY, ADDRESS, KEY_TAG, ALGORITHM, DIGEST_TYPE, MATCHED], {
            help: "1 for each DS of the zone, given as its trust anchor or validated at the parent, and whether it fits a key that is served.",
            absent: "No DS is known; past 64 at an address.",
            source: "RFC 4034 section 5; RFC 4035 section 5.2",
        }
        RolloverState = "probe_dnssec_rollover_state", Gauge, Boolean, &[FAMILY, ADDRESS, STATE], {
            help: "How the zone's keys stand to the DS RRset and to what CDS and CDNSKEY ask for: one of the states is 1.",
            absent: "DNSKEY was not asked for, CDS and CDNSKEY were not answered, or the DS RRset is not known.",
            source: "RFC 7344; RFC 8078",
        }
        Nsec3Span = "probe_dnssec_nsec3_span_ratio", Gauge, Ratio, ADDRESS_LABELS, {
            help: "How much of the space of hashes the NSEC3 covers that denies the random name, the median of several. Over many probes the median is about 1.7 divided by the number of NSEC3 in the zone.",
            absent: "No random name was denied by NSEC3.",
            source: "RFC 5155 section 8.3",
        }
        DenialsTested = "probe_dnssec_denials_tested", Gauge, Count, ADDRESS_LABELS, {
            help: "Proofs of non-existence that were validated in this probe.",
            absent: "Nothing was denied, or the zone is unsigned.",
            source: "RFC 4035 section 5.4; RFC 5155 section 8",
        }
        DenialValid = "probe_dnssec_denial_valid", Gauge, Boolean, &[FAMILY, ADDRESS, KIND], {
            help: "Whether the proof holds that something does not exist; with several of a kind, whether all hold.",
            absent: "Nothing of the kind was denied, the zone is unsigned, or it could not be told.",
            source: "RFC 4035 section 5.4; RFC 5155 section 8",
        }
        ZoneServerSuccess = "probe_zone_server_success", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the address answered as it should.",
            absent: "Never.",
            source: "RFC 9499 section 6",
        }
        ZoneServerAnswering = "probe_zone_server_answering", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the address gave an authority's answer with the zone's SOA, whatever DNSSEC makes of it.",
            absent: "The queries could not be sent, for want of this host's own resources.",
            source: "RFC 9499 section 6",
        }
        ZoneDnssecValid = "probe_zone_dnssec_valid", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether everything that the address answered is validly signed or validly denied: 0 for each failure of DNSSEC but a DS that matches no key, which is about the parent.",
            absent: "The zone is not signed, or the address gave nothing to validate.",
            source: "RFC 4033 section 5; RFC 4035 section 5",
        }
        ZoneFailure = "probe_zone_failure", Gauge, One, &[NAMESERVER, PROVIDER, FAMILY, ADDRESS, REASON, INFO_CODE], {
            help: "1 for each reason for which an address failed.",
            absent: "The reason does not hold.",
            source: "RFC 8914 section 4",
        }
        ZoneWarning = "probe_zone_warning", Gauge, One, &[NAMESERVER, PROVIDER, FAMILY, ADDRESS, WARNING], {
            help: "1 for each warning about an address: what an operator should know although the probe does not fail for it.",
            absent: "The warning does not hold.",
            source: "each warning names its own",
        }
        ZoneSecure = "probe_zone_secure", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the security status of the address's answers is secure: a validator that starts at the trust anchor would believe them.",
            absent: "Nothing was judged.",
            source: "RFC 4033 section 5; RFC 4035 section 4.3",
        }
        ZoneSerial = "probe_zone_serial", Gauge, Serial, NAMESERVER_LABELS, {
            help: "Serial number of the zone's SOA at each address.",
            absent: "No SOA of this zone was in the answer of an authority.",
            source: "RFC 1035 section 3.3.13",
        }
        ZoneSerialLag = "probe_zone_serial_lag", Gauge, Count, NAMESERVER_LABELS, {
            help: "How many steps the serial is behind the newest one, by serial number arithmetic.",
            absent: "No SOA of this zone was in the answer of an authority, or none of the serials is the newest; or it is newer than the newest that DNSSEC does not speak against.",
            source: "RFC 1982 section 3",
        }
        ZoneSerialsComparable = "probe_zone_serials_comparable", Gauge, Boolean, NO_LABELS, {
            help: "Whether one of the serials is the newest: two that lie 2147483648 apart cannot be compared.",
            absent: "No server gave a serial.",
            source: "RFC 1982 section 3.2",
        }
        ZoneSerialsEqual = "probe_zone_serials_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether all servers that gave a serial gave the same.",
            absent: "No server gave a serial.",
            source: "RFC 1034 section 4.3.5",
        }
        ZoneVersion = "probe_zone_version_serial", Gauge, Serial, NAMESERVER_LABELS, {
            help: "Serial number of the version of the zone that the answer is from, as the server says in EDNS ZONEVERSION.",
            absent: "The server does not answer the option.",
            source: "RFC 9660 section 2",
        }
        ZoneExpire = "probe_zone_expire_seconds", Gauge, Seconds, &[NAMESERVER, PROVIDER, FAMILY, ADDRESS, ROLE], {
            help: "EDNS EXPIRE as received: of a secondary the seconds until it holds its copy of the zone expired; of a primary that signs perhaps those until its first signature expires.",
            absent: "The server does not answer the option, or not for the zone.",
            source: "RFC 7314 section 2",
        }
        ZoneExpireAnswered = "probe_zone_expire_answered", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the server answers EDNS EXPIRE; of one that does not, the lag of its serial is what there is to watch.",
            absent: "The server does not answer for the zone.",
            source: "RFC 7314 section 3.3",
        }
        ZoneSignaturesOutliveExpire = "probe_zone_signatures_outlive_expire_seconds", Gauge, Seconds, NAMESERVER_LABELS, {
            help: "How long the signatures last past SOA expire and the greatest TTL from now: below 0 a secondary that loses its primary now would serve expired ones, or ones that expire in caches.",
            absent: "The server gave no SOA of this zone as an authority, or no RRset has a signature that verifies.",
            source: "RFC 6781 section 4.4.1",
        }
        ZoneNsEqual = "probe_zone_nameservers_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether all servers that gave the NS RRset gave the same.",
            absent: "No server gave it.",
            source: "RFC 1034 section 4.2.2",
        }
        ZoneDnskeysEqual = "probe_zone_dnskeys_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether all servers that gave the DNSKEY RRset gave the same. With signers that each have a KSK of their own it is 0 as a matter of course.",
            absent: "No server gave it, or the DNSSEC policy is off.",
            source: "RFC 4035 section 2.1; RFC 8901 section 2.1",
        }
        ZoneCdsEqual = "probe_zone_cds_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether all servers that were asked for CDS and CDNSKEY gave the same; a parent must not act on them while they differ.",
            absent: "No server answered, or the DNSSEC policy is off.",
            source: "RFC 9975; RFC 7344 section 4",
        }
        ZoneConfiguredNsEqual = "probe_zone_configured_nameservers_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether the host names of the nameservers in probes.json are those of the NS RRset, hidden ones left out.",
            absent: "A nameserver has no host name in probes.json, all are hidden, or no server gave the NS RRset.",
            source: "RFC 1034 section 4.2.1",
        }
        ZoneParentNsEqual = "probe_zone_parent_nameservers_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether the parent delegates to the names of the zone's own NS RRset.",
            absent: "No resolver is configured, the parent could not be asked or serves the zone itself, or no server gave the NS RRset.",
            source: "RFC 1034 section 4.2.2",
        }
        ZoneGlueEqual = "probe_zone_glue_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether the parent gives the addresses that the zone has for its nameservers within it.",
            absent: "No nameserver lies within the zone, or the parent or the zone could not be asked.",
            source: "RFC 9471 section 2; RFC 1034 section 4.2.1",
        }
        ZoneParentDelegates = "probe_zone_parent_delegates", Gauge, Boolean, NO_LABELS, {
            help: "Whether a server of the parent delegates the zone. 0: none does, by NXDOMAIN (serverHold, expiry at the registry), by an answer without a delegation, or by an error such as REFUSED.",
            absent: "There is no resolver to find the parent, none of its servers responds, or they serve the zone themselves.",
            source: "RFC 1034 section 4.2.2; RFC 5731 section 2.3",
        }
        ZoneParentServers = "probe_zone_parent_servers", Gauge, Count, &[RESULT], {
            help: "Addresses of the parent's nameservers by what they make of the zone when they are asked last: `delegates`, `nxdomain`, `not_delegated`, `serves_zone`, `failed` (an error), `silent`.",
            absent: "There is no resolver to find the parent, or its nameservers were never found.",
            source: "RFC 1034 section 4.2.2",
        }
        ZoneParentAnswering = "probe_zone_parent_answering", Gauge, Boolean, &[FAMILY], {
            help: "Whether at least one of the parent's servers that this probe asked answered. Alerts tell by it whether the exporter is offline, or the zone's nameservers are.",
            absent: "No server of the parent was asked over this family.",
            source: "RFC 1034 section 4.2.2",
        }
        ZoneParentServersEqual = "probe_zone_parent_servers_equal", Gauge, Boolean, NO_LABELS, {
            help: "Whether all servers of the parent give the same NS and DS RRsets, each as it was asked last, at most five minutes ago.",
            absent: "Fewer than two servers of the parent show what they have.",
            source: "RFC 1034 section 4.3.5",
        }
        ZoneParentNsTtl = "probe_zone_parent_nameservers_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "TTL of the NS RRset of the delegation at the parent.",
            absent: "The parent does not delegate the zone, or could not be asked.",
            source: "RFC 1034 section 4.2.2",
        }
        ZoneParentNsDigest = "probe_zone_parent_nameservers_digest", Gauge, Count, NO_LABELS, {
            help: "A number that changes when the NS RRset of the delegation at the parent does: 48 bits of a digest over its names.",
            absent: "The parent does not delegate the zone, or could not be asked.",
            source: "own",
        }
        ZoneDsDigest = "probe_zone_ds_digest", Gauge, Count, NO_LABELS, {
            help: "A number that changes when the DS RRset at the parent does: 48 bits of a digest over its records, 0 if there is none.",
            absent: "The parent does not delegate the zone, or could not be asked.",
            source: "own",
        }
        DnskeyTtl = "probe_dnssec_dnskey_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "TTL of the zone's DNSKEY RRset: how long resolvers may use a key that the zone does not have any more.",
            absent: "No server gave the RRset as an authority.",
            source: "RFC 6781 section 4.1; RFC 7583 section 3.2",
        }
        DsTtl = "probe_dnssec_ds_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "TTL of the DS RRset at the parent: how long resolvers may use a DS that the parent does not have any more.",
            absent: "There is no DS, or the parent could not be asked.",
            source: "RFC 6781 section 4.1.2; RFC 7583 section 3.3",
        }
        ZoneNsTtl = "probe_zone_nameservers_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "TTL of the zone's own NS RRset.",
            absent: "No server gave the RRset as an authority.",
            source: "RFC 1035 section 3.2.1",
        }
        ZoneSoaTtl = "probe_zone_soa_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "TTL of the zone's SOA record.",
            absent: "No server gave it as an authority.",
            source: "RFC 1035 section 3.2.1",
        }
        ZoneMaxTtl = "probe_zone_max_ttl_seconds", Gauge, Seconds, NO_LABELS, {
            help: "The greatest TTL of any record of the zone that the probe saw.",
            absent: "No server gave a record as an authority.",
            source: "RFC 6781 section 4.4.2",
        }
        ZoneRolloverTooEarly = "probe_zone_rollover_too_early", Gauge, Boolean, &[KIND], {
            help: "Whether keys or DS were changed before the copies that resolvers may hold had run out, as far as the exporter has seen it: validating resolvers that hold one answer SERVFAIL. `ksk_removed`: they hold a DS RRset, and the key that it points to, or its signature over the DNSKEY RRset, or every signature, is gone. `ds_changed`: they hold a DNSKEY RRset to which the DS RRset at the parent does not lead. `zsk_used`: they hold a DNSKEY RRset without the key that signs the data.",
            absent: "The DNSSEC policy is off, no server shows keys that can be validated, for the first two kinds no DS RRset is known; and until the exporter has run for as long as the TTL, instead of 0.",
            source: "RFC 6781 section 4.1; RFC 7583 section 3",
        }
        ZoneRolloverHeldUntil = "probe_zone_rollover_held_until_timestamp_seconds", Gauge, UnixTime, &[KIND], {
            help: "Until when resolvers may hold what was changed too early: when it was last seen, and its TTL.",
            absent: "Nothing was changed too early.",
            source: "RFC 7583 section 3; RFC 4035 section 5.3.3",
        }
        ZoneChainStatus = "probe_zone_chain_status", Gauge, Boolean, &[STATUS], {
            help: "1 for where the chain of trust from above the zone leads, 0 for the others: `secure` (to its DS RRset), `insecure` (it is proven to have none: unprotected), `broken` (a link does not verify: validating resolvers answer SERVFAIL for the zone, signed or not), `undecided`.",
            absent: "The zone has trust anchors of its own, there is no resolver, or the DNSSEC policy is off.",
            source: "RFC 4035 sections 4.3, 5.2",
        }
        ZoneTransportsEqual = "probe_zone_transports_equal", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the address gave the same SOA, NS and DNSKEY over UDP and over TCP.",
            absent: "It did not answer over both in full.",
            source: "RFC 7766 section 5",
        }
        ZoneNsidEqual = "probe_zone_nsid_equal", Gauge, Boolean, &[NAMESERVER, PROVIDER], {
            help: "Whether all addresses of the nameserver lead to one that gives itself the same name.",
            absent: "Fewer than two addresses answer, none gives an NSID, or probes.json says that it is anycast.",
            source: "RFC 5001 section 2.3",
        }
        ZoneDifference = "probe_zone_difference", Gauge, One, &[NAMESERVER, FAMILY, ADDRESS, WHAT], {
            help: "1 for each who differs where all should be alike.",
            absent: "Nobody differs.",
            source: "RFC 1034 section 4.2.2",
        }
        NameAnswered = "probe_name_answered", Gauge, Boolean, NAME_LABELS, {
            help: "Whether a response to the question for the name arrived that can be read, whatever its rcode.",
            absent: "The name was not asked for.",
            source: "RFC 5452 section 9.1",
        }
        NameValid = "probe_name_valid", Gauge, Boolean, NAME_LABELS, {
            help: "Whether DNSSEC bears out the data of the name, or the proof that there is none.",
            absent: "The zone is not signed, no authority answered, the name lies in a zone below, or it could not be told.",
            source: "RFC 4035 section 5.3; RFC 4035 section 5.4",
        }
        NameExpected = "probe_name_expected", Gauge, Boolean, NAME_LABELS, {
            help: "Whether the name that probes.json lists is there, with the data that it expects.",
            absent: "probes.json does not list the name, or no authority answered.",
            source: "RFC 1034 section 4.3.2",
        }
        NameDigest = "probe_name_digest", Gauge, Count, NAME_LABELS, {
            help: "A number for the data of the name, from 1 to 2^53 - 1, whatever its order, case and TTL; 0 where there is none.",
            absent: "No authority answered.",
            source: "RFC 4034 section 6.2",
        }
        ZoneServers = "probe_zone_servers", Gauge, Count, &[STATE], {
            help: "Nameservers of the zone; one answers if one of its addresses does. Hidden ones are left out.",
            absent: "Never.",
            source: "RFC 2182 section 5",
        }
        ZoneProviders = "probe_zone_providers", Gauge, Count, &[STATE], {
            help: "Who runs them; those of whom probes.json does not say it count as one together.",
            absent: "Never.",
            source: "RFC 2182 section 3.1",
        }
        ZoneAddresses = "probe_zone_addresses", Gauge, Count, &[FAMILY, STATE], {
            help: "Addresses of the zone's nameservers.",
            absent: "No nameserver has an address in the family.",
            source: "RFC 3901 section 4",
        }
        ZoneNetworks = "probe_zone_networks", Gauge, Count, &[FAMILY, STATE], {
            help: "Networks that they lie in: /24 of IPv4, /48 of IPv6, the longest prefixes that are routed everywhere.",
            absent: "No nameserver has an address in the family.",
            source: "RFC 2182 section 3.1",
        }
        ZoneRecursionOffered = "probe_zone_recursion_offered", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the server resolves for strangers: RA is set, and it does not refuse.",
            absent: "The module does not ask for it, or the server did not answer.",
            source: "RFC 5358 section 4; RFC 1035 section 4.1.1",
        }
        ZoneTransferOpen = "probe_zone_transfer_open", Gauge, Boolean, NAMESERVER_LABELS, {
            help: "Whether the server hands the whole zone to strangers.",
            absent: "The module does not ask for it, or the server did not answer.",
            source: "RFC 5936 section 5",
        }
    }
}
