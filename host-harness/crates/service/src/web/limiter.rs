//! Slows down whoever guesses passwords: so many attempts for an address and from a network in a span of time.
//!
//! Attempts that succeed do not count. In memory: a restart forgets them, and costs an attacker more than it gives.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use connector_host::sliding_window::SlidingWindow;

/// Attempts for one address.
const PER_ADDRESS: usize = 5;
/// Attempts from one network: a company may sit behind one.
const PER_NETWORK: usize = 50;
/// The span in which they count.
const SPAN: Duration = Duration::from_secs(15 * 60);
/// How many addresses and networks are remembered at most.
const MOST: usize = 100_000;

/// Counts attempts.
#[derive(Default)]
pub struct SignInLimiter(Mutex<HashMap<String, SlidingWindow>>);

impl SignInLimiter {
    /// Whether another attempt may be made; if not, how many seconds to wait at most.
    pub fn check(&self, email: &str, peer: IpAddr) -> Result<(), u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        for (key, most) in keys(email, peer) {
            if !windows.entry(key).or_insert_with(|| SlidingWindow::new(most, SPAN)).has_room(now) {
                return Err(SPAN.as_secs());
            }
        }
        Ok(())
    }

    /// Counts an attempt that failed.
    pub fn failed(&self, email: &str, peer: IpAddr) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if windows.len() > MOST {
            windows.clear();
        }
        for (key, most) in keys(email, peer) {
            let window = windows.entry(key).or_insert_with(|| SlidingWindow::new(most, SPAN));
            if window.has_room(now) {
                window.count(now);
            }
        }
    }
}

fn keys(email: &str, peer: IpAddr) -> [(String, usize); 2] {
    let network = match peer {
        IpAddr::V4(address) => address.to_string(),
        // A household has a whole /64.
        IpAddr::V6(address) => {
            let [one, two, three, four, ..] = address.segments();
            format!("{one:x}:{two:x}:{three:x}:{four:x}")
        }
    };
    [(format!("@{email}"), PER_ADDRESS), (network, PER_NETWORK)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slowed_down_for_an_address_and_from_a_network() {
        let limiter = SignInLimiter::default();
        let peer = |last| IpAddr::from([192, 0, 2, last]);
        for last in 0..5 {
            assert_eq!(limiter.check("a@b.example", peer(last)), Ok(()));
            limiter.failed("a@b.example", peer(last));
        }
        assert_eq!(limiter.check("a@b.example", peer(9)), Err(900));
        assert_eq!(limiter.check("c@b.example", peer(9)), Ok(()), "nobody else is held back");
        for number in 0..50 {
            limiter.failed(&format!("{number}@b.example"), peer(7));
        }
        assert_eq!(limiter.check("d@b.example", peer(7)), Err(900));
    }
}
