//! Slows down password guessing: so many attempts for an address and from a network in a span of time.
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
const SPAN: Duration = Duration::from_mins(15);
/// How many addresses and networks are remembered at most.
const MOST: usize = 100_000;

/// Counts attempts.
#[derive(Default)]
pub struct SignInLimiter(Mutex<HashMap<String, SlidingWindow>>);

impl SignInLimiter {
    /// Counts an attempt before it is made, so that many at once are not all let in; if it is one too many, how many seconds to
    /// wait at most.
    pub fn attempt(&self, email: &str, peer: IpAddr) -> Result<(), u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if windows.len() > MOST {
            windows.clear();
        }
        let keys = keys(email, peer);
        for (key, most) in &keys {
            if !windows.entry(key.clone()).or_insert_with(|| SlidingWindow::new(*most, SPAN)).has_room(now) {
                return Err(SPAN.as_secs());
            }
        }
        for (key, most) in keys {
            windows.entry(key).or_insert_with(|| SlidingWindow::new(most, SPAN)).count(now);
        }
        Ok(())
    }

    /// An attempt that succeeded does not count.
    pub fn succeeded(&self, email: &str, peer: IpAddr) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(email, peer) {
            if let Some(window) = windows.get_mut(&key) {
                window.take_back();
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
            assert_eq!(limiter.attempt("a@b.example", peer(last)), Ok(()));
        }
        assert_eq!(limiter.attempt("a@b.example", peer(9)), Err(900));
        assert_eq!(limiter.attempt("c@b.example", peer(9)), Ok(()), "nobody else is held back");
        for number in 0..50 {
            assert_eq!(limiter.attempt(&format!("{number}@b.example"), peer(7)), Ok(()));
        }
        assert_eq!(limiter.attempt("d@b.example", peer(7)), Err(900));
    }

    #[test]
    fn who_knows_the_password_is_never_held_back() {
        let limiter = SignInLimiter::default();
        let peer = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..100 {
            assert_eq!(limiter.attempt("a@b.example", peer), Ok(()));
            limiter.succeeded("a@b.example", peer);
        }
    }
}
