//! When an integration is due next: a pure function of its schedule, the time and its identifier.
//!
//! Hourly syncs are spread over the hour by the identifier, so that all tenants do not ask at the full hour. A daily one is at the
//! time that the admin chose, in their own time zone: where the clock is put forward past that time, at the first moment after;
//! where it is put back and the time comes twice, the first time.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How often an integration is synced by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "every", rename_all = "kebab-case")]
pub enum Schedule {
    /// Never.
    #[default]
    Off,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily {
        /// At this time, `HH:MM`.
        at: String,
        /// In this time zone, such as `Europe/Berlin`.
        zone: String,
    },
}

/// Reads a time of day, `HH:MM`.
#[must_use]
pub fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Reads a time zone's name.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name.trim()).ok()
}

impl Schedule {
    /// The first due time after `now`, in seconds since 1970; none without a schedule.
    #[must_use]
    pub fn next(&self, integration: &str, now: Timestamp) -> Option<i64> {
        match self {
            Self::Off => None,
            Self::Hourly => {
                const HOUR: i64 = 3_600;
                let offset = offset(integration, HOUR);
                let since = (now.as_second() - offset).rem_euclid(HOUR);
                Some(now.as_second() - since + HOUR)
            }
            Self::Daily { at, zone } => {
                let (at, zone) = (time_of_day(at)?, time_zone(zone)?);
                let today = now.to_zoned(zone.clone()).date();
                let on = |date: jiff::civil::Date| zone.to_ambiguous_zoned(date.to_datetime(at)).compatible().ok();
                [today, today.checked_add(1.day()).ok()?, today.checked_add(2.days()).ok()?]
                    .into_iter()
                    .filter_map(on)
                    .map(|due| due.timestamp())
                    .find(|due| *due > now)
                    .map(Timestamp::as_second)
            }
        }
    }

    /// Whether a due time lies further off than the schedule allows: the clock was set back since.
    #[must_use]
    pub fn is_too_far(&self, integration: &str, due: i64, now: Timestamp) -> bool {
        let most = match self {
            Self::Off => return false,
            Self::Hourly => SignedDuration::from_hours(1),
            Self::Daily { .. } => SignedDuration::from_hours(25),
        };
        due > now.as_second().saturating_add(most.as_secs()) && self.next(integration, now).is_some()
    }
}

/// A number below `range` that is always the same for an identifier.
fn offset(integration: &str, range: i64) -> i64 {
    let hash = Sha256::digest(integration.as_bytes());
    let number = hash.iter().take(7).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    number.rem_euclid(range)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn daily(at: &str, zone: &str) -> Schedule {
        Schedule::Daily { at: at.to_owned(), zone: zone.to_owned() }
    }

    fn next(schedule: &Schedule, now: &str) -> String {
        let due = schedule.next("a", now.parse().unwrap()).unwrap();
        Timestamp::from_second(due).unwrap().to_string()
    }

    #[test]
    fn a_day_has_its_time_in_the_admins_zone_summer_and_winter() {
        let schedule = daily("06:30", "Europe/Berlin");
        for (now, due) in [
            ("2026-11-27T05:00:00Z", "2026-11-27T05:30:00Z"),
            ("2026-11-27T05:30:00Z", "2026-11-28T05:30:00Z"),
            ("2026-07-01T03:00:00Z", "2026-07-01T04:30:00Z"),
        ] {
            assert_eq!(next(&schedule, now), due);
        }
        // 2:30 does not exist on this day, and comes twice on the other.
        let night = daily("02:30", "Europe/Berlin");
        assert_eq!(next(&night, "2026-03-29T00:00:00Z"), "2026-03-29T01:30:00Z");
        assert_eq!(next(&night, "2026-10-25T00:00:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(next(&night, "2026-10-25T00:30:00Z"), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_is_no_time_or_zone_is_never_due() {
        let now = Timestamp::UNIX_EPOCH;
        for schedule in [Schedule::Off, daily("25:00", "Europe/Berlin"), daily("6", "UTC"), daily("06:00", "Mars/Base")]
        {
            assert_eq!(schedule.next("a", now), None, "{schedule:?}");
        }
    }

    proptest! {
        #[test]
        fn hourly_syncs_are_an_hour_apart_and_spread(id in "[a-z]{12}", second in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            let due = Schedule::Hourly.next(&id, now).unwrap();
            prop_assert!(due > second && due <= second + 3_600);
            let after = Schedule::Hourly.next(&id, Timestamp::from_second(due).unwrap());
            prop_assert_eq!(after, Some(due + 3_600));
        }

        #[test]
        fn a_clock_that_was_set_back_is_noticed(hours in 2_i64..1_000, second in 0_i64..4_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            for schedule in [Schedule::Hourly, daily("06:30", "Europe/Berlin")] {
                let due = schedule.next("a", now).unwrap();
                prop_assert!(!schedule.is_too_far("a", due, now));
                prop_assert!(schedule.is_too_far("a", due + hours * 90_000, now));
            }
        }
    }
}
