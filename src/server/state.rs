//! What all requests share: the configuration in force, replaced as a whole, and the exporter's own metrics.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tracing::{error, info};

use crate::chain::Cache;
use crate::config::{Config, ConfigError};
use crate::dns::Timestamp;
use crate::exchange::SystemNetwork;
use crate::view::{ExporterMetrics, ScrapeAddress};

/// Probes that run at once. Each may hold a handful of sockets; past this, one more would only take from the others.
const PROBES_AT_ONCE: usize = 1000;

/// Where the configuration comes from.
#[derive(Clone, Debug)]
pub enum ConfigSource {
    /// A file, read again at each reload.
    File(PathBuf),
    /// A value made by this program: nothing to read again.
    Fixed(Config),
}

impl ConfigSource {
    /// Reads the configuration as it is now.
    pub fn load(&self) -> Result<Config, ConfigError> {
        match self {
            Self::File(path) => Config::load(path),
            Self::Fixed(config) => Ok(config.clone()),
        }
    }
}

/// The configuration in force, and the network as it says.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) network: SystemNetwork,
    /// Links of chains of trust, which another configuration may have begun elsewhere.
    pub(super) links: Cache,
}

impl From<Config> for Loaded {
    fn from(config: Config) -> Self {
        Self { network: SystemNetwork::new(config.trust.resolver), links: Cache::default(), config }
    }
}

/// Shared by all requests; a probe takes no lock.
#[derive(Debug)]
pub struct State {
    source: ConfigSource,
    loaded: ArcSwap<Loaded>,
    pub(super) metrics: ExporterMetrics,
    /// A place for each probe that may run at once.
    pub(super) places: Semaphore,
    pub(super) timeout_offset: Duration,
    /// Where scrapers reach the exporter, if not where they ask for discovery.
    pub(super) external_url: Option<ScrapeAddress>,
}

impl State {
    /// Starts with the configuration that `source` has now.
    pub fn new(source: ConfigSource, metrics: ExporterMetrics, timeout_offset: Duration) -> Result<Self, ConfigError> {
        let loaded = ArcSwap::from_pointee(Loaded::from(source.load()?));
        metrics.config_reloaded(true, Timestamp::from(SystemTime::now()));
        let places = Semaphore::new(PROBES_AT_ONCE);
        Ok(Self { source, loaded, metrics, places, timeout_offset, external_url: None })
    }

    /// Has discovery send scrapers to `url`.
    #[must_use]
    pub fn reached_at(self, url: Option<ScrapeAddress>) -> Self {
        Self { external_url: url, ..self }
    }

    pub(super) fn loaded(&self) -> Arc<Loaded> {
        self.loaded.load_full()
    }

    /// Takes the configuration that the source has now; a bad one changes nothing.
    pub fn reload(&self) -> Result<(), ConfigError> {
        let read = self.source.load();
        self.metrics.config_reloaded(read.is_ok(), Timestamp::from(SystemTime::now()));
        match read {
            Ok(config) => {
                self.loaded.store(Arc::new(Loaded::from(config)));
                info!("configuration reloaded");
                Ok(())
            }
            Err(error) => {
                error!(%error, "configuration not reloaded, the former stays in force");
                Err(error)
            }
        }
    }
}
