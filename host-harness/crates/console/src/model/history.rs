//! What was done, and who decided it.

use jiff::Timestamp;

use super::{Named, Pager, RunKind, RunState, Trigger};

/// `/history` (`tab=decisions` for the decisions), a GET form with `integration`, `verdict` and `page`.
#[derive(Clone, Default)]
pub struct HistoryPage {
    /// Runs, or decisions.
    pub tab: HistoryTab,
    /// The filter of the runs.
    pub filter: RunFilter,
    /// The integrations to choose from.
    pub integrations: Vec<Named>,
    /// The runs of this page.
    pub runs: Vec<RunRow>,
    /// The decisions of this page.
    pub decisions: Vec<DecisionRow>,
    /// Where in the list they are.
    pub pager: Pager,
    /// For how many days runs are kept whole; none for ever.
    pub kept_days: Option<u64>,
}

/// Which list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HistoryTab {
    /// Runs.
    #[default]
    Runs,
    /// Decisions.
    Decisions,
}

/// Which runs are shown.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// The integration's ID, or nothing.
    pub integration: String,
    /// The verdict's word, as [`RunState`] in kebab-case (`needs-approval`), or nothing.
    pub verdict: String,
}

/// A run in a list.
#[derive(Clone, Default)]
pub struct RunRow {
    /// Its ID.
    pub id: String,
    /// Its tenant; only where there are several.
    pub tenant: Option<Named>,
    /// Its integration.
    pub integration: Named,
    /// What it was to do.
    pub kind: RunKind,
    /// How it is, or how it ended.
    pub state: RunState,
    /// Who or what started it.
    pub trigger: Trigger,
    /// When it started.
    pub started: Timestamp,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// People read.
    pub read: u64,
    /// Actions that were written.
    pub applied: u64,
    /// Actions that were skipped or not possible.
    pub not_applied: u64,
    /// The code of its first failure.
    pub failure: Option<String>,
    /// True if only the counts are kept.
    pub counts_only: bool,
}

/// What a person decided.
#[derive(Clone, Default)]
pub struct DecisionRow {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub kind: DecisionKind,
    /// The integration.
    pub integration: Named,
    /// The run it is about.
    pub run: Option<String>,
    /// Whom it is about: an employee ID or an account.
    pub subject: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
}

/// Decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionKind {
    /// A plan was approved.
    #[default]
    Approved,
    /// A plan was discarded.
    Discarded,
    /// An account was linked to another ID.
    Relinked,
    /// An account was unlinked.
    Unlinked,
    /// One of several accounts was chosen.
    ChoseAccount,
    /// A conflict was left as it is.
    Kept,
    /// A run was stopped.
    Cancelled,
    /// The integration was paused.
    Paused,
    /// The integration was resumed.
    Resumed,
}
