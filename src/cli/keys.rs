//! `outsidein keys compare`.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::future::join_all;

use super::CommandError;
use super::arguments::{KeysCompareArguments, OutputFormat};
use super::exit::{KEY_NOT_IN_BACKUP, UNDECIDED};
use super::output::{print, print_message};
use super::serve::config_source;
use crate::chain::LinkCache;
use crate::config::Config;
use crate::dns::{Name, Timestamp};
use crate::key_backup::{self, Backup, BackupComparison, BackupVerdict, LiveZone};
use crate::network::SystemNetwork;
use crate::network::clock;
use crate::plan::TargetPlan;
use crate::view;

pub(super) async fn compare(arguments: KeysCompareArguments) -> Result<ExitCode, CommandError> {
    let zone = &arguments.zone;
    let zone: Name = zone
        .parse()
        .map_err(|error| CommandError(format!("--zone {zone:?}: {error}")))?;
    let textfile = arguments.textfile.as_deref();
    let comparison = match comparison(&arguments, &zone).await {
        Ok(comparison) => comparison,
        Err(error) => {
            // Whoever reads the file alone must not go on seeing what was true before probes.json broke.
            let empty = LiveZone {
                zone,
                servers: Vec::new(),
                keys: Vec::new(),
                ds: None,
            };
            write_textfile(
                textfile,
                &key_backup::compare(empty, Backup::default(), &[], now()),
            )?;
            return Err(error);
        }
    };
    let text = match arguments.format {
        OutputFormat::Text => view::backup_text(&comparison),
        OutputFormat::Json => view::backup_json(&comparison),
        OutputFormat::Prometheus => view::backup_prometheus(&comparison),
    };
    // Whoever reads the file alone must have it though nobody can read the rest.
    let results = [write_textfile(textfile, &comparison), print(&text)];
    for CommandError(problem) in results.iter().filter_map(|results| results.as_ref().err()) {
        print_message(problem);
    }
    Ok(match comparison.verdict {
        BackupVerdict::Complete if results.iter().all(Result::is_ok) => ExitCode::SUCCESS,
        BackupVerdict::Complete | BackupVerdict::Undecided(_) => ExitCode::from(UNDECIDED),
        BackupVerdict::Incomplete => ExitCode::from(KEY_NOT_IN_BACKUP),
    })
}

async fn comparison(
    arguments: &KeysCompareArguments,
    zone: &Name,
) -> Result<BackupComparison, CommandError> {
    let config = config_source(arguments.config_file.clone()).load()?;
    let plans = plans(arguments, zone, &config)?;
    let (network, link_cache) = (
        SystemNetwork::new(config.trust.host_resolvers().iter().copied()),
        LinkCache::default(),
    );
    let probes = plans
        .iter()
        .map(|plan| crate::probe::probe(plan, &network, &link_cache, clock::wall_clock_now()));
    let live = LiveZone::from_reports(zone, &join_all(probes).await);
    let backup = Backup::read(&arguments.backup, &mut io::stdin().lock());
    Ok(key_backup::compare(
        live,
        backup,
        &arguments.other_signer,
        now(),
    ))
}

/// A probe of each server for the zone's keys. The policy is not the zone's: `off` would judge nothing, and what `required`
/// adds is held against the server, not against its keys.
fn plans(
    arguments: &KeysCompareArguments,
    zone: &Name,
    config: &Config,
) -> Result<Vec<Arc<TargetPlan>>, CommandError> {
    let targets = match (&arguments.target, config.zones.get(zone)) {
        (Some(target), _) => vec![target.clone()],
        (None, Some(zone)) => zone.nameservers.clone(),
        (None, None) => {
            return Err(CommandError(format!(
                "zone {zone} is not in probes.json: name a nameserver by --target"
            )));
        }
    };
    let apex = arguments.zone.as_str();
    let fixed = [
        ("zone", apex),
        ("name", apex),
        ("qtype", "DNSKEY"),
        ("dnssec", "auto"),
        ("denial", "false"),
    ];
    let module = arguments
        .module
        .iter()
        .map(|module| ("module", module.as_str()));
    let anchors = arguments
        .anchor
        .iter()
        .map(|anchor| ("anchor", anchor.as_str()));
    let common: Vec<_> = fixed.into_iter().chain(module).chain(anchors).collect();
    let plan = |target: &String| {
        let parameters = common.iter().copied().chain([("target", target.as_str())]);
        let parameters: Vec<_> = parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        TargetPlan::new(&parameters, None, config).map_err(|error| CommandError(error.to_string()))
    };
    targets.iter().map(plan).collect()
}

fn now() -> Timestamp {
    Timestamp::from(clock::wall_clock_now())
}

fn write_textfile(file: Option<&Path>, comparison: &BackupComparison) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let result = replace_file(file, &view::backup_prometheus(comparison));
    result.map_err(|error| CommandError(format!("--output.textfile {}: {error}", file.display())))
}

/// A collector reads the file as it was or as it is, never half of it: it takes names that end in `.prom`, which that of
/// the file on its way does not.
fn replace_file(file: &Path, text: &str) -> io::Result<()> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut temporary_name = name.to_owned();
    temporary_name.push(format!(".{}.tmp", std::process::id()));
    let temporary = file.with_file_name(temporary_name);
    let result = write_new_file(&temporary, text).and_then(|()| fs::rename(&temporary, file));
    if result.is_err() {
        // It may never have been made; of the two errors the first tells more.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Anybody may read it, whatever the umask says: node_exporter runs as somebody else.
fn write_new_file(file: &PathBuf, text: &str) -> io::Result<()> {
    let mut opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    opened.write_all(text.as_bytes())?;
    opened.set_permissions(Permissions::from_mode(0o644))?;
    opened.sync_all()
}
