//! Who may work now, when many tenants are synced at once.
//!
//! A turn is for what costs processor, disk and memory: mapping, planning, applying. It is taken for each such step and
//! given back after it. A tenant that waits for its source, be it for an answer or because the source asked to wait, has
//! none, so that the slowest source holds back nobody. Turns go by who came first.

use tokio::sync::{Semaphore, SemaphorePermit};

/// A number of turns.
#[derive(Debug)]
pub struct Turns(Option<Semaphore>);

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    _permit: Option<SemaphorePermit<'a>>,
}

impl Turns {
    /// As many as are asked for: one tenant alone needs not wait for itself.
    pub const UNLIMITED: Self = Self(None);

    /// This many at once, at least one.
    #[must_use]
    pub fn of(count: usize) -> Self {
        Self(Some(Semaphore::new(count.max(1))))
    }

    /// Waits for a turn.
    pub async fn take(&self) -> Turn<'_> {
        // Acquiring fails only after `close`, which nobody calls.
        let permit = match &self.0 {
            Some(semaphore) => semaphore.acquire().await.ok(),
            None => None,
        };
        Turn { _permit: permit }
    }
}

/// Runs what blocks its thread, such as a transaction, without holding up the other tenants on that thread.
///
/// A runtime with one thread has no other to hand them to; there, and outside any, it simply runs.
pub fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
