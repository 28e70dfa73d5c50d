//! Waiting between two tries of a call.
//!
//! A trait, so that a test of what happens after five tries does not take a minute. The runtime's paused time was rejected
//! for it: it jumps ahead whenever every task waits, also when one waits for a socket.

use std::time::Duration;

/// Lets time pass.
#[async_trait::async_trait]
pub trait Sleeper: Send + Sync {
    /// Comes back after `delay`.
    async fn sleep(&self, delay: Duration);
}

/// The runtime's own clock.
pub struct TokioSleeper;

#[async_trait::async_trait]
impl Sleeper for TokioSleeper {
    async fn sleep(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
    }
}
