//! How much a guest may use the network, and the count of what it used.
//!
//! Going past a limit is an error and not a wait: a guest that floods is found out at once, and the verdict names the
//! limit. A source's own rate limits are the source's to answer (429) and the driver's to wait out.

use std::time::Duration;

use tokio::time::Instant;

use super::HttpError;
use crate::sliding_window::SlidingWindow;

const MINUTE: Duration = Duration::from_mins(1);

/// What one sync of one tenant may use. A redirect counts as a request of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpLimits {
    /// Requests in one sync. Default 10,000: pages for a million employees.
    pub requests_per_sync: u64,
    /// Requests in any 60 seconds. Default 2,000: what Personio takes from one address.
    pub requests_per_minute: u64,
    /// The longest one request may take, the body included. Default 30 s.
    pub request_timeout: Duration,
    /// The largest request in bytes: URL, header fields and body. Default 1 MiB.
    pub request_bytes: u64,
    /// The largest answer in bytes: header fields and decoded body. Default 16 MiB.
    pub response_bytes: u64,
    /// Redirects followed for one request. Default 5.
    pub redirects: u32,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            requests_per_sync: 10_000,
            requests_per_minute: 2_000,
            request_timeout: Duration::from_secs(30),
            request_bytes: 1 << 20,
            response_bytes: 16 << 20,
            redirects: 5,
        }
    }
}

/// The error of a limit: its name as in the settings, and what it is set to.
pub(super) fn reached(limit: &'static str, set_to: impl Into<u64>) -> HttpError {
    HttpError::Limit { limit, set_to: set_to.into() }
}

/// What was used so far.
#[derive(Debug)]
pub(super) struct Usage {
    requests: u64,
    last_minute: SlidingWindow,
}

impl Usage {
    /// Nothing yet.
    pub(super) fn new(limits: &HttpLimits) -> Self {
        let per_minute = usize::try_from(limits.requests_per_minute).unwrap_or(usize::MAX);
        Self { requests: 0, last_minute: SlidingWindow::new(per_minute, MINUTE) }
    }

    /// Counts one request, if there may be one more.
    pub(super) fn count(&mut self, limits: &HttpLimits) -> Result<(), HttpError> {
        if self.requests >= limits.requests_per_sync {
            return Err(reached("requests-per-sync", limits.requests_per_sync));
        }
        // The runtime's clock, which tests can pause.
        let now = Instant::now().into_std();
        if !self.last_minute.has_room(now) {
            return Err(reached("requests-per-minute", limits.requests_per_minute));
        }
        self.last_minute.count(now);
        self.requests += 1;
        Ok(())
    }

    /// Requests sent.
    pub(super) const fn requests(&self) -> u64 {
        self.requests
    }
}
