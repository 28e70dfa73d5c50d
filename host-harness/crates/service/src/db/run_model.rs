//! What is kept of a run, and what people decided about it.

use std::fmt;

use connector_sync::run::Failure;

use crate::live::Position;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// Read, plan, apply, mail.
    Sync,
    /// Read and plan; nothing is applied until a person approves.
    Preview,
    /// Apply the plan of an earlier run.
    Apply,
}

impl RunKind {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Preview => "preview",
            Self::Apply => "apply",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        match name {
            "preview" => Self::Preview,
            "apply" => Self::Apply,
            _ => Self::Sync,
        }
    }
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It waits for a worker.
    Queued,
    /// It is at work.
    Running,
    /// It is over, one way or another: see its verdict.
    Ended,
}

impl RunState {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "running" => Self::Running,
            _ => Self::Ended,
        }
    }
}

/// Who or what started a run.
#[derive(Clone, PartialEq, Eq)]
pub enum Cause {
    /// A user, by address.
    User(String),
    /// The integration's schedule.
    Schedule,
}

impl Cause {
    const SCHEDULE: &'static str = "schedule";

    pub(super) fn stored(&self) -> &str {
        match self {
            Self::User(email) => email,
            Self::Schedule => Self::SCHEDULE,
        }
    }

    pub(super) fn read(text: String) -> Self {
        if text == Self::SCHEDULE { Self::Schedule } else { Self::User(text) }
    }
}

/// What a person decided about a run's plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is applied by another run.
    Approved,
    /// It is not to be applied.
    Discarded,
}

impl Decided {
    /// The word in the database and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Discarded => "discarded",
        }
    }
}

/// A run. No `Debug`: its cause may be a person's address.
#[derive(Clone)]
pub struct Run {
    /// The run's ID: the directory's log has the same.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// Of which integration.
    pub integration: String,
    /// What it is for.
    pub kind: RunKind,
    /// Who or what started it.
    pub cause: Cause,
    /// Of an apply: the run whose plan it applies.
    pub plan_of: Option<String>,
    /// Where it is.
    pub state: RunState,
    /// How it ended: a run's verdict ([`connector_sync::run::RunVerdict::as_str`]), `stopped` or `interrupted`.
    pub verdict: Option<String>,
    /// The plan's hash, if it came to a plan.
    pub plan_hash: Option<String>,
    /// When it was asked for: UTC, RFC 3339.
    pub queued: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Actions planned.
    pub actions: u64,
    /// Actions applied.
    pub applied: u64,
    /// Counts by what became of people, as JSON.
    pub counts: String,
    /// Why it failed or was blocked.
    pub failures: Vec<Failure>,
    /// What a person decided about its plan.
    pub decided: Option<Decided>,
    /// Where it is, as its worker last said.
    pub progress: Option<Position>,
    /// How often it was given to a worker.
    pub deliveries: u64,
    /// How often its source had it begin anew.
    pub postponed: u64,
    /// Before when it is not to be begun, in seconds since 1970: its source asked for that.
    pub not_before: Option<i64>,
    /// Whether its detail is still kept.
    pub has_detail: bool,
}

/// A run that is asked for.
pub struct NewRun {
    /// Its ID.
    pub id: String,
    /// Whose.
    pub tenant: String,
    /// Of which integration.
    pub integration: String,
    /// What for.
    pub kind: RunKind,
    /// Who or what asks.
    pub cause: Cause,
    /// The due time, of a scheduled one.
    pub slot: Option<i64>,
    /// The run whose plan is applied.
    pub plan_of: Option<String>,
}

/// What came of approving a plan.
pub enum Approval {
    /// This run applies it.
    By(String),
    /// Something was decided before.
    NotWaiting,
    /// This run of the integration waits or is at work.
    Busy(String),
}

/// What is noted of a run at its end.
#[derive(Clone, Default)]
pub struct Ended {
    /// How.
    pub verdict: String,
    /// The plan's hash.
    pub plan_hash: Option<String>,
    /// Pages read.
    pub pages: u64,
    /// Records read.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Actions planned.
    pub actions: u64,
    /// Actions applied.
    pub applied: u64,
    /// Counts as JSON.
    pub counts: String,
    /// Why it failed.
    pub failures: Vec<Failure>,
    /// The sealed detail.
    pub detail: Option<Vec<u8>>,
}

/// Which runs come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// The latest.
    #[default]
    Latest,
    /// Those that failed, then the latest.
    Failing,
    /// Those that took longest.
    Slowest,
}

impl RunOrder {
    pub(super) const fn by(self) -> &'static str {
        match self {
            Self::Latest => "queued DESC, id DESC",
            Self::Failing => {
                "CASE WHEN verdict IN ('failed', 'interrupted', 'blocked') THEN 0 ELSE 1 END, queued DESC, id DESC"
            }
            Self::Slowest => {
                "milliseconds_of(coalesce(ended, now_utc())) - milliseconds_of(coalesce(started, queued)) DESC, id DESC"
            }
        }
    }
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of this integration alone.
    pub integration: Option<String>,
    /// With this verdict alone.
    pub verdict: Option<String>,
    /// So many at most.
    pub limit: u32,
    /// After so many.
    pub offset: u32,
    /// Which first.
    pub order: RunOrder,
}

/// What a person decided. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Decision {
    /// Of which integration.
    pub integration: String,
    /// Of which run.
    pub run: Option<String>,
    /// When: UTC, RFC 3339.
    pub decided: String,
    /// Who, by address.
    pub by: String,
    /// `approve`, `discard`, `relink`, `unlink` or `keep`.
    pub kind: String,
    /// Account and employee IDs.
    pub about: String,
    /// Why, in the words of the person.
    pub reason: String,
}

impl fmt::Display for RunKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
