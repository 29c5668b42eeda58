//! The zone on real servers, its parent, a resolver, and probes of it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use outsidein::config::DNS_PORT;
use outsidein::dns::{RrType, Soa};

use crate::process::{Directory, Process};
use crate::real::ask;
use crate::zone::exporter::{Exporter, Seen};
use crate::zone::exposition::Exposition;
use crate::zone::knot::{self, Dealings, Signed};
use crate::zone::netns;
use crate::zone::world::{
    self, CONTROL, Delegation, MEMBERS, Member, PARENT, PRIMARY, Software, ZONE, Zone, by_name,
};
use crate::zone::{bind, nsd, powerdns, unbound};

/// How long anything may take on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);
/// Longer than signatures last that were made not to.
const BRIEF: Duration = Duration::from_secs(13);
const LINES_OF_LOG: usize = 20;

/// Everything that runs. Processes end before their directories go.
pub struct Lab {
    running: BTreeMap<String, Process>,
    exporter: Exporter,
    /// What the primary's zone file says.
    pub zone: Zone,
    /// What the parent says.
    pub delegation: Delegation,
    /// Whom the primary tells and serves.
    pub dealings: Dealings,
    /// The primary's serial.
    newest: u32,
    healthy: Exposition,
    directory: Directory,
}

impl Lab {
    /// Starts everything, and waits until a probe sees nothing but what `healthy` lists.
    pub fn start(zone: Zone, healthy: &str) -> Self {
        for address in MEMBERS
            .iter()
            .flat_map(Member::addresses)
            .chain(PARENT)
            .chain([CONTROL.into()])
        {
            netns::add(address);
        }
        let directory = Directory::new();
        directory.write("hints", &world::hints());
        let secondaries = || MEMBERS[1..].iter().collect();
        let dealings = Dealings {
            notified: secondaries(),
            served: secondaries(),
            open: false,
        };
        let delegation = prepare_primary(&directory.path().join(PRIMARY.name), &dealings);
        let root_ds = prepare_parent(&directory.path().join("parent"));
        let mut lab = Self {
            running: BTreeMap::new(),
            exporter: Exporter::new(&directory, &root_ds),
            healthy: Exposition::read("", 0),
            newest: 0,
            zone,
            delegation,
            dealings,
            directory,
        };
        lab.write_zone();
        lab.write_parent();
        lab.run("parent", &knot::server(&lab.place("parent")));
        lab.wait_until("the parent serves", || {
            serial_of(PARENT[0], "test.").is_some()
        });
        let resolver = lab.place("resolver");
        fs::create_dir(&resolver).expect("a directory");
        lab.run(
            "resolver",
            &unbound::resolver(&resolver, &lab.place("hints"), &root_ds),
        );
        for member in &MEMBERS {
            lab.begin(member.name);
        }
        lab.await_health(healthy);
        lab
    }

    fn await_health(&mut self, healthy: &str) {
        let wanted: Vec<_> = healthy.lines().collect();
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            self.newest = serial_of(PRIMARY.addresses()[0], ZONE).unwrap_or_default();
            let seen = self.probe();
            let exposition = Exposition::read(&seen.text, self.newest);
            let lines = exposition.lines();
            if lines == wanted && seen.is_secure() {
                self.healthy = exposition;
                return;
            }
            let surplus: Vec<_> = lines
                .iter()
                .filter(|line| !wanted.contains(&line.as_str()))
                .collect();
            let lacking: Vec<_> = wanted
                .iter()
                .filter(|line| !lines.iter().any(|known_line| known_line == *line))
                .collect();
            assert!(
                Instant::now() < deadline,
                "not healthy: beside what should be there {surplus:#?}, and it lacks {lacking:#?}\n{}{}",
                outsidein::view::zone_text(&seen.report),
                self.logs()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// One probe of the zone as a whole.
    pub fn probe(&self) -> Seen {
        self.exporter.probe(&[])
    }

    /// Waits until two probes in a row differ from the healthy one by exactly these changes, in any order.
    pub fn shows(&self, description: &str, changes: &[Vec<String>]) -> Seen {
        self.shows_with(description, &[], changes)
    }

    /// The same of a probe with these parameters.
    pub fn shows_with(
        &self,
        description: &str,
        parameters: &[(&str, &str)],
        changes: &[Vec<String>],
    ) -> Seen {
        let mut wanted = changes.concat();
        wanted.sort();
        let deadline = Instant::now() + WAIT_TIMEOUT;
        // What shows only for a moment does not count.
        let mut before = false;
        loop {
            let seen = self.exporter.probe(parameters);
            let changes = self
                .healthy
                .changes_to(&Exposition::read(&seen.text, self.newest));
            match (changes == wanted, before) {
                (true, true) => return seen,
                (shown, _) => before = shown,
            }
            if before {
                continue;
            }
            let lacking: Vec<_> = wanted
                .iter()
                .filter(|change| !changes.contains(change))
                .collect();
            let surplus: Vec<_> = changes
                .iter()
                .filter(|change| !wanted.contains(change))
                .collect();
            assert!(
                Instant::now() < deadline,
                "{description}: not shown is {lacking:#?}; shown beside it is {surplus:#?}\n{}{}",
                outsidein::view::zone_text(&seen.report),
                self.logs()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits until everything is as it was at the start; an update that everyone has is no change.
    pub fn heals(&self, description: &str) {
        self.shows(&format!("after {description}"), &[]);
    }

    /// Changes the zone on the primary.
    pub fn update(&mut self, change: impl FnOnce(&mut Zone)) {
        let before = self.newest;
        self.zone.version += 1;
        change(&mut self.zone);
        self.write_zone();
        self.order_knot(PRIMARY.name, &["zone-reload", ZONE]);
        self.follow_serial(before);
    }

    /// Publishes a new key, with which nothing is signed yet.
    pub fn publish_key(&mut self) {
        let before = self.newest;
        self.order_knot(PRIMARY.name, &["zone-key-rollover", ZONE, "zsk"]);
        self.follow_serial(before);
    }

    fn follow_serial(&mut self, before: u32) {
        let address = PRIMARY.addresses()[0];
        wait_for("a new serial on the primary", || {
            serial_of(address, ZONE).is_some_and(|serial| serial != before)
        });
        self.newest = serial_of(address, ZONE).expect("it was there");
    }

    /// Waits until every nameserver has the newest serial.
    pub fn wait_for_everyone(&mut self) {
        let newest = Some(self.newest);
        let addresses = || MEMBERS.iter().flat_map(Member::addresses);
        self.wait_until("everyone follows", || {
            addresses().all(|address| serial_of(address, ZONE) == newest)
        });
    }

    /// The newest serial.
    pub fn newest(&self) -> u32 {
        self.newest
    }

    /// Changes whom the primary tells and serves.
    pub fn deal(&mut self, change: impl FnOnce(&mut Dealings)) {
        change(&mut self.dealings);
        let directory = self.place(PRIMARY.name);
        fs::write(
            directory.join("knot.conf"),
            knot::primary(&directory, &self.dealings),
        )
        .expect("a configuration file");
        self.order_knot(PRIMARY.name, &["reload"]);
    }

    /// Changes what the parent says.
    pub fn delegate(&mut self, change: impl FnOnce(&mut Delegation)) {
        change(&mut self.delegation);
        self.write_parent();
        self.order_knot("parent", &["zone-reload", "test."]);
    }

    fn write_zone(&self) {
        write(
            &knot::zone_file(&self.place(PRIMARY.name), ZONE),
            &self.zone.text(),
        );
    }

    fn write_parent(&self) {
        write(
            &knot::zone_file(&self.place("parent"), "test."),
            &self.delegation.text(),
        );
    }

    /// Starts a nameserver as it was at first.
    pub fn begin(&mut self, name: &str) {
        let (member, directory) = (by_name(name), self.place(name));
        if member.name != PRIMARY.name {
            fs::create_dir_all(directory.join("database")).expect("a directory");
        }
        let command = match member.software {
            Software::Knot => {
                if member.name != PRIMARY.name {
                    let [via, _] = member.addresses();
                    write(
                        &directory.join("knot.conf"),
                        &knot::secondary(&directory, &member.addresses(), via, member.name),
                    );
                }
                knot::server(&directory)
            }
            Software::Bind => bind::secondary(&directory, member, false),
            Software::Nsd => nsd::secondary(&directory, member),
            Software::PowerDns => powerdns::secondary(&directory, member),
        };
        self.run(name, &command);
        self.wait(member.addresses()[0]);
    }

    /// Starts a Knot in the place of a secondary that signs another zone file with the primary's keys.
    pub fn split_brain(&mut self, name: &str, zone: &Zone) {
        let member = by_name(name);
        let directory = self.second_signer(
            &format!("{name}-own"),
            name,
            &member.addresses(),
            "two-keys",
            &zone.text(),
        );
        self.run(name, &knot::server(&directory));
        self.wait(member.addresses()[0]);
    }

    /// Writes what a Knot needs that signs a zone file with the primary's keys, and says where.
    fn second_signer(
        &self,
        directory: &str,
        nsid: &str,
        addresses: &[IpAddr],
        policy: &str,
        zone: &str,
    ) -> PathBuf {
        let directory = self.place(directory);
        // Nobody changes the keys while they are copied.
        fs::create_dir_all(&directory).expect("a directory");
        let _ = fs::remove_dir_all(directory.join("database"));
        fs::create_dir_all(directory.join("database")).expect("a directory");
        copy(&self.keys(), &directory.join("database/keys"));
        let signed = [Signed {
            origin: ZONE,
            policy,
            rest: String::new(),
        }];
        write(
            &directory.join("knot.conf"),
            &knot::signing(&directory, addresses, nsid, "", &signed),
        );
        write(&knot::zone_file(&directory, ZONE), zone);
        directory
    }

    /// The zone as it is now, with signatures that have expired.
    pub fn expired_copy(&mut self) -> String {
        let copy = self.copy_signed_as("brief");
        std::thread::sleep(BRIEF);
        copy
    }

    /// The zone as it is now, signed as another policy says.
    pub fn copy_signed_as(&mut self, policy: &str) -> String {
        let address = IpAddr::from([10, 53, 0, 99]);
        netns::add(address);
        // Signing adds one to the serial of the file.
        let zone = Zone {
            serial: self.newest - 1,
            ..self.zone.clone()
        };
        // Knot lets no signature end before the records that it covers have left the caches.
        let zone = zone.text().replace("$TTL 300", "$TTL 1");
        let directory = self.second_signer(policy, policy, &[address], policy, &zone);
        self.run(policy, &knot::server(&directory));
        self.wait(address);
        let copy = self.flushed(policy);
        self.stop(policy);
        netns::cut(address, netns::Cut::Unreachable);
        copy
    }

    /// Starts a Knot in the place of a secondary that serves a copy of the zone as it is, and says where its files are.
    pub fn serve_copy(&mut self, name: &str, copy: &str) -> PathBuf {
        let (member, directory) = (by_name(name), self.place(&format!("{name}-copy")));
        fs::create_dir_all(directory.join("database")).expect("a directory");
        write(
            &directory.join("knot.conf"),
            &knot::holder(&directory, &member.addresses(), name),
        );
        write(&directory.join("copy"), copy);
        self.run(name, &knot::server(&directory));
        self.wait(member.addresses()[0]);
        directory
    }

    /// The zone as the primary signed it, as a zone file.
    pub fn copy_of_zone(&self) -> String {
        self.flushed(PRIMARY.name)
    }

    fn flushed(&self, name: &str) -> String {
        let copies = self.place(&format!("{name}-flushed"));
        fs::create_dir_all(&copies).expect("a directory");
        self.order_knot(
            name,
            &[
                "-b",
                "zone-flush",
                "+outdir",
                &copies.display().to_string(),
                ZONE,
            ],
        );
        let file = fs::read_dir(&copies)
            .expect("the copies")
            .next()
            .expect("one")
            .expect("a file")
            .path();
        fs::read_to_string(file).expect("a zone file")
    }

    /// Makes the resolver and the exporter forget what they know of the chain of trust.
    pub fn forget(&mut self) {
        self.stop("resolver");
        self.run("resolver", &unbound::again(&self.place("resolver")));
        self.forget_links();
    }

    /// Makes the exporter alone forget.
    pub fn forget_links(&mut self) {
        self.exporter.forget();
    }

    /// Starts anything, under a name that nothing runs under.
    pub fn run(&mut self, name: &str, command: &Command) {
        let process = Process::start(command, self.directory.path().join(format!("{name}.log")));
        assert!(
            self.running.insert(name.to_owned(), process).is_none(),
            "{name} runs already"
        );
    }

    /// Ends what runs under this name.
    pub fn stop(&mut self, name: &str) {
        assert!(self.running.remove(name).is_some(), "{name} does not run");
    }

    /// Waits until an address serves the zone.
    pub fn wait(&mut self, address: IpAddr) {
        self.wait_until(&format!("{address} serves {ZONE}"), || {
            serial_of(address, ZONE).is_some()
        });
    }

    /// The same over TCP.
    pub fn wait_over_tcp(&mut self, address: IpAddr) {
        let server = SocketAddr::new(address, DNS_PORT);
        self.wait_until(&format!("{address} serves {ZONE} over TCP"), || {
            ask::over_tcp(server, ZONE, RrType::SOA).is_ok_and(|answer| !answer.answer.is_empty())
        });
    }

    fn wait_until(&mut self, condition: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "not within {WAIT_TIMEOUT:?}: {condition}\n{}",
                self.logs()
            );
            let ended = self
                .running
                .iter_mut()
                .find_map(|(name, process)| process.has_ended().then(|| name.clone()));
            assert!(ended.is_none(), "{ended:?} has ended\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where a server has its files.
    pub fn place(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the primary has its keys.
    pub fn keys(&self) -> PathBuf {
        self.place(PRIMARY.name).join("database/keys")
    }

    /// Makes a secondary transfer the zone now, whatever it has and however long it would have waited.
    pub fn transfer(&self, name: &str) {
        let directory = self.place(name);
        match by_name(name).software {
            Software::Knot => self.order_knot(name, &["zone-retransfer", ZONE]),
            Software::Bind => bind::order(&directory, &["retransfer", ZONE]),
            Software::Nsd => nsd::order(&directory, &["force_transfer", ZONE]),
            Software::PowerDns => powerdns::order(&directory, &["retrieve", ZONE]),
        }
    }

    /// Gives a Knot an order.
    pub fn order_knot(&self, name: &str, arguments: &[&str]) {
        knot::order(&self.place(name), arguments);
    }

    /// What everyone has logged of late.
    fn logs(&self) -> String {
        let end = |process: &Process| {
            let log = process.log();
            let lines: Vec<_> = log.lines().collect();
            lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
        };
        let logs: Vec<_> = self
            .running
            .iter()
            .map(|(name, process)| format!("---- {name}\n{}", end(process)))
            .collect();
        logs.join("\n")
    }
}

/// Makes the zone's keys, and says what the parent needs to know of them.
fn prepare_primary(directory: &Path, dealings: &Dealings) -> Delegation {
    fs::create_dir_all(directory.join("database")).expect("a directory");
    write(
        &directory.join("knot.conf"),
        &knot::primary(directory, dealings),
    );
    knot::make_keys(directory, ZONE, &["ksk=yes zsk=no", "ksk=no zsk=yes"]);
    Delegation::right(knot::ds(directory, ZONE))
}

/// Makes the keys of the root and of the parent, and returns the DS of the root's.
pub fn prepare_parent(directory: &Path) -> String {
    fs::create_dir_all(directory.join("database")).expect("a directory");
    write(
        &directory.join("knot.conf"),
        &knot::parent(directory, &PARENT),
    );
    for origin in [".", "test."] {
        knot::make_keys(directory, origin, &["ksk=yes zsk=yes"]);
    }
    write(
        &knot::zone_file(directory, "."),
        &world::root(&knot::ds(directory, "test.")),
    );
    knot::ds(directory, ".")
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("a directory's entry");
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// The serial at an address, if it serves the zone.
pub fn serial_of(address: IpAddr, zone: &str) -> Option<u32> {
    let message = ask::over_udp(SocketAddr::new(address, DNS_PORT), zone, RrType::SOA).ok()?;
    let soa = message
        .answer
        .iter()
        .find(|record| record.rtype == RrType::SOA)?;
    Soa::read(&message, soa).ok().map(|soa| soa.serial.0)
}

/// Waits until something holds.
pub fn wait_for(condition: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT_TIMEOUT;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "{condition}: not within {WAIT_TIMEOUT:?}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
