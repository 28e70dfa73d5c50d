//! Personio's rate limits: 300 a minute and 15 a second for a credential, 2000 a minute for an address, and 60 log-ins a
//! minute with a minute of refusal after the last one too many.
//!
//! There is one credential here and one address, so one set of counters will do.

use std::time::{Duration, Instant};

use connector_host::sliding_window::SlidingWindow;

use super::faults::Requests;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// What was let through lately.
pub struct RateLimits {
    log_ins: SlidingWindow,
    log_ins_refused_until: Option<Instant>,
    reads: [SlidingWindow; 2],
    all: SlidingWindow,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            log_ins: SlidingWindow::new(60, MINUTE),
            log_ins_refused_until: None,
            reads: [SlidingWindow::new(300, MINUTE), SlidingWindow::new(15, SECOND)],
            all: SlidingWindow::new(2000, MINUTE),
        }
    }
}

impl RateLimits {
    /// Lets one request through, or does not. What is refused does not count.
    pub fn admit(&mut self, request: Requests, now: Instant) -> bool {
        let admitted = self.all.has_room(now)
            && if request == Requests::Auth { self.admit_log_in(now) } else { self.admit_read(now) };
        if admitted {
            self.all.count(now);
        }
        admitted
    }

    fn admit_log_in(&mut self, now: Instant) -> bool {
        if self.log_ins_refused_until.is_some_and(|until| now < until) {
            return false;
        }
        if self.log_ins.has_room(now) {
            self.log_ins.count(now);
            return true;
        }
        self.log_ins_refused_until = Some(now + MINUTE);
        false
    }

    fn admit_read(&mut self, now: Instant) -> bool {
        let has_room = self.reads.iter_mut().all(|window| window.has_room(now));
        if has_room {
            self.reads.iter_mut().for_each(|window| window.count(now));
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `tries`, one each `gap`, are let through.
    fn admitted(request: Requests, tries: u32, gap: Duration) -> usize {
        let (mut limits, start) = (RateLimits::default(), Instant::now());
        (0..tries).filter(|nth| limits.admit(request, start + gap * *nth)).count()
    }

    #[test]
    fn fifteen_reads_a_second_and_three_hundred_a_minute_are_let_through() {
        assert_eq!(admitted(Requests::Employees, 40, Duration::ZERO), 15);
        assert_eq!(admitted(Requests::Employees, 14 * 20, Duration::from_millis(72)), 280, "14 a second, 20 seconds");
        assert_eq!(admitted(Requests::Attributes, 400, Duration::from_millis(100)), 300, "10 a second, 40 seconds");
    }

    #[test]
    fn one_log_in_too_many_costs_a_minute() {
        let (mut limits, start) = (RateLimits::default(), Instant::now());
        let mut at = |seconds| limits.admit(Requests::Auth, start + Duration::from_secs(seconds));
        assert!((0..60).all(|_| at(0)));
        let late = [59, 60, 118, 119].map(at);
        assert_eq!(late, [false, false, false, true], "60 s from the refusal on, not from the log-ins");
    }
}
