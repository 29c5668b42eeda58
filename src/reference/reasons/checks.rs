//! Where an operator looks, by nameserver: each place once, named by the reasons that lead there.
//!
//! `tests/in_process/reasons_reference.rs` holds every command to what the tools themselves say that they know.

/// A question and where its answer is found.
pub(super) struct OperatorCheck {
    pub(super) question: &'static str,
    /// What to do on whatever machine.
    pub(super) any_server: &'static str,
    pub(super) knot: &'static str,
    pub(super) bind: &'static str,
    pub(super) nsd: &'static str,
    pub(super) powerdns: &'static str,
}

/// Every place, in the order of the page.
pub(super) const ALL: &[&OperatorCheck] = &[
    &LISTENS, &EDNS, &SERVES, &COPY, &SIGNS, &WHOLE, &KEYS, &DS, &DENIAL, &NSEC3, &CHAIN, &CLOCK,
];

pub(super) const LISTENS: OperatorCheck = OperatorCheck {
    question: "Does the server run, and listen where it is asked?",
    any_server: "`dig @192.0.2.1 example.net SOA +norecurse`, and the same with `+tcp`; on the server `ss -lntu` shows what listens on port 53.",
    knot: "`knotc status`, `knotc conf-read server.listen`.",
    bind: "`rndc status`; `listen-on` and `listen-on-v6` in `named-checkconf -p`.",
    nsd: "`nsd-control status`, `nsd-checkconf -o ip-address /etc/nsd/nsd.conf`.",
    powerdns: "`pdns_control rping`; `local-address` in `pdns_control current-config`.",
};

pub(super) const EDNS: OperatorCheck = OperatorCheck {
    question: "Does it take EDNS, and which option does it stumble over?",
    any_server: "`dig @192.0.2.1 example.net SOA +norecurse +noedns`, then with `+edns=0 +nodnssec`, `+dnssec`, `+nsid`, `+expire`, one at a time, from inside and from outside any load balancer or packet filter; over TCP: `dig @192.0.2.1 example.net SOA +norecurse +dnssec +tcp`.",
    knot: "",
    bind: "",
    nsd: "",
    powerdns: "",
};

pub(super) const SERVES: OperatorCheck = OperatorCheck {
    question: "Does it serve the zone, and to whom?",
    any_server: "",
    knot: "`knotc zone-status example.net`, `knotc zone-check example.net`, then `knotc zone-reload example.net`; new in the configuration: `knotc reload`. Access: `mod-queryacl` in `knotc conf-read`.",
    bind: "`rndc zonestatus example.net`, `named-checkconf -z`, `allow-query` in `named-checkconf -p`, then `rndc reload example.net`; new in the configuration: `rndc reconfig`.",
    nsd: "`nsd-control zonestatus example.net`, `nsd-checkzone example.net zone.db`, then `nsd-control reload example.net`; new in the configuration: `nsd-control reconfig`. Access: `allow-query` in nsd.conf.",
    powerdns: "`pdns_control list-zones`, `pdnsutil check-zone example.net`, then `pdns_control rediscover`.",
};

pub(super) const COPY: OperatorCheck = OperatorCheck {
    question: "Is a secondary's copy the primary's?",
    any_server: "Compare the serials of all servers: `probe_dns_serial`, or of each `dig @192.0.2.1 example.net SOA +norecurse +short` (`+nssearch` has the system's resolver look up their addresses, which fails where they are names of a bogus zone). On a secondary that is behind:",
    knot: "`knotc zone-refresh example.net`; whatever its serial: `knotc zone-retransfer example.net`.",
    bind: "`rndc refresh example.net`; whatever its serial: `rndc retransfer example.net`.",
    nsd: "`nsd-control transfer example.net`; whatever its serial: `nsd-control force_transfer example.net`.",
    powerdns: "`pdns_control retrieve example.net`.",
};

pub(super) const SIGNS: OperatorCheck = OperatorCheck {
    question: "Is the zone signed, until when, and when again?",
    any_server: "On the server that signs:",
    knot: "`knotc zone-status example.net` shows when it signs next, `knotc conf-read 'zone[example.net].dnssec-signing'` whether; `knotc zone-sign example.net` signs now.",
    bind: "`rndc zonestatus example.net`, `rndc dnssec -status example.net` (needs a dnssec-policy); `rndc sign example.net` signs now. A zone signed by hand: `dnssec-signzone`, then `rndc reload example.net`.",
    nsd: "does not sign: sign where the zone comes from (`ldns-signzone`, `dnssec-signzone`, a signing primary), then `nsd-control reload example.net`.",
    powerdns: "`pdnsutil show-zone example.net` says whether it signs as it answers or serves what was signed elsewhere (PRESIGNED); after a change `pdnsutil rectify-zone example.net`, then `pdns_control purge 'example.net$'`.",
};

pub(super) const WHOLE: OperatorCheck = OperatorCheck {
    question: "Does the whole zone verify?",
    any_server: "Where the server lets you transfer the zone: `dig @192.0.2.1 example.net AXFR +onesoa`, written to zone.db, then `dnssec-verify -o example.net zone.db` or `ldns-verify-zone zone.db`. In one answer: `probe` with `debug=true`.",
    knot: "",
    bind: "",
    nsd: "",
    powerdns: "",
};

pub(super) const KEYS: OperatorCheck = OperatorCheck {
    question: "Which keys are there, which are published, which sign?",
    any_server: "`dig @192.0.2.1 example.net DNSKEY +norecurse +dnssec +multiline` shows tags, flags and who signed.",
    knot: "`keymgr example.net list`, `keymgr example.net dnskey 12345`; `knotc zone-keys-load example.net` takes up what was changed.",
    bind: "`rndc dnssec -status example.net`, `dnssec-settime -p all Kexample.net.+013+12345` for one key's dates; `rndc loadkeys example.net` takes up what was changed.",
    nsd: "keeps no keys: `nsd-checkzone -p example.net zone.db` prints the DNSKEY and RRSIG records that it would serve.",
    powerdns: "`pdnsutil list-keys example.net`; `pdnsutil publish-zone-key example.net 1` and `pdnsutil activate-zone-key example.net 1` (the list's column ID, not the tag).",
};

pub(super) const DS: OperatorCheck = OperatorCheck {
    question: "Which DS should the parent have?",
    any_server: "What the parent has: `dig example.net DS +short`, or of one of its servers with `+norecurse`. What fits: `dig @192.0.2.1 example.net DNSKEY`, written to keys.db, then `dnssec-dsfromkey -2 -f keys.db example.net`.",
    knot: "`keymgr example.net ds`; when the parent has it: `knotc zone-ksk-submitted example.net`.",
    bind: "`rndc dnssec -status example.net`; when the parent has it: `rndc dnssec -checkds -key 12345 published example.net`.",
    nsd: "`dnssec-dsfromkey -2 -f zone.db example.net`.",
    powerdns: "`pdnsutil export-zone-ds example.net`.",
};

pub(super) const DENIAL: OperatorCheck = OperatorCheck {
    question: "Does the chain of NSEC or NSEC3 fit the zone?",
    any_server: "`dig @192.0.2.1 nothing.example.net A +norecurse +dnssec` shows the proof that is given.",
    knot: "`knotc zone-sign example.net` makes the chain anew; with signatures made elsewhere: `semantic-checks` in `knotc conf-read 'zone[example.net]'`, then `knotc zone-check example.net`.",
    bind: "`rndc signing -list example.net` shows chains that are being made; a file: `dnssec-verify -o example.net zone.db`.",
    nsd: "serves the chain of the file: `dnssec-verify -o example.net zone.db`, sign it anew, `nsd-control reload example.net`.",
    powerdns: "`pdnsutil check-zone example.net`, `pdnsutil rectify-zone example.net` (after every change that did not come through the API), `pdns_control purge 'example.net$'`.",
};

pub(super) const NSEC3: OperatorCheck = OperatorCheck {
    question: "How many iterations does NSEC3 have?",
    any_server: "`dig @192.0.2.1 example.net NSEC3PARAM +short`: the third field. RFC 9276 wants `1 0 0 -`.",
    knot: "`nsec3-iterations: 0` in the policy (`knotc conf-read policy`), then `knotc reload` and `knotc zone-sign example.net`.",
    bind: "`nsec3param iterations 0` in the dnssec-policy and `rndc reconfig`; without one `rndc signing -nsec3param 1 0 0 - example.net`.",
    nsd: "sign the file anew (`ldns-signzone -n -t 0`, `dnssec-signzone -u -3 - -H 0`), then `nsd-control reload example.net`.",
    powerdns: "`pdnsutil set-nsec3 example.net '1 0 0 -'`, then `pdnsutil rectify-zone example.net`.",
};

pub(super) const CHAIN: OperatorCheck = OperatorCheck {
    question: "Does the chain from the root hold, and does the resolver give it?",
    any_server: "`delv example.net SOA +rtrace +vtrace`; of the configured resolver `delv @192.0.2.53 example.net SOA +vtrace`, `dig @192.0.2.53 example.net DS +dnssec +cdflag`, and the same for each parent up to the root. With a private root delv needs its anchor: `-a` and a file with `trust-anchors { . static-ds 12345 13 2 \"ABCD...\"; };`.",
    knot: "",
    bind: "",
    nsd: "",
    powerdns: "",
};

pub(super) const CLOCK: OperatorCheck = OperatorCheck {
    question: "Is the clock right?",
    any_server: "`timedatectl` on the signer and on the machine that probes: a clock that is wrong makes right signatures early or late.",
    knot: "",
    bind: "",
    nsd: "",
    powerdns: "",
};
