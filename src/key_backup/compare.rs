//! The comparison: pure, from what was read and what was seen.

use super::comparison::{
    BackupComparison, BackupVerdict, KeyRow, KeyState, PrivateHalf, UndecidedReason,
};
use super::{Backup, BackupRecord, LiveKey, LiveZone, PrivateKey};
use crate::dns::{Algorithm, Dnskey, Ds, Timestamp};
use crate::dnssec::{TrustAnchor, ds_matches, key_bits};
use crate::report::KeyRole;

/// Holds `backup` against what is `live` at the time `at`. Keys whose tags are among `other_signers` are in nobody's backup
/// here (RFC 8901).
pub fn compare(
    live: LiveZone,
    backup: Backup,
    other_signers: &[u16],
    at: Timestamp,
) -> BackupComparison {
    let comparer = KeyComparer {
        live: &live,
        backup: &backup,
        other_signers,
    };
    let mut keys: Vec<_> = live.keys.iter().map(|key| comparer.live_row(key)).collect();
    let verdict = comparer.verdict(&keys);
    keys.extend(comparer.backup_rows());
    keys.sort_by_key(|row| row.state);
    let used = |tag: &u16| {
        keys.iter()
            .any(|row| row.state == KeyState::OtherSigner && row.key_tag == Some(*tag))
    };
    let other_signers_not_used = other_signers
        .iter()
        .filter(|tag| !used(tag))
        .copied()
        .collect();
    let ds_without_key = comparer.ds_without_key();
    BackupComparison {
        zone: live.zone.to_lowercase().to_string(),
        at,
        verdict,
        keys,
        ds_without_key,
        servers: live.servers,
        unreadable: backup.unreadable,
        other_files: backup.other_files,
        other_signers_not_used,
    }
}

struct KeyComparer<'c> {
    live: &'c LiveZone,
    backup: &'c Backup,
    other_signers: &'c [u16],
}

impl<'c> KeyComparer<'c> {
    fn live_row(&self, key: &LiveKey) -> KeyRow {
        let private_half = self.private_half(&key.dnskey);
        let state = match private_half {
            Some(PrivateHalf::Held | PrivateHalf::NotShown) => KeyState::InBackupAndLive,
            Some(PrivateHalf::Missing) | None if self.is_other_signers_key(&key.dnskey) => {
                KeyState::OtherSigner
            }
            Some(PrivateHalf::Missing) | None => KeyState::LiveOnly,
        };
        KeyRow {
            role: Some(key.role),
            bits: key.bits,
            ..self.row(state, &key.dnskey)
        }
    }

    /// A row for a key of which everything is known.
    fn row(&self, state: KeyState, key: &Dnskey) -> KeyRow {
        let records = self.records_of(key).map(|record| &record.file);
        let private_keys = self
            .private_keys_of(key)
            .map(|private_key| &private_key.file);
        // The private half first: it is what whoever restores will look for.
        let mut files: Vec<_> = private_keys.chain(records).cloned().collect();
        files.dedup();
        KeyRow {
            state,
            key_tag: Some(key.key_tag),
            algorithm: Some(key.algorithm),
            // A hint, for a key that is not seen to sign (RFC 4034 section 2.1.1).
            role: Some(if key.has_flag(Dnskey::SECURE_ENTRY_POINT) {
                KeyRole::Ksk
            } else {
                KeyRole::Zsk
            }),
            bits: key_bits(key),
            ds: self
                .live
                .ds
                .as_ref()
                .map(|ds| ds.iter().any(|ds| self.refers_to(ds, key))),
            private_half: self.private_half(key),
            files,
            public_key: Some(key.public_key.clone()),
        }
    }

    fn records_of<'k>(
        &self,
        key: &'k Dnskey,
    ) -> impl Iterator<Item = &'c BackupRecord> + use<'c, 'k> {
        self.backup
            .records
            .iter()
            .filter(move |record| is_same_key(&record.dnskey, key))
    }

    fn private_keys_of<'k>(
        &self,
        key: &'k Dnskey,
    ) -> impl Iterator<Item = &'c PrivateKey> + use<'c, 'k> {
        self.backup
            .private_keys
            .iter()
            .filter(move |private_key| private_key.matches(key))
    }

    fn private_half(&self, key: &Dnskey) -> Option<PrivateHalf> {
        if self.private_keys_of(key).next().is_some() {
            return Some(PrivateHalf::Held);
        }
        let is_standalone: Vec<_> = self
            .records_of(key)
            .map(|record| record.is_standalone)
            .collect();
        match (is_standalone.is_empty(), is_standalone.contains(&true)) {
            (true, _) => None,
            (false, true) => Some(PrivateHalf::NotShown),
            (false, false) => Some(PrivateHalf::Missing),
        }
    }

    /// A tag is not unique (RFC 4034 appendix B), so it excuses one key and never two.
    fn is_other_signers_key(&self, key: &Dnskey) -> bool {
        let is_absent =
            |key: &Dnskey| matches!(self.private_half(key), None | Some(PrivateHalf::Missing));
        let of_tag = self
            .live
            .keys
            .iter()
            .map(|live| &live.dnskey)
            .filter(|live_key| live_key.key_tag == key.key_tag);
        self.other_signers.contains(&key.key_tag)
            && of_tag.filter(|live_key| is_absent(live_key)).count() == 1
    }

    fn verdict(&self, rows: &[KeyRow]) -> BackupVerdict {
        let missing: Vec<_> = self
            .live
            .keys
            .iter()
            .zip(rows)
            .filter(|(_, row)| row.state == KeyState::LiveOnly)
            .map(|(key, _)| key)
            .collect();
        let may_be_unreadable = |key: &LiveKey| {
            self.backup
                .unreadable
                .iter()
                .any(|unreadable| unreadable.may_be_key(&key.dnskey))
        };
        if missing
            .iter()
            .any(|key| key.authentic && !may_be_unreadable(key))
        {
            return BackupVerdict::Incomplete;
        }
        let answered: Vec<_> = self
            .live
            .servers
            .iter()
            .filter(|server| server.answered)
            .collect();
        let reasons = [
            (answered.is_empty(), UndecidedReason::NoServerAnswered),
            (
                !answered.is_empty() && rows.is_empty(),
                UndecidedReason::NoKeyServed,
            ),
            (
                !answered.iter().all(|server| server.authentic),
                UndecidedReason::NotAuthentic,
            ),
            (
                missing.into_iter().any(may_be_unreadable),
                UndecidedReason::BackupUnreadable,
            ),
        ];
        let reasons: Vec<_> = reasons
            .into_iter()
            .filter_map(|(holds, reason)| holds.then_some(reason))
            .collect();
        if reasons.is_empty() {
            BackupVerdict::Complete
        } else {
            BackupVerdict::Undecided(reasons)
        }
    }

    /// What is in the backup and not live, each key once. Records of other zones are theirs to compare.
    fn backup_rows(&self) -> Vec<KeyRow> {
        let is_ours = |record: &&BackupRecord| {
            record
                .owner
                .as_ref()
                .is_none_or(|owner| *owner == self.live.zone)
        };
        let mut keys: Vec<_> = self
            .backup
            .records
            .iter()
            .filter(is_ours)
            .map(|record| record.dnskey.clone())
            .collect();
        let unrecorded = self.backup.private_keys.iter().filter(|private_key| {
            let matches = |key: &Dnskey| private_key.matches(key);
            !self
                .backup
                .records
                .iter()
                .any(|record| matches(&record.dnskey))
                && !self.live.keys.iter().any(|live| matches(&live.dnskey))
        });
        let mut unassigned = Vec::new();
        for private_key in unrecorded {
            match self.key_of_ds(private_key) {
                Some(key) => keys.push(key),
                None => unassigned.push(unassigned_row(private_key)),
            }
        }
        let mut rows: Vec<KeyRow> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let is_live = self
                .live
                .keys
                .iter()
                .any(|live| is_same_key(&live.dnskey, key));
            if !is_live
                && !keys
                    .iter()
                    .take(index)
                    .any(|earlier| is_same_key(earlier, key))
            {
                rows.push(self.row(KeyState::BackupOnly, key));
            }
        }
        rows.extend(unassigned);
        rows
    }

    /// The key that a private key without a record is, where a DS at the parent says that it is one of this zone: with the
    /// flags that signers use.
    fn key_of_ds(&self, private_key: &PrivateKey) -> Option<Dnskey> {
        let public_key = private_key.public_key()?;
        let ds = self.live.ds.as_ref()?;
        ds.iter().find_map(|ds| {
            let flags = [
                Dnskey::ZONE_KEY | Dnskey::SECURE_ENTRY_POINT,
                Dnskey::ZONE_KEY,
            ];
            let keys = flags.into_iter().filter_map(|flags| {
                let head = [&flags.to_be_bytes()[..], &[3, ds.algorithm.0]].concat();
                Dnskey::read(&[&head, public_key].concat()).ok()
            });
            keys.filter(|key| private_key.matches(key))
                .find(|key| self.refers_to(ds, key))
        })
    }

    fn ds_without_key(&self) -> Vec<TrustAnchor> {
        let has_key = |ds: &&Ds| {
            let live = self.live.keys.iter().map(|live| &live.dnskey);
            let recorded = self.backup.records.iter().map(|record| &record.dnskey);
            let refers_to = live.chain(recorded).any(|key| self.refers_to(ds, key));
            refers_to
                || self
                    .backup
                    .private_keys
                    .iter()
                    .filter_map(|key| self.key_of_ds(key))
                    .any(|key| self.refers_to(ds, &key))
        };
        let all = self.live.ds.iter().flatten();
        all.filter(|ds| !has_key(ds))
            .map(|ds| TrustAnchor::Ds(ds.clone()))
            .collect()
    }

    /// A digest that cannot be made here refers to the key that it names.
    fn refers_to(&self, ds: &Ds, key: &Dnskey) -> bool {
        let names_it = ds.key_tag == key.key_tag && ds.algorithm == key.algorithm;
        ds_matches(ds, &self.live.zone, key).unwrap_or(names_it)
    }
}

/// Flags make no other key: REVOKE (RFC 5011) and SEP change while the key stays.
fn is_same_key(first: &Dnskey, second: &Dnskey) -> bool {
    first.algorithm == second.algorithm && first.public_key == second.public_key
}

fn unassigned_row(private_key: &PrivateKey) -> KeyRow {
    let algorithm = private_key.algorithm();
    let public_key = private_key.public_key().map(Into::into);
    // RSA's algorithms have keys of one form, so that the size can be told without knowing which it is.
    let assumed = algorithm.unwrap_or(Algorithm::RSASHA256);
    let bits = public_key.clone().and_then(|public_key| {
        key_bits(&Dnskey {
            flags: Dnskey::ZONE_KEY,
            protocol: 3,
            algorithm: assumed,
            public_key,
            key_tag: 0,
        })
    });
    KeyRow {
        state: KeyState::Unassigned,
        key_tag: None,
        algorithm,
        role: None,
        bits,
        ds: None,
        private_half: Some(PrivateHalf::Held),
        files: vec![private_key.file.clone()],
        public_key,
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
