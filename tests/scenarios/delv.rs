//! The judge: BIND's delv, which starts at the parent's key.

use std::path::PathBuf;

use outsidein::dns::RrType;

use crate::opinion::{self, Opinion};
use crate::process::Directory;
use crate::scenario::Status;
use crate::world::{PARENT, World};

/// delv over the embedded nameserver.
pub struct Delv<'w> {
    world: &'w World,
    anchors: PathBuf,
    _directory: Directory,
}

impl<'w> Delv<'w> {
    /// The parent's key is its only trust anchor.
    pub fn new(world: &'w World) -> Self {
        let directory = Directory::new();
        let (fields, digest) = world.anchor.rsplit_once(' ').expect("a DS");
        let anchors = directory
            .write("anchors", &format!("trust-anchors {{ \"{PARENT}\" static-ds {fields} \"{digest}\"; }};\n"));
        Self { world, anchors, _directory: directory }
    }

    /// Asks for a name and a type; the status, and its words.
    pub fn judge(&self, name: &str, rtype: RrType) -> (Status, String) {
        let opinion = opinion::ask_delv(self.world.address(), (PARENT, &self.anchors), (name, &rtype.to_string()));
        let words = opinion.to_string();
        let status = match opinion {
            Opinion::Validated => Status::Secure,
            Opinion::Negative(_) if words.contains("fully validated") => Status::Secure,
            _ if words.contains("unsigned answer") => Status::Insecure,
            // It was answered, and not with what it would hold anything of.
            _ if ["REFUSED", "SERVFAIL", "timed out", "not authoritative"].iter().any(|word| words.contains(word)) => {
                Status::Unanswered
            }
            Opinion::Negative(_) | Opinion::Rejected(_) => Status::Bogus,
        };
        (status, words)
    }
}
