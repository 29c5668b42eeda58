//! A parent of two servers, of which one has an old copy: Knot for root, parent and zone, Unbound to find them.

use std::fs;
use std::path::{Path, PathBuf};

use outsidein::config::DNS_PORT;
use outsidein::report::{ChainStatus, InconsistencyKind, ParentResult};
use serde_json::json;

use crate::process::{Directory, Process};
use crate::zone::exporter::{Exporter, Seen};
use crate::zone::knot::{self, Signed};
use crate::zone::lab::{copy, prepare_parent, serial_of, wait_for};
use crate::zone::netns::{self, apart};
use crate::zone::unbound;
use crate::zone::world::{self, CONTROL, Delegation, PARENT, PRIMARY, ZONE, Zone};

/// What runs; processes end before their directories go.
struct Hierarchy {
    running: Vec<Process>,
    exporter: Exporter,
    delegation: Delegation,
    directory: Directory,
}

impl Hierarchy {
    fn start() -> Self {
        let addresses = PRIMARY.addresses().into_iter().chain(PARENT);
        for address in addresses.chain([CONTROL.into()]) {
            netns::add(address);
        }
        let directory = Directory::new();
        directory.write("hints", &world::hints());
        let place = |name: &str| directory.path().join(name);
        let root_ds = prepare_parent(&place("parent"));
        let mut delegation = prepare_zone(&place("zone"));
        delegation.glue.retain(|name, _| *name == PRIMARY.name);
        write(
            &knot::zone_file(&place("parent"), "test."),
            &delegation.text(),
        );
        // The second server has the same keys and the same files, and a life of its own.
        copy(&place("parent"), &place("second"));
        for (name, address) in [("parent", PARENT[0]), ("second", PARENT[1])] {
            write(
                &place(name).join("knot.conf"),
                &knot::parent(&place(name), &[address]),
            );
        }
        let resolver = place("resolver");
        fs::create_dir(&resolver).expect("a directory");
        let mut running: Vec<_> = ["zone", "parent", "second"]
            .iter()
            .map(|name| Process::start(&knot::server(&place(name)), place(&format!("{name}.log"))))
            .collect();
        running.push(Process::start(
            &unbound::resolver(&resolver, &place("hints"), &root_ds),
            place("resolver.log"),
        ));
        let probes = json!({
            "nameservers": { "short": { "addresses": PRIMARY.addresses() } },
            "zones": { ZONE: { "nameservers": ["short"], "dnssec": "required" } },
            "trust": { "resolver": format!("{CONTROL}:{DNS_PORT}"), "anchors": { ".": [root_ds] } },
        });
        let exporter = Exporter::with_probes(&directory, &probes);
        for (address, zone) in [
            (PARENT[0], "test."),
            (PARENT[1], "test."),
            (PRIMARY.addresses()[0], ZONE),
        ] {
            wait_for("every server serves", || serial_of(address, zone).is_some());
        }
        Self {
            running,
            exporter,
            delegation,
            directory,
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Gives one server of the parent another copy of its zone.
    fn write_parent(&self, name: &str, text: &str) {
        write(&knot::zone_file(&self.place(name), "test."), text);
        knot::order(&self.place(name), &["-b", "zone-reload", "test."]);
    }

    /// Probes until what is seen is what is expected, without what is remembered of the chain.
    fn wait_until_seen(&mut self, expectation: &str, is_expected: impl Fn(&Seen) -> bool) -> Seen {
        let mut last = None;
        wait_for(expectation, || {
            self.exporter.forget();
            let seen = self.exporter.probe(&[]);
            let done = is_expected(&seen);
            last = Some(seen);
            done
        });
        last.expect("it was probed")
    }
}

fn prepare_zone(directory: &Path) -> Delegation {
    fs::create_dir_all(directory.join("database")).expect("a directory");
    let signed = [Signed {
        origin: ZONE,
        policy: "one-key",
        rest: String::new(),
    }];
    let conf = knot::signing(directory, &PRIMARY.addresses(), PRIMARY.name, "", &signed);
    write(&directory.join("knot.conf"), &conf);
    knot::make_keys(directory, ZONE, &["ksk=yes zsk=yes"]);
    let zone = Zone {
        ns: vec![PRIMARY.name],
        ..Zone::default()
    };
    write(&knot::zone_file(directory, ZONE), &zone.text());
    Delegation::right(knot::ds(directory, ZONE))
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

fn kinds(seen: &Seen) -> Vec<InconsistencyKind> {
    seen.report
        .differences
        .iter()
        .map(|found| found.what)
        .collect()
}

#[test]
fn stale_server_of_the_parent_is_reported() {
    apart(stale_server_of_the_parent_is_reported, || {
        let mut hierarchy = Hierarchy::start();
        let healthy = hierarchy.wait_until_seen("a healthy delegation", |seen| {
            kinds(seen).is_empty() && seen.report.agreement.parent_servers_equal == Some(true)
        });
        let chain = healthy.report.chain.as_ref().expect("a chain");
        assert_eq!(chain.status, ChainStatus::Secure, "{chain:?}");
        let digest = healthy.value("probe_zone_ds_digest").expect("a DS");

        let right = hierarchy.delegation.clone();
        let mut next = right.clone();
        next.ds.push(right.ds_of_another_key());
        hierarchy.write_parent("parent", &next.text());
        let stale = hierarchy.wait_until_seen("the second server is behind", |seen| {
            kinds(seen) == [InconsistencyKind::ParentServers]
        });
        let details = stale.details(InconsistencyKind::ParentServers);
        assert!(
            details.len() == 1 && details[0].starts_with(&format!("ns.test. {}", PARENT[1])),
            "{details:?}"
        );
        assert_eq!(stale.value("probe_zone_parent_servers_equal"), Some(0.0));

        hierarchy.write_parent("second", &next.text());
        let followed = hierarchy.wait_until_seen("it follows", |seen| kinds(seen).is_empty());
        assert_ne!(followed.value("probe_zone_ds_digest"), Some(digest));

        // serverHold: the registry takes the delegation out of the zone.
        let mut held = right.clone();
        held.ds.clear();
        held.glue.clear();
        for server in ["parent", "second"] {
            hierarchy.write_parent(server, &held.text());
        }
        let held = hierarchy.wait_until_seen("the parent does not delegate", |seen| {
            kinds(seen) == [InconsistencyKind::ParentDelegation]
        });
        let parent = held.report.parent.as_ref().expect("it was asked");
        assert_eq!(parent.result, Some(ParentResult::NxDomain), "{parent:?}");
        assert_eq!(held.value("probe_zone_parent_delegates"), Some(0.0));
        assert_eq!(hierarchy.running.len(), 4);
    });
}
