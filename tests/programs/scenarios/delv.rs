//! The judge: BIND's delv, which starts at the parent's key.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use outsidein::dns::RrType;

use crate::opinion::{self, Opinion};
use crate::process::Directory;
use crate::scenarios::scenario::Status;
use crate::scenarios::world::{PARENT, World};

/// How many run at a time.
const AT_A_TIME: usize = 16;

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
        let anchors = directory.write(
            "anchors",
            &format!("trust-anchors {{ \"{PARENT}\" static-ds {fields} \"{digest}\"; }};\n"),
        );
        Self {
            world,
            anchors,
            _directory: directory,
        }
    }

    /// Asks all of the table's questions; for each, in their order, the status and its words.
    ///
    /// Where a signature is missing delv waits for itself for 12 seconds, so many are asked at the same time.
    pub fn validate_all(&self) -> Vec<(Status, String)> {
        let questions: Vec<_> = self.world.questions().collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let indexes = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
            let questions = indexes.map_while(|index| Some((index, questions.get(index)?)));
            questions
                .map(|(index, (child, asked))| {
                    (
                        index,
                        self.validate(&asked.name_in(&child.apex), asked.rtype),
                    )
                })
                .collect::<Vec<_>>()
        };
        let mut opinions: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("delv's opinions"))
                .collect()
        });
        opinions.sort_by_key(|(index, _)| *index);
        opinions.into_iter().map(|(_, opinion)| opinion).collect()
    }

    /// Asks for a name and a type; the status, and its words.
    fn validate(&self, name: &str, rtype: RrType) -> (Status, String) {
        let opinion = opinion::ask_delv(
            self.world.address(),
            (PARENT, &self.anchors),
            (name, &rtype.to_string()),
        );
        let words = opinion.to_string();
        let status = match opinion {
            Opinion::Validated => Status::Secure,
            Opinion::Negative(_) if words.contains("fully validated") => Status::Secure,
            _ if words.contains("unsigned answer") => Status::Insecure,
            // An alias is validated for itself, and its end after it.
            _ if words.contains("fully validated") && !words.contains(";; validating") => {
                Status::Secure
            }
            // It was answered, and not with what it would hold anything of.
            _ if ["REFUSED", "SERVFAIL", "timed out", "not authoritative"]
                .iter()
                .any(|word| words.contains(word)) =>
            {
                Status::Unanswered
            }
            Opinion::Negative(_) | Opinion::Rejected(_) => Status::Bogus,
        };
        (status, words)
    }
}
