//! Who watches a run. The driver reports what happens; how it looks is the watcher's business.

use std::time::Duration;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The form is checked and the connection tested.
    Configure,
    /// Pages are read and mapped.
    Read,
    /// The plan is made.
    Plan,
    /// The plan is applied.
    Apply,
    /// The run is over.
    Done,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] = [Self::Configure, Self::Read, Self::Plan, Self::Apply, Self::Done];

    /// A word for a person.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Read => "read",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Done => "done",
        }
    }
}

/// A watcher.
pub trait Progress: Send + Sync {
    /// A phase begins.
    fn phase(&self, phase: Phase);
    /// A page was read and mapped: how many so far, of how many if the source says.
    fn page(&self, pages: u64, employees: u64, total: Option<u64>);
    /// The source asks to wait.
    fn waiting(&self, delay: Duration, attempt: u32, why: &str);
}

/// Nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: Phase) {}
    fn page(&self, _: u64, _: u64, _: Option<u64>) {}
    fn waiting(&self, _: Duration, _: u32, _: &str) {}
}
