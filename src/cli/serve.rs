//! `outsidein serve`.

use std::future::Future;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::CommandError;
use super::arguments::ServeArguments;
use super::systemd;
use crate::discovery::ScrapeAddress;
use crate::drill;
use crate::log::{self, Event, Fields};
use crate::network::clock;
use crate::server::{self, ConfigSource, ExporterMetrics, State};

/// The configuration that is read where no flag names one.
const DEFAULT_CONFIG_FILE: &str = "probes.json";

/// `socket` is one to listen on instead of the flag's address.
pub(super) async fn run(
    arguments: ServeArguments,
    socket: Option<StdListener>,
) -> Result<ExitCode, CommandError> {
    raise_open_files_limit();
    let source = config_source(arguments.config_file);
    let ServeArguments {
        web,
        external,
        offset,
        ..
    } = arguments;
    let listen = socket.map_or(
        ListenSource::Address(web.listen_address),
        ListenSource::Socket,
    );
    let exporter = Exporter::bind(source, offset.timeout_offset, external.url, listen).await?;
    exporter.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// Each query has a socket of its own, and the usual soft limit of 1024 is there for programs that use select(2).
fn raise_open_files_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        let fields = Fields {
            error: Some(error.to_string()),
            ..Fields::default()
        };
        fields.log(
            Event::OpenFilesLimited,
            &format!("the limit on open files stays as it is: {error}"),
        );
    }
}

/// The file that a flag names, else the default one, which need not be there.
pub(super) fn config_source(flag: Option<PathBuf>) -> ConfigSource {
    let default = Path::new(DEFAULT_CONFIG_FILE);
    match flag {
        Some(file) => ConfigSource::File(file),
        None if default.exists() => ConfigSource::File(default.into()),
        None => ConfigSource::Absent(default.into()),
    }
}

/// Where an exporter listens.
pub(super) enum ListenSource {
    Address(SocketAddr),
    /// A socket that listens already.
    Socket(StdListener),
}

impl ListenSource {
    async fn bind(self) -> Result<(TcpListener, SocketAddr), CommandError> {
        let (bound, flag) = match self {
            Self::Address(address) => (
                TcpListener::bind(address).await,
                format!("--web.listen-address {address}"),
            ),
            Self::Socket(socket) => (
                TcpListener::from_std(socket),
                "--web.systemd-socket".to_owned(),
            ),
        };
        let bound =
            bound.and_then(|listener| listener.local_addr().map(|address| (listener, address)));
        bound.map_err(|error| CommandError(format!("{flag}: {error}")))
    }
}

/// The exporter, bound and not yet answering.
pub(super) struct Exporter {
    state: Arc<State>,
    listener: TcpListener,
    pub(super) address: SocketAddr,
}

impl Exporter {
    pub(super) async fn bind(
        source: ConfigSource,
        timeout_offset: Duration,
        external_url: Option<ScrapeAddress>,
        listen: ListenSource,
    ) -> Result<Self, CommandError> {
        let metrics =
            ExporterMetrics::new(env!("CARGO_PKG_VERSION"), option_env!("OUTSIDEIN_REVISION"));
        let metrics = metrics
            .map_err(|error| CommandError(format!("metrics cannot be registered: {error}")))?;
        let state =
            Arc::new(State::new(source, metrics, timeout_offset)?.with_external_url(external_url));
        let (listener, address) = listen.bind().await?;
        Ok(Self {
            state,
            listener,
            address,
        })
    }

    /// Answers until SIGINT or SIGTERM; SIGHUP reads the configuration again.
    pub(super) async fn run(self) -> Result<(), CommandError> {
        let start = clock::monotonic_now();
        let stop_signal_name = OnceLock::new();
        let stop = stop_signal(&stop_signal_name)?;
        let hangup = signal_stream(SignalKind::hangup())?;
        self.state.log_start(self.address);
        log::flush_log().await;
        let background_tasks = [
            tokio::spawn(reload_on_hangup(hangup, Arc::clone(&self.state))),
            tokio::spawn(systemd::feed_watchdog()),
            tokio::spawn(drill::run(self.state.drill())),
        ];
        systemd::notify_ready(self.address)?;
        server::serve(self.listener, server::router(self.state), stop).await;
        for task in background_tasks {
            task.abort();
        }
        let fields = Fields {
            signal: stop_signal_name
                .get()
                .map(|signal: &&str| (*signal).to_owned()),
            uptime_seconds: Some(start.elapsed().as_secs()),
            ..Fields::default()
        };
        fields.log(Event::Stopped, "stopped");
        Ok(())
    }
}

fn signal_stream(kind: SignalKind) -> Result<Signal, CommandError> {
    signal(kind).map_err(|error| CommandError(format!("signals cannot be handled: {error}")))
}

/// Ends at the first of them, and leaves its name in `stop_signal_name`.
fn stop_signal(
    stop_signal_name: &OnceLock<&'static str>,
) -> Result<impl Future<Output = ()>, CommandError> {
    let (mut interrupt, mut terminate) = (
        signal_stream(SignalKind::interrupt())?,
        signal_stream(SignalKind::terminate())?,
    );
    Ok(async move {
        let signal = tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        };
        systemd::notify_stopping();
        stop_signal_name.get_or_init(|| signal);
    })
}

async fn reload_on_hangup(mut hangup: Signal, state: Arc<State>) {
    while hangup.recv().await.is_some() {
        let state = Arc::clone(&state);
        systemd::notify_reloading();
        // What went wrong is logged and counted by the state itself; the former configuration stays.
        let _ = tokio::task::spawn_blocking(move || state.reload()).await;
        log::flush_log().await;
        systemd::notify_reloaded();
    }
}
