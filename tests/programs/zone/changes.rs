//! The changes that faults make, in the words of `Exposition`.

/// One change.
pub fn change(series: &str, before: &str, after: &str) -> Vec<String> {
    vec![format!("{series}: {before} -> {after}")]
}

/// Both families.
pub const FAMILIES: [&str; 2] = ["ipv4", "ipv6"];

/// A 0/1 metric of the zone falls.
pub fn falls(metric: &str) -> Vec<String> {
    change(metric, "1", "0")
}

/// Fewer answer.
pub fn fewer(metric: &str, labels: &str, before: u32, after: u32) -> Vec<String> {
    change(
        &format!("{metric}{{{labels}answering}}"),
        &before.to_string(),
        &after.to_string(),
    )
}

/// A nameserver is so many steps behind at both addresses, and is named for it.
pub fn behind(nameserver: &str, steps: u32) -> Vec<String> {
    let at = |family| {
        let labels = format!("{nameserver},{family}");
        [
            change(
                &format!("probe_zone_serial{{{labels}}}"),
                "0",
                &format!("-{steps}"),
            ),
            change(
                &format!("probe_zone_serial_lag{{{labels}}}"),
                "0",
                &steps.to_string(),
            ),
        ]
    };
    [
        FAMILIES.map(|family| at(family).concat()).concat(),
        differs(nameserver, "serial"),
    ]
    .concat()
}

/// A nameserver is named at both addresses for differing.
pub fn differs(nameserver: &str, kind: &str) -> Vec<String> {
    FAMILIES
        .map(|family| named(&format!("{nameserver},{family}"), kind))
        .concat()
}

/// Somebody is named for differing: `nameserver,family`, of which either may be empty.
pub fn named(labels: &str, kind: &str) -> Vec<String> {
    change(
        &format!("probe_zone_difference{{{labels},{kind}}}"),
        "absent",
        "1",
    )
}

/// The parent or probes.json is named for differing.
pub fn zone_inconsistency(kind: &str) -> Vec<String> {
    named(",", kind)
}

/// An address says nothing at all.
pub fn silent(nameserver: &str, family: &str, reason: &str) -> Vec<String> {
    let strangers = exposure_not_measured(&format!("{nameserver},{family}"));
    [without_zone(nameserver, family, reason), strangers].concat()
}

/// An address fails for a reason and does not show the zone: all that it would have said of it is absent, never 0.
pub fn without_zone(nameserver: &str, family: &str, reason: &str) -> Vec<String> {
    let labels = format!("{nameserver},{family}");
    let absent =
        |metric: &str, value: &str| change(&format!("{metric}{{{labels}}}"), value, "absent");
    let mut changes = [
        absent("probe_zone_secure", "1"),
        absent("probe_zone_serial", "0"),
        absent("probe_zone_serial_lag", "0"),
        absent("probe_zone_signatures_outlive_expire_seconds", "counting"),
        absent("probe_zone_transports_equal", "1"),
    ]
    .concat();
    let answers_expire = matches!(nameserver, "ns1" | "ns2" | "ns3");
    changes.extend(absent(
        "probe_zone_expire_answered",
        if answers_expire { "1" } else { "0" },
    ));
    if answers_expire {
        changes.extend(absent("probe_zone_expire_seconds", "counting"));
    }
    [changes, fails(&labels, reason)].concat()
}

/// Of what strangers must not get nothing is known of an address.
pub fn exposure_not_measured(labels: &str) -> Vec<String> {
    ["probe_zone_recursion_offered", "probe_zone_transfer_open"]
        .map(|metric| change(&format!("{metric}{{{labels}}}"), "0", "absent"))
        .concat()
}

/// An address fails for a reason.
pub fn fails(labels: &str, reason: &str) -> Vec<String> {
    [
        falls(&format!("probe_zone_server_success{{{labels}}}")),
        change(
            &format!("probe_zone_failure{{{labels},{reason}}}"),
            "absent",
            "1",
        ),
    ]
    .concat()
}

/// A nameserver fails at both addresses: with it goes what only both can tell.
pub fn down(nameserver: &str, reason: &str) -> Vec<String> {
    [
        FAMILIES
            .map(|family| silent(nameserver, family, reason))
            .concat(),
        no_nsid(nameserver),
    ]
    .concat()
}

/// A nameserver answers, but has lost the zone.
pub fn lost(nameserver: &str, reason: &str) -> Vec<String> {
    [
        FAMILIES
            .map(|family| without_zone(nameserver, family, reason))
            .concat(),
        no_nsid(nameserver),
    ]
    .concat()
}

/// Fewer than two addresses name themselves.
pub fn no_nsid(nameserver: &str) -> Vec<String> {
    change(
        &format!("probe_zone_nsid_equal{{{nameserver}}}"),
        "1",
        "absent",
    )
}

/// The probe as a whole fails.
pub fn failure() -> Vec<String> {
    falls("probe_success")
}

/// So many fewer addresses of both families answer.
pub fn fewer_addresses(before: u32, after: u32) -> Vec<String> {
    FAMILIES
        .map(|family| fewer("probe_zone_addresses", &format!("{family},"), before, after))
        .concat()
}
