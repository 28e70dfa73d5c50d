//! The result of a run: the one record from which the text output, the JSON, the mail and the run log are made.

mod done;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::codes;
use crate::hash;
use crate::plan_file::IssuedPlan;
use connector_host::contract::{Action, GuardHit, Plan, Problem, Verdict};
use connector_host::sandbox::GuestError;

pub use done::{Done, EXCLUDED, figures};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunVerdict {
    /// The plan was applied.
    Done,
    /// A dry run: the plan could be applied, and was not (rule S22).
    Planned,
    /// A guard asks for a person (rule S19); nothing was written.
    NeedsApproval,
    /// The plan may not be applied at all; nothing was written.
    Blocked,
    /// The run failed; nothing was written.
    Failed,
}

impl RunVerdict {
    /// The word in JSON and in the run log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Planned => "planned",
            Self::NeedsApproval => "needs-approval",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
        }
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not applied: a dry run, a blocked plan, or one that waits for approval.
    Planned,
    /// Written.
    Applied,
    /// Skipped: the account changed since planning, or the action relied on a skipped one (rule S21).
    Stale,
    /// Not possible in this directory; the reason is a code of the catalogue.
    Failed(&'static str),
}

impl Outcome {
    /// The word in JSON (`status`).
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Stale => codes::STALE,
            Self::Failed(_) => "failed",
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadSummary {
    /// Pages read.
    pub pages: u64,
    /// Records read, duplicates included.
    pub employees: u64,
    /// What the source says there are.
    pub total: Option<u64>,
    /// Rule S17.
    pub complete: bool,
    /// Why the read ended early, if it did.
    pub stopped: Option<Failure>,
}

/// Why a run failed, for the person who corrects it. Serialized in a saved plan, whose read it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A code of the catalogue.
    pub code: String,
    /// The setting, attribute or field it is about.
    pub subject: Option<String>,
    /// What happened, in English.
    pub message: String,
    /// What to do, in English.
    pub remedy: String,
}

impl From<&GuestError> for Failure {
    fn from(error: &GuestError) -> Self {
        Self {
            code: error.code().to_owned(),
            subject: error.limit().map(str::to_owned),
            message: error.to_string(),
            remedy: error.remedy(),
        }
    }
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.clone(),
            subject: problem.subject.clone(),
            message: problem.message.clone(),
            remedy: problem.remedy.clone(),
        }
    }
}

/// One run, whole.
pub struct RunReport {
    /// Unique and sortable: the start in UTC and a random part.
    pub run: String,
    /// The tenant's integration name from the settings.
    pub tenant: String,
    /// When it started.
    pub started: Timestamp,
    /// Whether nothing was to be written (rule S22).
    pub dry_run: bool,
    /// How it ended.
    pub verdict: RunVerdict,
    /// SHA-256 over the plan's canonical form; what an approval names (rule S19).
    pub plan_hash: Option<String>,
    /// The plan, if it came to one.
    pub plan: Option<Plan>,
    /// The seal of the saved plan that this run applies ([`PlanFile::seal`](crate::PlanFile::seal)); none if the plan was made
    /// in this run. A plan with a seal is applied only by the directory that issued it.
    pub seal: Option<String>,
    /// One for each of the plan's actions, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// What was read.
    pub read: ReadSummary,
    /// Why it failed or was blocked; more than one for a form with several mistakes.
    pub failures: Vec<Failure>,
    /// What the connector noticed for the platform's operator, such as the day on which the source stops answering; each
    /// once a day, and never in the tenant's mail (rule S25).
    pub platform_notices: Vec<Failure>,
    /// Display names by employee ID, for the reader of mail and text; never stored, never logged.
    pub names: BTreeMap<String, String>,
    /// The accounts that have a part in a conflict, by the employee whose it is; for whoever decides it. Never stored, never
    /// logged.
    pub conflict_accounts: BTreeMap<String, Vec<String>>,
    /// Milliseconds by phase: `configure`, `read`, `plan`, `apply`.
    pub timings_ms: BTreeMap<&'static str, u64>,
}

/// A run as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredRun {
    /// The run's ID.
    pub id: String,
    /// The tenant's integration name.
    pub tenant: String,
    /// When it started: UTC, RFC 3339.
    pub started: String,
    /// How it ended ([`RunVerdict::as_str`]).
    pub verdict: String,
    /// The plan's hash, if it came to a plan.
    pub plan_hash: Option<String>,
    /// Pages read.
    pub pages: i64,
    /// Records read.
    pub employees: i64,
    /// What the source said there are.
    pub total: Option<i64>,
    /// Whether the read was complete (rule S17).
    pub complete: bool,
    /// Actions that were written.
    pub applied: i64,
    /// Actions that were skipped (rule S21).
    pub stale: i64,
    /// Actions that were not possible.
    pub failed: i64,
}

/// A run's name: sortable by its start, unique by a random part.
#[must_use]
pub fn id(started: Timestamp) -> String {
    format!("{}-{:06x}", started.strftime("%Y%m%dT%H%M%SZ"), fastrand::u32(..0x0100_0000))
}

impl RunReport {
    /// A run of which nothing is known yet but that it was started; failed until it is known better.
    #[must_use]
    pub fn blank(tenant: &str, started: Timestamp) -> Self {
        Self {
            run: id(started),
            tenant: tenant.to_owned(),
            started,
            dry_run: false,
            verdict: RunVerdict::Failed,
            plan_hash: None,
            plan: None,
            seal: None,
            outcomes: Vec::new(),
            read: ReadSummary::default(),
            failures: Vec::new(),
            platform_notices: Vec::new(),
            names: BTreeMap::new(),
            conflict_accounts: BTreeMap::new(),
            timings_ms: BTreeMap::new(),
        }
    }

    /// Takes a plan in: nothing of it is applied yet.
    pub fn take_plan(&mut self, plan: Plan, hash: String) {
        self.verdict = match &plan.verdict {
            Verdict::Ready => RunVerdict::Planned,
            Verdict::NeedsApproval(_) => RunVerdict::NeedsApproval,
            Verdict::Blocked(_) => RunVerdict::Blocked,
        };
        self.read.complete = plan.complete;
        self.outcomes = vec![Outcome::Planned; plan.actions.len()];
        self.plan_hash = Some(hash);
        self.plan = Some(plan);
    }

    /// The saved plan that this run applies, as the directory of this ID would have issued it; none if the plan was made in
    /// this run. The hash is the plan's own, whatever the file said.
    #[must_use]
    pub fn issued(&self, directory: Option<&str>) -> Option<IssuedPlan> {
        let (seal, plan) = (self.seal.clone()?, self.plan.as_ref()?);
        let hash = hash::of(plan, &self.tenant, directory);
        Some(IssuedPlan { hash, seal, tenant: self.tenant.clone() })
    }

    /// The actions with their outcomes.
    pub fn actions(&self) -> impl Iterator<Item = (&Action, &Outcome)> {
        self.plan.iter().flat_map(|plan| &plan.actions).zip(&self.outcomes)
    }

    /// Why the run failed or was blocked: what the plan's verdict says, then the failures.
    #[must_use]
    pub fn problems(&self) -> Vec<Failure> {
        let blocked = match self.plan.as_ref().map(|plan| &plan.verdict) {
            Some(Verdict::Blocked(problem)) => Some(Failure::from(problem)),
            _ => None,
        };
        blocked.into_iter().chain(self.failures.iter().cloned()).collect()
    }

    /// The guards that hold the plan back (rule S19); none once it was approved and applied.
    #[must_use]
    pub fn guards(&self) -> &[GuardHit] {
        match self.plan.as_ref().map(|plan| &plan.verdict) {
            Some(Verdict::NeedsApproval(guards)) if self.verdict != RunVerdict::Done => guards,
            _ => &[],
        }
    }

    /// An employee as a reader knows them: `Anna Schmidt (4711)`, or the ID alone where no name is known.
    #[must_use]
    pub fn display_name(&self, employee: &str) -> String {
        match self.names.get(employee) {
            Some(name) => format!("{name} ({employee})"),
            None => employee.to_owned(),
        }
    }
}
