//! Whether the queue's server can be reached: for a metric, and a line in the log when that changes.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is known of a server. Begins as reachable: a queue is made after its server answered.
#[derive(Debug)]
pub struct Health {
    /// How the log names it, without credentials.
    name: String,
    down: Mutex<Option<Down>>,
}

#[derive(Debug)]
struct Down {
    since: Instant,
    reason: String,
}

impl Health {
    pub fn new(name: String) -> Self {
        Self { name, down: Mutex::default() }
    }

    pub fn is_up(&self) -> bool {
        self.lock().is_none()
    }

    /// It answered.
    pub fn up(&self) {
        // Out of the lock before it is logged.
        let ended = self.lock().take();
        if let Some(Down { since, .. }) = ended {
            tracing::warn!("the queue at {} is back after {} s", self.name, since.elapsed().as_secs());
        }
    }

    /// It did not. Logged when it is new, or for another reason than before.
    pub fn down(&self, reason: &str) {
        let mut down = self.lock();
        let since = match down.as_ref() {
            Some(known) if known.reason == reason => return,
            Some(known) => known.since,
            None => Instant::now(),
        };
        *down = Some(Down { since, reason: reason.to_owned() });
        drop(down);
        tracing::warn!(
            "the queue at {} cannot be used: {reason}; runs wait in the database until it is back",
            self.name
        );
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Down>> {
        self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_reachable_until_it_is_not() {
        let health = Health::new("nats://127.0.0.1:4222".to_owned());
        assert!(health.is_up());
        health.down("connection lost");
        health.down("connection lost");
        assert!(!health.is_up());
        health.up();
        assert!(health.is_up());
    }
}
