//! A cap on the connections to one server that are being set up.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many connections to one server we set up at a time.
///
/// A nameserver's backlog can be as short as 10 (Knot): many probes at once would measure the SYNs that they lost to
/// each other.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    per_server: usize,
    servers: Mutex<ServerSlots>,
}

#[derive(Debug, Default)]
struct ServerSlots {
    by_address: HashMap<SocketAddr, Weak<Semaphore>>,
    /// The size at which servers that nobody is connected to are forgotten.
    cleanup_size: usize,
}

impl ConnectionSlots {
    pub(super) fn new(per_server: usize) -> Self {
        Self {
            per_server,
            servers: Mutex::default(),
        }
    }

    /// Waits for a free slot; `None` cannot come, because no semaphore is ever closed.
    pub(super) async fn acquire(&self, server: SocketAddr) -> Option<OwnedSemaphorePermit> {
        self.semaphore(server).acquire_owned().await.ok()
    }

    fn semaphore(&self, server: SocketAddr) -> Arc<Semaphore> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = servers.by_address.get(&server).and_then(Weak::upgrade) {
            return semaphore;
        }
        servers.remove_unused();
        let semaphore = Arc::new(Semaphore::new(self.per_server));
        servers
            .by_address
            .insert(server, Arc::downgrade(&semaphore));
        semaphore
    }
}

impl ServerSlots {
    /// Doubling the limit makes the work of tidying constant per server in the long run.
    fn remove_unused(&mut self) {
        if self.by_address.len() < self.cleanup_size {
            return;
        }
        self.by_address
            .retain(|_, semaphore| semaphore.strong_count() > 0);
        self.cleanup_size = 64.max(2 * self.by_address.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_server_has_its_own_slots() {
        let (slots, [server, other_server]) = (
            ConnectionSlots::new(2),
            [1, 2].map(|port| ([192, 0, 2, 1], port).into()),
        );
        let first = slots.acquire(server).await;
        let _second = slots.acquire(server).await;
        let wait = std::time::Duration::from_millis(20);
        assert!(
            tokio::time::timeout(wait, slots.acquire(server))
                .await
                .is_err(),
            "a third waits"
        );
        assert!(
            tokio::time::timeout(wait, slots.acquire(other_server))
                .await
                .is_ok()
        );
        drop(first);
        assert!(
            tokio::time::timeout(wait, slots.acquire(server))
                .await
                .is_ok(),
            "and goes on when one is free"
        );
    }

    #[test]
    fn unused_servers_are_forgotten() {
        let slots = ConnectionSlots::new(4);
        let used_slot = slots.semaphore(([192, 0, 2, 1], 53).into());
        for port in 1..=10_000 {
            slots.semaphore(([192, 0, 2, 2], port).into());
        }
        assert!(slots.servers.lock().unwrap().by_address.len() <= 130);
        assert!(
            Arc::ptr_eq(&used_slot, &slots.semaphore(([192, 0, 2, 1], 53).into())),
            "forgotten while in use"
        );
    }
}
