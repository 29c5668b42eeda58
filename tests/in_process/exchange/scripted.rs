//! A network that answers from a script and notes what it was asked.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use outsidein::dns::Message;
use outsidein::exchange::{Ask, Clock, Exchange, Outcome};
use outsidein::network::Network;

/// A [`Network`] whose answers are what `script` makes of each [`Ask`].
pub struct Scripted<S> {
    script: S,
    asks: Mutex<Vec<Ask>>,
}

impl<S: Fn(&Ask) -> Outcome + Send + Sync> Scripted<S> {
    pub fn new(script: S) -> Self {
        Self {
            script,
            asks: Mutex::default(),
        }
    }

    /// What was asked so far.
    pub fn asks(&self) -> Vec<Ask> {
        self.asks.lock().unwrap().clone()
    }
}

impl<S: Fn(&Ask) -> Outcome + Send + Sync> Network for Scripted<S> {
    async fn exchange(&self, ask: Ask) -> Exchange {
        self.asks.lock().unwrap().push(ask.clone());
        let outcome = (self.script)(&ask);
        // A real exchange does not end before another that was begun at the same time could begin.
        tokio::task::yield_now().await;
        let answered = matches!(outcome, Outcome::Response(_) | Outcome::Malformed { .. });
        Exchange {
            query: ask.query,
            transport: ask.transport,
            edns: ask.edns,
            connect: None,
            request: answered.then_some(Duration::from_millis(1)),
            clock: answered.then_some(Clock::Kernel),
            ignored: 0,
            outcome,
        }
    }

    async fn resolve(&self, host: &str, _deadline: Instant) -> Result<Vec<IpAddr>, String> {
        Err(format!("{host}: the script knows no host names"))
    }
}

/// What a server's octets amount to.
pub fn outcome(octets: &[u8]) -> Outcome {
    match Message::read(octets) {
        Ok(message) => Outcome::Response(Arc::new(message)),
        Err(error) => Outcome::Malformed {
            octets: octets.into(),
            error,
        },
    }
}
