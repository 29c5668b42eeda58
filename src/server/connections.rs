//! Accepting connections: a client that sends its header slowly is dropped, one that comes back each few minutes is kept, and a stop
//! lets running probes end.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::middleware::{Next, from_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use super::header_timeout::HeaderTimeoutStream;
use crate::log::{Event, Fields};

/// How long a client that has been answered may keep its connection for the next request: longer than any scrape interval, for who finds
/// it closed may lose seconds before he tries again (VictoriaMetrics 1.79: two).
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
/// How long a stop waits for running requests; longer than any default scrape timeout would let them run is of no use.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long accepting rests after an error that is the system's, such as too many open files.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `stop` ends.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT);
    tokio::pin!(stop);
    let mut refused = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                refused = false;
                serve_connection(stream, &builder, &router, &graceful);
            }
            Err(error) => {
                // It goes on until somebody hangs up: to be told once.
                if !std::mem::replace(&mut refused, true) {
                    let fields = Fields {
                        error: Some(error.to_string()),
                        ..Fields::default()
                    };
                    fields.log(
                        Event::AcceptFailed,
                        &format!("a connection could not be accepted: {error}"),
                    );
                }
                tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        Fields::default().log(
            Event::RequestsCutOff,
            "requests were cut off at the end of the grace period",
        );
    }
}

fn serve_connection(
    stream: TcpStream,
    builder: &Builder<TokioExecutor>,
    router: &Router,
    graceful: &GracefulShutdown,
) {
    let (stream, request_read) = HeaderTimeoutStream::new(stream);
    let service =
        TowerToHyperService::new(router.clone().layer(from_fn(move |request, next: Next| {
            request_read.store(true, Ordering::Relaxed);
            next.run(request)
        })));
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            let fields = Fields {
                error: Some(error.to_string()),
                ..Fields::default()
            };
            fields.log(
                Event::ConnectionEnded,
                &format!("a connection ended early: {error}"),
            );
        }
    });
}
