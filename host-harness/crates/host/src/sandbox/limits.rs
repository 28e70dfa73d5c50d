//! What one tenant may use.
//!
//! One table: a row is the limit's documentation, name and default. From it come the settings file's `[limits]` keys, the
//! builder's setters, and the names that a [`GuestError`](super::GuestError) gives. Limits in several structs, by layer,
//! were rejected: somebody who raises a limit wants one place to look.

use std::time::Duration;

use crate::http::HttpLimits;

/// Declares [`Limits`] from rows of documentation, name and default. Every limit is a whole number; its unit is in its
/// name.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:expr;)+) => {
        /// A tenant's limits. Fields and settings keys have the same names: `memory_mib` is `memory-mib` in `[limits]`.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ #[doc = ""] #[doc = concat!("Default: ", stringify!($default), ".")] pub $name: u64,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            $(
                /// Sets the limit of the same name.
                #[must_use]
                pub const fn $name(mut self, value: u64) -> Self {
                    self.$name = value;
                    self
                }
            )+

            /// Every limit with its settings key and value, in the order of the table.
            #[must_use]
            pub fn rows(&self) -> Vec<(String, u64)> {
                vec![$((stringify!($name).replace('_', "-"), self.$name),)+]
            }

            /// Sets the limit with this settings key; false if there is none.
            pub fn set(&mut self, key: &str, value: u64) -> bool {
                match key.replace('-', "_").as_str() {
                    $(stringify!($name) => self.$name = value,)+
                    _ => return false,
                }
                true
            }

            /// These limits, for a platform that grants no more than `ceiling`. A limit that is left at its default gives
            /// way to a lower ceiling; one that was raised is what somebody counts on, and is refused.
            ///
            /// # Errors
            /// The first limit that is above its ceiling.
            pub fn under(&self, ceiling: &Self) -> Result<Self, AboveCeiling> {
                let default = Self::default();
                Ok(Self { $($name: under(stringify!($name), self.$name, default.$name, ceiling.$name)?,)+ })
            }
        }
    };
}

limits! {
    /// A component's file, in MiB. Checked before it is compiled.
    component_mib = 64;
    /// The time a component may take to compile, in milliseconds.
    compile_milliseconds = 60_000;
    /// The memory that compiling a component may take, in MiB of address space.
    compile_mib = 1_024;
    /// Linear memory, all of a tenant's memories together, in MiB.
    memory_mib = 256;
    /// Linear memories. A component composed of several has one for each; one with stubbed WASI has one more for the stubs.
    memories = 4;
    /// Elements of one table.
    table_elements = 20_000;
    /// Tables. A component composed of several has two for each.
    tables = 16;
    /// Core instances: a component is made of several, and one composed of three, with stubbed WASI, of sixty.
    instances = 64;
    /// One call's time, waiting for answers included, in milliseconds.
    call_milliseconds = 60_000;
    /// A tenant's time from its start, waits between calls included, in milliseconds.
    sync_milliseconds = 3_600_000;
    /// What the host copies out of the guest at one go, in MiB: a page, a hundred mapped records, a plan, a request. The
    /// host needs about this much memory for it, for as long as it is handled. Raise it for a company of which tens of
    /// thousands change at once.
    call_mib = 64;
    /// Handles a guest may hold at once: secrets, those of WASI, and its own.
    handles = 1_000;
    /// Log text of one sync, in KiB. What comes after is dropped; a guest that goes on for sixteen times as much is cut.
    log_kib = 256;
    /// The end of what a guest writes to its standard error, which a verdict quotes, in KiB.
    stderr_kib = 16;
    /// Pages of one read.
    pages = 20_000;
    /// Employees on one page.
    page_employees = 5_000;
    /// Employees of one read.
    employees = 250_000;
    /// Text of all mapped records of one read, in MiB: the host keeps it until the plan is made.
    read_mib = 256;
    /// A cursor's length in bytes.
    cursor_bytes = 4_096;
    /// Actions of one plan.
    actions = 1_000_000;
    /// Notices of one plan, and guards it names.
    notices = 10_000;
    /// Requests of one sync, redirects included.
    requests_per_sync = 10_000;
    /// Requests in any minute.
    requests_per_minute = 2_000;
    /// One request's time, its answer included, in milliseconds.
    request_milliseconds = 30_000;
    /// A request's size in bytes: URL, header fields and body.
    request_bytes = 1 << 20;
    /// An answer's size in bytes: header fields and decoded body.
    response_bytes = 16 << 20;
    /// Redirects followed for one request.
    redirects = 5;
    /// Requests that the policy refused; a guest that goes on asking is cut.
    denied_requests = 20;
}

/// A tenant's limit is above what the platform grants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limits.{limit} is set to {value}, but this platform allows at most {ceiling}")]
pub struct AboveCeiling {
    /// The limit's key in `[limits]`.
    pub limit: String,
    /// What the tenant's settings say.
    pub value: u64,
    /// What the platform grants.
    pub ceiling: u64,
}

fn under(name: &str, value: u64, default: u64, ceiling: u64) -> Result<u64, AboveCeiling> {
    if value <= ceiling || value == default {
        return Ok(value.min(ceiling));
    }
    Err(AboveCeiling { limit: name.replace('_', "-"), value, ceiling })
}

impl Limits {
    /// One call's time.
    #[must_use]
    pub const fn call_time(&self) -> Duration {
        Duration::from_millis(self.call_milliseconds)
    }

    /// A tenant's time.
    #[must_use]
    pub const fn sync_time(&self) -> Duration {
        Duration::from_millis(self.sync_milliseconds)
    }
}

impl From<&Limits> for HttpLimits {
    fn from(limits: &Limits) -> Self {
        Self {
            requests_per_sync: limits.requests_per_sync,
            requests_per_minute: limits.requests_per_minute,
            request_timeout: Duration::from_millis(limits.request_milliseconds),
            request_bytes: limits.request_bytes,
            response_bytes: limits.response_bytes,
            redirects: u32::try_from(limits.redirects).unwrap_or(u32::MAX),
        }
    }
}

/// A size in bytes as the machine counts; what does not fit is as good as no limit.
pub(super) fn bytes(count: u64, unit: u64) -> usize {
    usize::try_from(count.saturating_mul(unit)).unwrap_or(usize::MAX)
}

/// 1024 bytes.
pub(super) const KIB: u64 = 1024;
/// 1024 KiB.
pub(super) const MIB: u64 = 1024 * KIB;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_sets_what_it_names_and_nothing_else() {
        let mut limits = Limits::default();
        assert!(limits.set("memory-mib", 64) && limits.set("log-kib", 1));
        assert_eq!(limits, Limits::default().memory_mib(64).log_kib(1));
        assert!(!limits.set("memory-mb", 64));
    }

    #[test]
    fn a_ceiling_lowers_defaults_and_refuses_what_was_raised_above_it() {
        let ceiling = Limits::default().pages(10).tables(100);
        let under = |limits: Limits| limits.under(&ceiling);
        assert_eq!(under(Limits::default()), Ok(Limits::default().pages(10)));
        assert_eq!(under(Limits::default().pages(9).tables(100)), Ok(Limits::default().pages(9).tables(100)));
        let refusal = |limits| under(limits).map_err(|above| above.to_string());
        let words = "limits.pages is set to 11, but this platform allows at most 10".to_owned();
        assert_eq!(refusal(Limits::default().pages(11)), Err(words));
        assert!(refusal(Limits::default().tables(101)).is_err());
    }

    #[test]
    fn every_row_has_a_settings_key_that_sets_it() {
        let rows = Limits::default().rows();
        assert!(rows.contains(&("memory-mib".to_owned(), 256)), "{rows:?}");
        for (index, (key, default)) in rows.iter().enumerate() {
            let mut limits = Limits::default();
            assert!(limits.set(key, default + 1));
            assert_eq!(limits.rows().get(index), Some(&(key.clone(), default + 1)));
        }
    }

    #[test]
    fn the_network_s_defaults_are_the_same_here_and_there() {
        assert_eq!(HttpLimits::from(&Limits::default()), HttpLimits::default());
    }

    #[test]
    fn a_size_that_does_not_fit_is_no_limit() {
        assert_eq!(bytes(u64::MAX, MIB), usize::MAX);
    }
}
