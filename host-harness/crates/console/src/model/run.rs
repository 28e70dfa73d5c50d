//! A run.

use jiff::Timestamp;

use super::{Change, FieldError, Figures, LastRun, Live, Named, Pager, Person, Progress, Remark};

/// `/runs/{id}`.
#[derive(Clone, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each says whether one thing is offered; they do not depend on each other"
)]
pub struct RunPage {
    /// Its ID.
    pub id: String,
    /// Its integration.
    pub integration: Named,
    /// What it was to do.
    pub kind: RunKind,
    /// How it is, or how it ended.
    pub state: RunState,
    /// Who or what started it.
    pub trigger: Trigger,
    /// When it started, or was put in the queue.
    pub started: Timestamp,
    /// Until when its source asked to wait, of one that waits.
    pub waits_until: Option<Timestamp>,
    /// How long it took, or has taken.
    pub duration_ms: Option<u64>,
    /// Where it is; none once it is over.
    pub progress: Option<Progress>,
    /// Whether it can be stopped: POST `/runs/{id}/cancel`.
    pub can_cancel: bool,
    /// How the page follows it; none once it is over.
    pub live: Option<Live>,
    /// The guards that hold the plan back.
    pub guards: Vec<Guard>,
    /// Why it failed or was blocked.
    pub failures: Vec<Remark>,
    /// Why the read ended early.
    pub read_stopped: Option<Remark>,
    /// The plan's notices.
    pub notices: Vec<Remark>,
    /// Actions that were not carried out, by why.
    pub not_carried_out: Vec<Remark>,
    /// The figures.
    pub figures: Option<Figures>,
    /// The plan.
    pub plan: Option<PlanTable>,
    /// The plan's hash.
    pub plan_hash: Option<String>,
    /// Whether the plan can be approved and discarded now.
    pub approval: Option<Approval>,
    /// What has changed in the directory since the plan was made.
    pub drift: Option<Drift>,
    /// What a person decided about the plan.
    pub decision: Option<RunDecision>,
    /// The mail as it was sent; its text is at `/runs/{id}/mail`.
    pub mail: Option<MailView>,
    /// Whether the run can be downloaded: `/runs/{id}/download.json` and `.csv`.
    pub can_download: bool,
    /// True if only the counts of this run are kept.
    pub counts_only: bool,
    /// Of a run that asked about one person, who.
    pub explains: Option<Person>,
    /// The run that follows, such as the sync that applied this preview.
    pub followed_by: Option<LastRun>,
    /// Whether the reader can start the same again: POST `/integrations/{id}/sync` or `/preview`.
    pub can_repeat: bool,
}

/// What a run is to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunKind {
    /// Plan and apply.
    #[default]
    Sync,
    /// Plan and apply nothing.
    Preview,
    /// Test the connection.
    Test,
    /// Ask about one person.
    Explain,
}

/// How a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunState {
    /// It waits for its turn.
    #[default]
    Queued,
    /// It is going on.
    Running,
    /// It stops at the next safe point.
    Cancelling,
    /// A person stopped it.
    Cancelled,
    /// The plan was applied; of a test, it passed.
    Done,
    /// The plan was made and could be applied.
    Planned,
    /// A guard asks for a person.
    NeedsApproval,
    /// The plan was approved, and another run applies it.
    Approved,
    /// A person discarded the plan.
    Discarded,
    /// The plan may not be applied.
    Blocked,
    /// It failed.
    Failed,
    /// The service stopped in the middle of it.
    Interrupted,
}

/// Who or what started a run.
#[derive(Clone, Default)]
pub enum Trigger {
    /// The schedule.
    #[default]
    Schedule,
    /// Somebody on these pages: an address.
    User(String),
    /// A token of the API: its name.
    Token(String),
    /// Somebody who approved a plan: their address, and the plan's run.
    Approval(String, String),
    /// The service itself, after it was interrupted.
    Restart,
}

/// A guard that holds the plan back.
#[derive(Clone, Default)]
pub struct Guard {
    /// Its code.
    pub code: String,
    /// The field, for a guard that looks at one.
    pub field: Option<String>,
    /// How many are allowed without asking.
    pub limit: u64,
    /// How many the plan has.
    pub actual: u64,
    /// Whom it hits; not more than a page wants to show.
    pub people: Vec<Person>,
}

/// The plan as a table. Its filter is a GET form with `q`, `operation` and `outcome`; `page` is added by its links.
#[derive(Clone, Default)]
pub struct PlanTable {
    /// The rows of this page.
    pub rows: Vec<ActionRow>,
    /// The filter they fit.
    pub filter: PlanFilter,
    /// Where in the list they are.
    pub pager: Pager,
    /// Actions without a filter.
    pub actions: u64,
}

/// What the table shows.
#[derive(Clone, Default)]
pub struct PlanFilter {
    /// A part of a name or of an ID.
    pub q: String,
    /// An operation's name in JSON, or nothing.
    pub operation: String,
    /// An outcome's name in JSON, or nothing.
    pub outcome: String,
}

/// One action.
#[derive(Clone, Default)]
pub struct ActionRow {
    /// Its ID in the plan.
    pub id: String,
    /// The operation, by its name in JSON: `create`, `link`, `update`, `set-supervisor`, `add-to-group`, `invite`.
    pub operation: String,
    /// For whom.
    pub person: Person,
    /// What changes.
    pub changes: Vec<Change>,
    /// Why: a code.
    pub reason: String,
    /// What became of it: `planned`, `applied`, `stale`, `failed`.
    pub outcome: String,
    /// Why it failed: a code.
    pub failure: Option<String>,
}

/// What a person types to approve: the number of actions, in the field `confirm`.
#[derive(Debug, Clone, Default)]
pub struct Approval {
    /// The number of actions.
    pub actions: u64,
    /// What is wrong with what was typed.
    pub error: Option<FieldError>,
    /// True if no guard asks: a preview that a person applies.
    pub is_preview: bool,
}

/// What has changed since the plan was made. The plan cannot be approved any more.
#[derive(Clone, Default)]
pub struct Drift {
    /// What has changed; not more than a page wants to show.
    pub rows: Vec<DriftRow>,
    /// How much has changed.
    pub total: u64,
}

/// One thing that has changed.
#[derive(Clone, Default)]
pub struct DriftRow {
    /// Whose account.
    pub person: Person,
    /// How.
    pub kind: DriftKind,
    /// The fields that have changed, with the values that the plan knew and those that are there now.
    pub changes: Vec<Change>,
}

/// How an account has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DriftKind {
    /// It has other values.
    #[default]
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is linked to somebody else, or to nobody.
    Relinked,
}

/// What a person decided about a plan.
#[derive(Clone)]
pub struct RunDecision {
    /// Approved, or discarded.
    pub approved: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A mail about a run.
#[derive(Clone, Default)]
pub struct MailView {
    /// Its subject.
    pub subject: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// When it was sent.
    pub at: Option<Timestamp>,
    /// Where it is.
    pub state: MailState,
}

/// Where a mail is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MailState {
    /// It waits to be sent.
    #[default]
    Waiting,
    /// It was handed over.
    Sent,
    /// It cannot be delivered: why.
    Undelivered(String),
}
