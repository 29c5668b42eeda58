//! What all requests share: the configuration in force, replaced as a whole, and the exporter's own metrics.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use crate::chain::LinkCache;
use crate::config::{Config, ConfigError, RESOLV_CONF, system_resolvers};
use crate::discovery::ScrapeAddress;
use crate::dns::Timestamp;
use crate::drill::Drill;
use crate::log::{ChangeWatcher, Event, Fields};
use crate::network::SystemNetwork;
use crate::network::clock;
use crate::server::ExporterMetrics;

/// Probes that run at once. Each may hold a handful of sockets; past this, one more would only take from the others.
const MAX_CONCURRENT_PROBES: usize = 1000;

/// Where the configuration comes from.
#[derive(Clone, Debug)]
pub enum ConfigSource {
    /// A file, read again at each reload.
    File(PathBuf),
    /// A file that was not there at the start, when it need not be: nothing is configured until a reload finds it.
    Absent(PathBuf),
    /// A value made by this program: nothing to read again.
    Fixed(Config),
}

impl ConfigSource {
    /// The configuration to start with.
    pub fn load(&self) -> Result<Config, ConfigError> {
        match self {
            Self::Absent(_) => Config::parse("{}", "built in").map(with_system_resolvers),
            Self::File(_) | Self::Fixed(_) => self.load_again(),
        }
    }

    /// The configuration as it is now.
    fn load_again(&self) -> Result<Config, ConfigError> {
        match self {
            Self::File(path) | Self::Absent(path) => Config::load(path).map(with_system_resolvers),
            Self::Fixed(config) => Ok(config.clone()),
        }
    }

    /// Where the configuration of the start came from.
    fn startup_file(&self) -> Option<String> {
        match self {
            Self::Absent(_) => None,
            Self::File(_) | Self::Fixed(_) => self.file(),
        }
    }

    /// Where a reload looks.
    fn file(&self) -> Option<String> {
        match self {
            Self::File(path) | Self::Absent(path) => Some(path.display().to_string()),
            Self::Fixed(_) => None,
        }
    }
}

/// Each reload sees the resolvers that the system has by then.
fn with_system_resolvers(mut config: Config) -> Config {
    config.set_system_resolvers(system_resolvers(Path::new(RESOLV_CONF)));
    config
}

/// The configuration in force, and the network as it says.
#[derive(Debug)]
pub(super) struct LoadedConfig {
    pub(super) config: Config,
    pub(super) network: SystemNetwork,
    /// Links of chains of trust, which another configuration may have begun elsewhere.
    pub(super) link_cache: LinkCache,
}

impl LoadedConfig {
    fn new(config: Config, link_cache: LinkCache) -> Self {
        Self {
            network: SystemNetwork::new(config.trust.host_resolvers().iter().copied()),
            link_cache,
            config,
        }
    }
}

/// Shared by all requests; while a probe asks and judges it takes no lock.
#[derive(Debug)]
pub struct State {
    source: ConfigSource,
    loaded: ArcSwap<LoadedConfig>,
    /// Held by a reload: what was read last is in force last.
    reload_lock: Mutex<()>,
    pub(super) metrics: ExporterMetrics,
    /// The drill of the configuration in force.
    pub(super) drill: Arc<Drill>,
    /// What was seen last, for the log.
    pub(super) watcher: ChangeWatcher,
    /// A place for each probe that may run at once.
    pub(super) probe_permits: Semaphore,
    pub(super) timeout_offset: Duration,
    /// Where scrapers reach the exporter, if not where they ask for discovery.
    pub(super) external_url: Option<ScrapeAddress>,
}

impl State {
    /// Starts with the configuration that `source` has now.
    pub fn new(
        source: ConfigSource,
        metrics: ExporterMetrics,
        timeout_offset: Duration,
    ) -> Result<Self, ConfigError> {
        let config = source.load()?;
        metrics.record_config_reload(Some(&config), Timestamp::from(clock::wall_clock_now()));
        let drill = Arc::new(Drill::new(config.drill.clone()));
        let loaded = ArcSwap::from_pointee(LoadedConfig::new(config, LinkCache::default()));
        let (watcher, probe_permits) = (
            ChangeWatcher::default(),
            Semaphore::new(MAX_CONCURRENT_PROBES),
        );
        let reload_lock = Mutex::new(());
        Ok(Self {
            source,
            loaded,
            reload_lock,
            metrics,
            drill,
            watcher,
            probe_permits,
            timeout_offset,
            external_url: None,
        })
    }

    /// Has discovery send scrapers to `url`.
    #[must_use]
    pub fn with_external_url(self, url: Option<ScrapeAddress>) -> Self {
        Self {
            external_url: url,
            ..self
        }
    }

    /// The drill, for the task that keeps its schedule.
    pub fn drill(&self) -> Arc<Drill> {
        Arc::clone(&self.drill)
    }

    pub(super) fn loaded(&self) -> Arc<LoadedConfig> {
        self.loaded.load_full()
    }

    /// Takes the configuration that the source has now; a bad one changes nothing.
    pub fn reload(&self) -> Result<(), ConfigError> {
        let _lock = self
            .reload_lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let read = self.source.load_again();
        let now = Timestamp::from(clock::wall_clock_now());
        self.metrics.record_config_reload(read.as_ref().ok(), now);
        match read {
            Ok(config) => {
                self.drill.configure(config.drill.clone());
                let link_cache = LinkCache::succeeding(&self.loaded().link_cache);
                let loaded = LoadedConfig::new(config, link_cache);
                self.loaded.store(Arc::new(loaded));
                self.config_fields(self.source.file())
                    .log(Event::ConfigReloaded, "configuration reloaded");
                self.log_missing_resolver();
                Ok(())
            }
            Err(error) => {
                let problems = error.to_string().replace('\n', "; ");
                let message =
                    format!("configuration not reloaded, the former stays in force: {problems}");
                let fields = Fields {
                    file: self.source.file(),
                    error: Some(problems),
                    ..Fields::default()
                };
                fields.log(Event::ConfigRefused, &message);
                Err(error)
            }
        }
    }

    /// Logs that requests are answered at `address` from here on.
    pub fn log_start(&self, address: SocketAddr) {
        let fields = Fields {
            listen_address: Some(address.to_string()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..self.config_fields(self.source.startup_file())
        };
        fields.log(Event::Started, &format!("listening on {address}"));
        self.log_missing_resolver();
    }

    /// Without a resolver no DS is looked at: that must not go unnoticed.
    fn log_missing_resolver(&self) {
        let loaded = self.loaded();
        let trust = &loaded.config.trust;
        if trust.resolvers().is_empty() {
            let fields = Fields {
                resolvers: Some(trust.describe_resolvers()),
                ..Fields::default()
            };
            let message = format!(
                "resolvers: {}: neither the chain of trust nor the parent of a zone is looked at",
                trust.describe_resolvers()
            );
            fields.log(Event::NoResolver, &message);
        }
    }

    fn config_fields(&self, file: Option<String>) -> Fields {
        let loaded = self.loaded();
        let Config {
            nameservers,
            zones,
            modules,
            trust,
            drill: _,
        } = &loaded.config;
        Fields {
            file,
            resolvers: Some(trust.describe_resolvers()),
            nameservers: Some(nameservers.len() as u64),
            zones: Some(zones.len() as u64),
            modules: Some(modules.len() as u64),
            ..Fields::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reload_keeps_what_was_seen_of_keys_and_forgets_links() {
        let config = Config::parse("{}", "test").unwrap();
        let metrics = ExporterMetrics::new("test", None).unwrap();
        let state = State::new(ConfigSource::Fixed(config), metrics, Duration::ZERO).unwrap();
        let before = state.loaded();
        state.reload().unwrap();
        let after = state.loaded();
        let histories = [&before, &after].map(|loaded| loaded.link_cache.key_histories());
        assert!(std::ptr::eq(histories[0], histories[1]));
        let parents = [&before, &after].map(|loaded| loaded.link_cache.parents());
        assert!(!std::ptr::eq(parents[0], parents[1]));
    }
}
