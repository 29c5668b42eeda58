//! Backups as they are made: `knotc zone-backup`, archived and restored by borg.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Directory, command, run};
use crate::real::{Server, knot};

/// A borg repository that archives what Knot backs up, and restores it.
pub struct Borg {
    /// Where the repository is, and what was restored from it.
    pub directory: Directory,
}

impl Borg {
    pub fn new() -> Self {
        let borg = Self {
            directory: Directory::new(),
        };
        run(borg.command().args(["init", "--encryption", "repokey"]));
        borg
    }

    /// Where borg finds it.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        let path = |name: &str| self.directory.path().join(name);
        [
            ("BORG_REPO", path("repository")),
            ("BORG_BASE_DIR", path("base")),
            ("BORG_PASSPHRASE", "not a secret".into()),
        ]
    }

    fn command(&self) -> Command {
        let mut borg = command("borg");
        borg.envs(self.environment());
        borg
    }

    /// A consistent copy of the KASP, archived under its path without the first slash as borg does.
    pub fn back_up(&self, server: &Server, archive: &str) -> PathBuf {
        let copy = self.directory.path().join(format!("knot-{archive}"));
        let copied = format!(
            "+backupdir {} +kaspdb +nozonefile +nojournal +notimers +nocatalog",
            copy.display()
        );
        let zone = server.zones[0].origin.as_str();
        knot::order(
            server,
            &[
                &["-b", "zone-backup"],
                copied.split(' ').collect::<Vec<_>>().as_slice(),
                &[zone],
            ]
            .concat(),
        );
        run(self
            .command()
            .args(["create", &format!("::{archive}")])
            .arg(&copy));
        let restored = self.directory.path().join(format!("restored-{archive}"));
        fs::create_dir(&restored).unwrap();
        run(self
            .command()
            .current_dir(&restored)
            .args(["extract", &format!("::{archive}")]));
        fs::remove_dir_all(&copy).unwrap();
        restored.join(copy.strip_prefix("/").unwrap())
    }
}

/// What `keymgr` prints of each key of a zone in a restored KASP.
pub fn keymgr_records(kasp: &Path, zone: &str) -> String {
    let keymgr = |arguments: &[&str]| {
        run(command("keymgr")
            .arg("-D")
            .arg(kasp)
            .arg(zone)
            .args(arguments))
    };
    let list = keymgr(&["list"]);
    list.lines()
        .map(|line| keymgr(&["dnskey", line.split_whitespace().nth(1).unwrap()]))
        .collect()
}
