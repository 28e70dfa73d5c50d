//! How long to wait for a busy source (rule S25): what it asks for, else longer each time, never the same for two tenants.

use std::time::Duration;

/// Rule S25: how often one call is tried in all.
pub const TRIES: u32 = 5;

/// Rule S25: the least to wait, whatever the source says.
const LEAST: Duration = Duration::from_secs(1);

/// The first wait without a word from the source; it doubles with each try.
const FIRST: Duration = Duration::from_secs(1);

/// A source that asks for more than this counts as unavailable for this run: nobody watches a progress bar for longer.
pub const MOST: Duration = Duration::from_mins(5);

/// Rule S25: a wait of this length is no failed try. Personio refuses log-ins for a minute, and says so.
pub const LONG: Duration = Duration::from_secs(30);

/// The longest that one call is waited for in all, by what the source asks for.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// How long to wait after the `attempt`th try, counted from 1; none if waiting is over.
///
/// `jitter` is a random number from 0 to 1: without it, tenants that were refused together come back together.
#[must_use]
pub fn delay(attempt: u32, asked: Duration, jitter: f64) -> Option<Duration> {
    if attempt >= TRIES || asked > MOST {
        return None;
    }
    let jitter = jitter.clamp(0.0, 1.0);
    if asked.is_zero() {
        let backoff = FIRST * 2_u32.saturating_pow(attempt.saturating_sub(1));
        Some(backoff.mul_f64(1.0 + jitter))
    } else {
        Some(asked.max(LEAST) + LEAST.mul_f64(jitter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_waits_grow_and_end_after_five_tries() {
        let seconds = |attempt| delay(attempt, Duration::ZERO, 0.0).map(|delay| delay.as_secs());
        assert_eq!([1, 2, 3, 4, 5].map(seconds), [Some(1), Some(2), Some(4), Some(8), None]);
    }

    #[test]
    fn s25_what_the_source_asks_for_is_kept_and_never_less_than_a_second() {
        for (asked, expected) in [(1, Some(1000)), (7_000, Some(7_000)), (300_000, Some(300_000)), (300_001, None)] {
            let waited = delay(1, Duration::from_millis(asked), 0.0).map(|delay| delay.as_millis());
            assert_eq!(waited, expected, "{asked}");
        }
    }

    #[test]
    fn s25_jitter_only_adds() {
        assert_eq!(delay(1, Duration::ZERO, 1.0), Some(Duration::from_secs(2)));
        assert_eq!(delay(1, Duration::from_secs(7), 1.0), Some(Duration::from_secs(8)));
    }
}
