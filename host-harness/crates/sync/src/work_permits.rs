//! Who may work now, when many tenants are synced at once.
//!
//! A permit is for what costs processor, disk and memory: mapping, planning, applying. It is taken for each such step and
//! given back after it. A tenant that waits for its source, be it for an answer or because the source asked to wait, has
//! none, so that the slowest source holds back nobody. Permits go by who came first.
//!
//! A guest may compute in its permit for as long as a call may take, and again in the next. So after [`MAX_HOLD`] its permit
//! is lent to the next tenant, and when the guest is done at last, it gives none back: one that computes without end costs
//! the others their share of a processor, and no longer their permit. How many can do so at once is bounded by how many
//! tenants have begun. A bound on a tenant's computing time was rejected: a large company needs it, and no one figure fits
//! all.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How long a guest may compute before its permit is lent.
pub const MAX_HOLD: Duration = Duration::from_secs(1);

/// A number of permits.
#[derive(Debug)]
pub struct WorkPermits(Option<Semaphore>);

/// A permit, until it is dropped.
#[derive(Debug)]
pub struct WorkPermit<'a>(#[expect(dead_code, reason = "held, to be given back")] Option<SemaphorePermit<'a>>);

impl WorkPermits {
    /// As many as are asked for: one tenant alone needs not wait for itself.
    pub const UNLIMITED: Self = Self(None);

    /// This many at once, at least one.
    #[must_use]
    pub fn of(count: usize) -> Self {
        Self(Some(Semaphore::new(count.max(1))))
    }

    /// Waits for a permit.
    pub async fn take(&self) -> WorkPermit<'_> {
        match &self.0 {
            // Acquiring fails only after `close`, which nobody calls.
            Some(semaphore) => WorkPermit(semaphore.acquire().await.ok()),
            None => WorkPermit(None),
        }
    }

    /// Waits for a permit, and works in it. Work that gives way to others and takes longer than [`MAX_HOLD`] lends its permit.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let permit = self.take().await;
        let mut work = pin!(work);
        if let Ok(done) = timeout(MAX_HOLD, &mut work).await {
            return done;
        }
        // Somebody else begins; this one has no permit to give back at its end.
        drop(permit);
        work.await
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

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    /// When the second of two begins, for whom there is one permit, if the first takes this long.
    async fn second_begins(first: Duration) -> Duration {
        let (permits, start) = (WorkPermits::of(1), Instant::now());
        let first = permits.during(sleep(first));
        let second = async { permits.during(async { start.elapsed() }).await };
        let ((), begun) = tokio::join!(first, second);
        begun
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_is_lent_when_its_holder_takes_too_long_and_not_before() {
        for (first, begun) in [(MAX_HOLD / 2, MAX_HOLD / 2), (60 * MAX_HOLD, MAX_HOLD)] {
            let actual = second_begins(first).await;
            // The clock of paused time has whole milliseconds.
            assert!(actual >= begun && actual <= begun + Duration::from_millis(2), "{first:?}: {actual:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_that_was_lent_does_not_come_back_twice() {
        let permits = WorkPermits::of(1);
        permits.during(sleep(2 * MAX_HOLD)).await;
        // Work that is given up has lent its permit all the same.
        let given_up = timeout(2 * MAX_HOLD, permits.during(sleep(3 * MAX_HOLD))).await;
        assert!(given_up.is_err());
        let _one = permits.take().await;
        assert!(timeout(MAX_HOLD, permits.take()).await.is_err(), "there is one permit, as before");
    }
}
