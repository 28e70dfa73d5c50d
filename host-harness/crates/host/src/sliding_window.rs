//! At most so many in any span of time: how a rate limit counts.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A count of what happened in the last span.
#[derive(Debug)]
pub struct SlidingWindow {
    most: usize,
    span: Duration,
    counted: VecDeque<Instant>,
}

impl SlidingWindow {
    /// At most this many in any span of this length.
    #[must_use]
    pub const fn new(most: usize, span: Duration) -> Self {
        Self { most, span, counted: VecDeque::new() }
    }

    /// True if one more would not be too many.
    pub fn has_room(&mut self, now: Instant) -> bool {
        while self.counted.front().is_some_and(|then| now.saturating_duration_since(*then) >= self.span) {
            self.counted.pop_front();
        }
        self.counted.len() < self.most
    }

    /// Counts one.
    pub fn count(&mut self, now: Instant) {
        self.counted.push_back(now);
    }

    /// The last one does not count after all.
    pub fn take_back(&mut self) {
        self.counted.pop_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_once_the_first_is_a_span_old() {
        let (mut window, start) = (SlidingWindow::new(2, Duration::from_secs(10)), Instant::now());
        let mut at = |seconds| {
            let now = start + Duration::from_secs(seconds);
            let has_room = window.has_room(now);
            if has_room {
                window.count(now);
            }
            has_room
        };
        assert_eq!([0, 4, 9, 10, 13, 14].map(&mut at), [true, true, false, true, false, true]);
    }
}
