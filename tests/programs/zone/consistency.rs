//! Servers, the parent and the transports that should say the same, and do not.

use outsidein::report::InconsistencyKind;

use crate::zone::changes::{FAMILIES, change, differs, fails, falls, zone_inconsistency};
use crate::zone::healthy::HEALTHY;
use crate::zone::lab::Lab;
use crate::zone::netns::apart;
use crate::zone::world::{MEMBERS, PARENT, Zone, by_name};
use crate::zone::{knot, unbound};

#[test]
fn inconsistent_parent_is_reported() {
    apart(inconsistent_parent_is_reported, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        let right = lab.delegation.clone();
        lab.delegate(|delegation| {
            let [ipv4, _] = by_name("ns3").addresses();
            let [_, stale] = by_name("ns4").addresses();
            delegation.glue.insert("ns3", [ipv4, stale]);
        });
        let seen = lab.shows(
            "glue is wrong",
            &[falls("probe_zone_glue_equal"), zone_inconsistency("glue")],
        );
        let details = seen.details(InconsistencyKind::Glue);
        assert!(
            details.len() == 1 && details[0].starts_with("ns3.zone.test. has "),
            "{details:?}"
        );

        lab.delegate(|delegation| {
            *delegation = right.clone();
            delegation.glue.remove("ns5");
        });
        let fewer = [
            falls("probe_zone_parent_nameservers_equal"),
            zone_inconsistency("parent_missing_ns"),
            zone_inconsistency("parent_ns"),
        ];
        lab.shows("the parent delegates to fewer", &fewer);

        lab.update(|zone| zone.ns.retain(|name| *name != "ns5"));
        let other_cases = [
            falls("probe_zone_configured_nameservers_equal"),
            zone_inconsistency("configured_ns"),
        ];
        lab.shows(
            "so does the zone, and probes.json has one more",
            &other_cases,
        );

        lab.delegate(|delegation| *delegation = right.clone());
        lab.update(|zone| zone.ns = Zone::default().ns);
        lab.heals("the parent is right again");
        the_parent_is_not_found(&mut lab);

        lab.delegate(|delegation| delegation.ds = vec![delegation.wrong_ds()]);
        lab.forget();
        let bogus = everywhere()
            .map(|labels| fails(&labels, "ds_mismatch"))
            .collect::<Vec<_>>()
            .concat();
        lab.shows(
            "the DS fits no key",
            &[bogus, nowhere_secure(), falls("probe_success")],
        );
    });
}

fn everywhere() -> impl Iterator<Item = String> {
    MEMBERS
        .iter()
        .flat_map(|member| FAMILIES.map(|family| format!("{},{family}", member.name)))
}

fn nowhere_secure() -> Vec<String> {
    everywhere()
        .flat_map(|labels| falls(&format!("probe_zone_secure{{{labels}}}")))
        .collect()
}

/// What is not known is absent, and the zone's own servers have no part in it.
fn the_parent_is_not_found(lab: &mut Lab) {
    let unknown = [
        "probe_zone_parent_nameservers_equal",
        "probe_zone_glue_equal",
    ]
    .map(|metric| change(metric, "1", "absent"))
    .concat();
    lab.stop("parent");
    let seen = lab.shows(
        "the parent's server is down",
        std::slice::from_ref(&unknown),
    );
    let problem = seen
        .report
        .parent
        .and_then(|parent| parent.problem)
        .unwrap_or_default();
    assert!(
        PARENT
            .iter()
            .all(|address| problem.contains(&address.to_string())),
        "{problem}"
    );
    lab.run("parent", &knot::server(&lab.place("parent")));
    lab.heals("the parent's server is back");
    lab.stop("resolver");
    lab.heals("the resolver is down, and the parent's servers are known");
    lab.forget_links();
    lab.shows(
        "without a resolver no chain is followed, which is nobody's failure",
        &[unknown, nowhere_secure()],
    );
    lab.run("resolver", &unbound::again(&lab.place("resolver")));
    lab.heals("the resolver is back");
}

#[test]
fn deviating_signer_is_named() {
    apart(deviating_signer_is_named, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        lab.stop("ns2");
        it_has_other_nameservers(&mut lab);
        lab.stop("ns2");
        its_serial_cannot_be_compared(&mut lab);
        lab.stop("ns2");
        lab.begin("ns2");
        lab.heals("it follows the primary again");
    });
}

fn it_has_other_nameservers(lab: &mut Lab) {
    // Signing adds one to the serial of the file.
    let serial = lab.newest() - 1;
    lab.split_brain(
        "ns2",
        &Zone {
            ns: vec!["ns1", "ns2", "ns3", "ns4"],
            serial,
            ..lab.zone.clone()
        },
    );
    let seen = lab.shows(
        "other nameservers",
        &[falls("probe_zone_nameservers_equal"), differs("ns2", "ns")],
    );
    for detail in seen.details(InconsistencyKind::Ns) {
        let (own_text, elsewhere) = detail
            .split_once("; elsewhere ")
            .expect("both sides are told");
        assert!(
            !own_text.contains("ns5.zone.test.") && elsewhere.contains("ns5.zone.test."),
            "{detail}"
        );
    }
}

/// RFC 1982 section 3.2: of two serials that lie 2^31 apart neither is newer.
fn its_serial_cannot_be_compared(lab: &mut Lab) {
    let opposite = (lab.newest() - 1).wrapping_add(1 << 31);
    lab.split_brain(
        "ns2",
        &Zone {
            serial: opposite,
            ..lab.zone.clone()
        },
    );
    let opposite = FAMILIES.map(|family| {
        change(
            &format!("probe_zone_serial{{ns2,{family}}}"),
            "0",
            "-2147483648",
        )
    });
    let lags = MEMBERS.iter().flat_map(|member| {
        FAMILIES.map(|family| {
            change(
                &format!("probe_zone_serial_lag{{{},{family}}}", member.name),
                "0",
                "absent",
            )
        })
    });
    let all_members = MEMBERS.iter().map(|member| differs(member.name, "serial"));
    let seen = lab.shows(
        "two serials that cannot be compared",
        &[
            opposite.concat(),
            lags.collect::<Vec<_>>().concat(),
            all_members.collect::<Vec<_>>().concat(),
            falls("probe_zone_serials_equal"),
            falls("probe_zone_serials_comparable"),
        ],
    );
    assert_eq!(seen.report.serials.newest, None);
}

#[test]
fn different_server_on_tcp_is_named() {
    apart(different_server_on_tcp_is_named, || {
        let mut lab = Lab::start(Zone::default(), HEALTHY);
        let [ipv4, _] = by_name("ns4").addresses();
        let old = lab.copy_of_zone();
        lab.update(|_| ());
        lab.heals("an update");
        let new = lab.copy_of_zone();
        lab.stop("ns4");
        // A balancer that sends UDP and TCP to different machines, one of which is behind.
        for (name, copy, over_tcp) in [("ns4-udp", &new, false), ("ns4-tcp", &old, true)] {
            let directory = lab.place(name);
            std::fs::create_dir_all(&directory).expect("a directory");
            std::fs::write(directory.join("copy"), copy).expect("a zone file");
            lab.run(
                name,
                &unbound::authority(&directory, by_name("ns4"), over_tcp),
            );
        }
        lab.wait(ipv4);
        lab.wait_over_tcp(ipv4);
        let transports = FAMILIES
            .map(|family| falls(&format!("probe_zone_transports_equal{{ns4,{family}}}")))
            .concat();
        let seen = lab.shows(
            "another copy over TCP",
            &[transports, differs("ns4", "transport")],
        );
        let newest = lab.newest();
        let detail = format!(
            "SOA serial {newest} over udp; serial {} over tcp",
            newest - 1
        );
        assert_eq!(
            seen.details(InconsistencyKind::Transport),
            [detail.as_str(); 2]
        );
    });
}
