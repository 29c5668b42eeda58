//! The exit codes of every command; 0 is success everywhere.

/// The probe failed, or the exporter is not healthy.
pub(super) const FAILURE: u8 = 1;
/// The command line or the configuration is wrong; clap ends with the same.
pub(super) const USAGE: u8 = 2;
/// `keys compare`: a live key is not in the backup. Nothing is wrong with the command line if standard output has a result.
pub(super) const KEY_NOT_IN_BACKUP: u8 = 2;
/// `keys compare`: it could not be told whether every live key is in the backup.
pub(super) const UNDECIDED: u8 = 3;
