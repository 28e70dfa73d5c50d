//! Until when a job is this worker's, by a clock that nobody can set.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::QueueError;

/// A hold that ends by itself.
///
/// The server has the same hold and is asked about it, but its answer does not say whose the job is: an acknowledgement of a
/// delivery that was given up ends the job under the hands of the next worker. So a worker that was stopped for a while, and goes
/// on, has to know by itself that it is late.
#[derive(Debug)]
pub struct Hold {
    length: Duration,
    begun: Mutex<Instant>,
}

impl Hold {
    /// A hold that begins now. To be made before the job is asked for: the server's begins when it sends it.
    pub fn begin(length: Duration) -> Self {
        Self { length, begun: Mutex::new(Instant::now()) }
    }

    /// Fails when it is over.
    pub fn check(&self) -> Result<(), QueueError> {
        let begun = *self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.elapsed() < self.length { Ok(()) } else { Err(QueueError::HoldLost) }
    }

    /// Lets it begin anew, at a moment before the server was told.
    pub fn renew(&self, from: Instant) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = from;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_hold_ends_by_itself() {
        let over = Hold::begin(Duration::ZERO);
        assert!(matches!(over.check(), Err(QueueError::HoldLost)));
        Hold::begin(Duration::MAX).check().unwrap();
    }

    #[test]
    fn a_hold_counts_from_before_the_server_was_told() {
        let hour = Duration::from_hours(1);
        let hold = Hold::begin(hour);
        // Some machines have not been up for two hours, and their clock does not go back further.
        if let Some(earlier) = Instant::now().checked_sub(hour) {
            hold.renew(earlier);
            assert!(matches!(hold.check(), Err(QueueError::HoldLost)));
        }
    }
}
