//! The host of the monitoring: its root filesystem, its node_exporter, and what timers start on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database::Database;
use crate::process::{Process, command, path_of, run};
use crate::zone::lab::copy;
use crate::zone::world::ZONE;

/// Octets of the root filesystem.
const SIZE: usize = 1 << 20;
const VMBACKUP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/outsidein-vmbackup");

/// What runs there; all its files lie at one place.
pub struct Host {
    node_exporter: Option<Process>,
    timers: Option<Process>,
    place: PathBuf,
}

impl Host {
    /// Starts it, with a copy of the zone's keys in its backup. `place` has the probes.json.
    pub fn start(path: &Path, keys: &Path, database: &Database) -> Self {
        for directory in ["textfiles", "root", "proc/1", "metrics-backup"] {
            fs::create_dir_all(path.join(directory)).expect("a directory");
        }
        let root = path.join("root");
        let size = format!("size={SIZE}");
        run(command("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&root));
        // How full the disk of this machine is, is not the lab's.
        fs::write(
            path.join("proc/1/mounts"),
            format!("tmpfs {} tmpfs rw 0 0\n", root.display()),
        )
        .expect("a file");
        fs::write(path.join("timers"), timers(path, database)).expect("a script");
        let mut host = Self {
            node_exporter: None,
            timers: None,
            place: path.to_owned(),
        };
        host.back_up(keys);
        host.start_timers();
        host.start_node_exporter();
        host
    }

    pub fn start_node_exporter(&mut self) {
        let mut node_exporter = command("prometheus-node-exporter");
        node_exporter.args([
            "--web.listen-address=127.0.0.1:9100",
            "--collector.disable-defaults",
        ]);
        node_exporter.args(["--collector.textfile", "--collector.filesystem"]);
        for (flag, name) in [
            ("path.procfs", "proc"),
            ("path.rootfs", "root"),
            ("collector.textfile.directory", "textfiles"),
        ] {
            node_exporter.arg(format!("--{flag}={}", self.place.join(name).display()));
        }
        self.node_exporter = Some(Process::start(
            &node_exporter,
            self.place.join("node_exporter.log"),
        ));
    }

    pub fn stop_node_exporter(&mut self) {
        self.node_exporter = None;
    }

    /// Starts each few seconds what is usually started each night.
    pub fn start_timers(&mut self) {
        let mut timers = Command::new("sh");
        timers.arg(self.place.join("timers"));
        self.timers = Some(Process::start(&timers, self.place.join("timers.log")));
    }

    pub fn stop_timers(&mut self) {
        self.timers = None;
    }

    /// Replaces the backup of the zone's keys by what they are now.
    pub fn back_up(&self, keys: &Path) {
        let backup = self.place.join("key-backup");
        let _ = fs::remove_dir_all(&backup);
        copy(keys, &backup);
    }

    /// Puts something else in the place of the second host's file system.
    pub fn unmount_metrics_backup(&self) {
        fs::rename(
            self.place.join("metrics-backup"),
            self.place.join("unmounted"),
        )
        .expect("a backup");
        fs::write(self.place.join("metrics-backup"), "").expect("a file");
    }

    pub fn mount_metrics_backup(&self) {
        fs::remove_file(self.place.join("metrics-backup")).expect("what stands there");
        fs::rename(
            self.place.join("unmounted"),
            self.place.join("metrics-backup"),
        )
        .expect("the backup");
    }

    /// Leaves 1/16 of the root filesystem.
    pub fn fill_disk(&self) {
        fs::write(self.place.join("root/log"), vec![0; SIZE - SIZE / 16]).expect("room");
    }

    pub fn empty_disk(&self) {
        fs::remove_file(self.place.join("root/log")).expect("what fills it");
    }
}

impl Drop for Host {
    /// A directory with a filesystem in it cannot go.
    fn drop(&mut self) {
        // It fails only where the test has failed before.
        let _ = command("umount").arg(self.place.join("root")).status();
    }
}

/// The nightly work, again and again. What it says of its success is in the metrics that it leaves.
fn timers(directory: &Path, database: &Database) -> String {
    format!(
        "cd {directory}\n\
         export DATA={data} URL=http://{address} DESTINATION={directory}/metrics-backup TEXTFILES={directory}/textfiles VMBACKUP={vmbackup}\n\
         while :; do\n    \
             {outsidein} keys compare --zone {ZONE} --config.file probes.json --backup key-backup \
             --output.textfile textfiles/outsidein.prom\n    \
             {VMBACKUP}\n    \
             sleep 5\n\
         done\n",
        directory = directory.display(),
        data = database.data().display(),
        address = database.address,
        vmbackup = path_of("vmbackup").display(),
        outsidein = env!("CARGO_BIN_EXE_outsidein"),
    )
}
