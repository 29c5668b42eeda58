//! systemd's side of `outsidein serve`: the socket that it may pass (`sd_listen_fds(3)`), and what it is told (`sd_notify(3)`).
//! Without systemd all of it is nothing: the environment says who is there.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddress, UnixDatagram};
use std::time::Duration;

use listenfd::ListenFd;
use nix::sys::socket::{getsockopt, sockopt};
use sd_notify::NotifyState;

use super::CommandError;

/// What was passed to this process. It takes variables out of the environment, so call it before there are threads.
pub(super) fn take_passed_sockets() -> ListenFd {
    ListenFd::from_env()
}

/// The socket that was passed. Whether there is one must agree with `wanted`, the flag: a socket that nobody takes holds the
/// port all the same, and lets connections wait for an answer that never comes.
pub(super) fn take_passed_socket(
    mut sockets: ListenFd,
    wanted: bool,
) -> Result<Option<TcpListener>, CommandError> {
    match (wanted, sockets.len()) {
        (false, 0) => Ok(None),
        (false, _) => {
            socket_error("a socket was passed (LISTEN_FDS), and this flag to take it is not given")
        }
        (true, 0) => socket_error(
            "no socket was passed (LISTEN_FDS, LISTEN_PID): it is for services of a .socket unit",
        ),
        (true, 1) => {
            let listener = sockets.take_tcp_listener(0);
            let socket = listener.map_err(|error| {
                socket_problem(&format!("what was passed is no socket of TCP: {error}"))
            })?;
            socket.map(check_listening).transpose()
        }
        (true, count) => socket_error(&format!(
            "{count} sockets were passed, and one is taken; ListenStream=[::]:9853 is one for both families"
        )),
    }
}

/// With `Accept=yes` systemd passes a connection instead.
fn check_listening(socket: TcpListener) -> Result<TcpListener, CommandError> {
    if !getsockopt(&socket, sockopt::AcceptConn).is_ok_and(|listens| listens) {
        return socket_error(
            "the socket that was passed does not listen; its unit needs Accept=no",
        );
    }
    match socket.set_nonblocking(true) {
        Ok(()) => Ok(socket),
        Err(error) => socket_error(&error.to_string()),
    }
}

fn socket_error<T>(reason: &str) -> Result<T, CommandError> {
    Err(socket_problem(reason))
}

fn socket_problem(reason: &str) -> CommandError {
    CommandError(format!("--web.systemd-socket: {reason}"))
}

/// Requests are answered from here on. Where this cannot be told, systemd would end the service after a minute and a half
/// without a word of why.
pub(super) fn notify_ready(address: SocketAddr) -> Result<(), CommandError> {
    let status = format!("listening on {address}");
    let result = notify(&[NotifyState::Ready, NotifyState::Status(&status)]);
    result.map_err(|error| {
        CommandError(format!(
            "NOTIFY_SOCKET: systemd cannot be told that the exporter is ready: {error}"
        ))
    })
}

// Who was told that the exporter is ready was there; what follows is not worth an end if nobody listens any more.

/// The configuration is being read again; `MONOTONIC_USEC` is what `Type=notify-reload` tells one reload from the next by.
pub(super) fn notify_reloading() {
    let now = NotifyState::monotonic_usec_now();
    let _ = notify(
        &[Some(NotifyState::Reloading), now.ok()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
    );
}

/// The configuration was read again, whatever came of it.
pub(super) fn notify_reloaded() {
    let _ = notify(&[NotifyState::Ready]);
}

/// No more connections are taken; what runs may end.
pub(super) fn notify_stopping() {
    let _ = notify(&[NotifyState::Stopping]);
}

/// sd-notify itself takes what it is given for a path.
fn notify(states: &[NotifyState]) -> io::Result<()> {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    match socket.as_bytes() {
        [b'/', ..] => sd_notify::notify(states),
        [b'@', name @ ..] => {
            let message = states
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n");
            let address = UnixAddress::from_abstract_name(name)?;
            UnixDatagram::unbound()?
                .send_to_addr(message.as_bytes(), &address)
                .map(drop)
        }
        // vsock, to a machine's host.
        _ => Err(io::Error::other(format!(
            "{} is neither the path of a Unix socket nor @ and its name",
            socket.display()
        ))),
    }
}

/// Tells the watchdog, if there is one (`WatchdogSec=`), that tasks still get their turns on the runtime that this runs on.
pub(super) async fn feed_watchdog() {
    let Some(limit) = sd_notify::watchdog_enabled() else {
        return;
    };
    // Twice in its time, as sd_watchdog_enabled(3) has it.
    let mut ticks = tokio::time::interval((limit / 2).max(Duration::from_millis(1)));
    loop {
        ticks.tick().await;
        let _ = notify(&[NotifyState::Watchdog]);
    }
}
