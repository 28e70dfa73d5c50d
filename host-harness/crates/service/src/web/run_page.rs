//! A run as its page shows it: from its row, its detail, and where it is right now.

use std::collections::BTreeMap;

use connector_common::key;
use connector_console::model::{
    ActionRow, Approval, Change, Drift, DriftKind, DriftRow, FieldError, Figures, Guard, Live, MailState, MailView,
    Named, Pager, Person, PlanFilter, PlanTable, Progress, Remark, RunDecision, RunKind, RunPage, RunState, Trigger,
};
use connector_host::contract::{Action, Counts, Operation, Plan, Verdict};
use connector_host::names::{field_name, operation_name};
use connector_sync::changes::changes;
use connector_sync::codes;
use jiff::Timestamp;

use super::integration_form::{progress, remark};
use super::integrations::{last_run, time};
use super::{Ask, Oops};
use crate::db::{self, Cause, Decided, Integration, Run};
use crate::detail::{self, Detail};

/// How many people a notice names on a page.
const MOST_PEOPLE: usize = 50;
/// Rows of a plan on a page.
pub const ROWS: u64 = 100;

/// A run with all that its page needs.
pub struct RunView {
    /// The run.
    pub run: Run,
    /// Its integration.
    pub integration: Integration,
    /// Its detail, if it is still kept and its key is there.
    pub detail: Option<Detail>,
    /// The run that applies its plan.
    pub follower: Option<Run>,
    /// What has changed since.
    pub drift: Vec<detail::Drift>,
    /// Who decided what about its plan.
    pub decision: Option<db::Decision>,
}

impl RunView {
    /// Reads all of it.
    pub async fn read(ask: &Ask) -> Result<Self, Oops> {
        let run = ask.run().await?;
        let engine = ask.engine();
        let integration = ask.integration_by(&run.integration).await?;
        let sealed = if run.has_detail { engine.db.run_detail(&run.id).await? } else { None };
        let detail = sealed.and_then(|sealed| Detail::open(&engine.keys, &run.id, &sealed).ok());
        let follower = engine.db.run_of_plan(&run.id).await?;
        let mut view = Self { drift: Vec::new(), decision: None, run, integration, detail, follower };
        view.decision = engine.db.decision_of(&view.run.id).await?;
        if view.waits() {
            view.drift = view.look_for_drift(ask)?;
        }
        if !view.drift.is_empty() {
            // What has changed may be what this plan did, approved between the two looks.
            view.run = ask.run().await?;
            if !view.waits() {
                view.drift.clear();
                view.follower = engine.db.run_of_plan(&view.run.id).await?;
                view.decision = engine.db.decision_of(&view.run.id).await?;
            }
        }
        Ok(view)
    }

    /// Whether the plan waits for a person.
    #[must_use]
    pub fn waits(&self) -> bool {
        let run = &self.run;
        run.state == db::RunState::Ended
            && run.kind != db::RunKind::Apply
            && run.decided.is_none()
            && matches!(run.verdict.as_deref(), Some("planned" | "needs-approval"))
            && self.plan().is_some_and(|plan| !plan.actions.is_empty())
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        Some(&self.detail.as_ref()?.plan.as_ref()?.plan)
    }

    fn look_for_drift(&self, ask: &Ask) -> Result<Vec<detail::Drift>, Oops> {
        let (Some(plan), Some(detail)) = (self.plan(), &self.detail) else { return Ok(Vec::new()) };
        let directory = ask.engine().read_directory(&self.integration).map_err(|error| {
            tracing::error!("{error}");
            Oops::Internal
        })?;
        let Some(directory) = directory else { return Ok(Vec::new()) };
        let now = directory.snapshot().map_err(|error| {
            tracing::error!("{error}");
            Oops::Internal
        })?;
        Ok(detail::drift(plan, &detail.accounts, &now))
    }

    /// Somebody, with the name that the plan knew.
    fn person(&self, employee: &str) -> Person {
        let name = self.detail.as_ref().and_then(|detail| detail.name(employee)).map(str::to_owned);
        Person { employee: employee.to_owned(), name }
    }

    fn people(&self, employees: &[String]) -> Vec<Person> {
        employees.iter().take(MOST_PEOPLE).map(|employee| self.person(employee)).collect()
    }

    /// The page; `error` is what is wrong with a typed confirmation.
    #[must_use]
    pub fn page(&self, ask: &Ask, error: Option<FieldError>) -> RunPage {
        let run = &self.run;
        let position = ask.engine().position(run);
        let is_over = run.state == db::RunState::Ended;
        let is_stopping = position.as_ref().is_some_and(|position| position.is_stopping);
        let path = format!("/runs/{}", run.id);
        let waits = self.waits();
        let started = time(run.started.as_ref().unwrap_or(&run.queued));
        RunPage {
            id: run.id.clone(),
            integration: named(&self.integration),
            kind: kind(run.kind),
            state: state(run, is_stopping),
            trigger: trigger(run),
            started,
            duration_ms: duration(run, started),
            progress: (!is_over).then(|| position.as_ref().map_or_else(Progress::default, progress)),
            can_cancel: !is_over && !is_stopping,
            live: (!is_over).then(|| Live { events: format!("{path}/events"), page: path }),
            guards: if run.verdict.as_deref() == Some("done") { Vec::new() } else { self.guards() },
            failures: run.failures.iter().map(remark).collect(),
            read_stopped: self.detail.as_ref().and_then(|detail| detail.stopped.as_ref()).map(remark),
            notices: self.notices(),
            not_carried_out: self.not_carried_out(),
            figures: self.figures(),
            plan: self.table(ask),
            plan_hash: run.plan_hash.clone(),
            approval: (waits && self.drift.is_empty()).then(|| Approval {
                actions: run.actions,
                error,
                is_preview: run.verdict.as_deref() == Some("planned"),
            }),
            drift: (waits && !self.drift.is_empty()).then(|| self.drift()),
            decision: self.decision(),
            mail: self.mail(),
            can_download: self.detail.is_some(),
            counts_only: is_over && self.detail.is_none() && run.actions > 0,
            explains: None,
            followed_by: self.follower.as_ref().map(last_run),
            can_repeat: is_over,
        }
    }

    fn guards(&self) -> Vec<Guard> {
        let Some(Verdict::NeedsApproval(hits)) = self.plan().map(|plan| &plan.verdict) else { return Vec::new() };
        let guard = |hit: &connector_host::contract::GuardHit| Guard {
            code: hit.guard.clone(),
            field: hit.field.as_ref().map(|field| field_name(field).to_owned()),
            limit: hit.limit,
            actual: hit.actual,
            people: self.people(&hit.employees),
        };
        hits.iter().map(guard).collect()
    }

    fn notices(&self) -> Vec<Remark> {
        let notices = self.plan().into_iter().flat_map(|plan| &plan.notices);
        let notice = |notice: &connector_host::contract::Notice| Remark {
            code: notice.code.clone(),
            count: notice.count,
            detail: notice.detail.as_ref().map(|detail| {
                if connector_report::catalogue::names_a_person(&notice.code) {
                    let person = self.person(detail);
                    person.name.map_or_else(|| detail.clone(), |name| format!("{name} ({detail})"))
                } else {
                    detail.clone()
                }
            }),
            people: self.people(&notice.employees),
            message: None,
            remedy: None,
        };
        notices.map(notice).collect()
    }

    fn outcomes(&self) -> impl Iterator<Item = (&Action, &(String, Option<String>))> {
        let actions = self.plan().into_iter().flat_map(|plan| &plan.actions);
        actions.zip(self.detail.iter().flat_map(|detail| &detail.outcomes))
    }

    fn not_carried_out(&self) -> Vec<Remark> {
        let mut by_code: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (action, (outcome, failure)) in self.outcomes() {
            let code = match outcome.as_str() {
                "stale" => codes::STALE,
                "failed" => failure.as_deref().unwrap_or_default(),
                _ => continue,
            };
            by_code.entry(code).or_default().push(action.employee.clone());
        }
        let remark = |(code, employees): (&str, Vec<String>)| Remark {
            code: code.to_owned(),
            count: employees.len() as u64,
            people: self.people(&employees),
            ..Remark::default()
        };
        by_code.into_iter().map(remark).collect()
    }

    fn figures(&self) -> Option<Figures> {
        let counts: Counts = serde_json::from_str(&self.run.counts).ok()?;
        let done = self.detail.as_ref().and_then(|detail| detail.done).map(|done| connector_sync::run::Done {
            created: done.created,
            linked: done.linked,
            updated: done.updated,
            supervisors: done.supervisors,
            group_additions: done.group_additions,
            invitations: done.invitations,
        });
        Some(Figures { counts, done })
    }

    fn table(&self, ask: &Ask) -> Option<PlanTable> {
        let plan = self.plan()?;
        let filter = PlanFilter {
            q: ask.query.text("q"),
            operation: ask.query.text("operation"),
            outcome: ask.query.text("outcome"),
        };
        let wanted = key(&filter.q);
        let fits = |(action, (outcome, _)): &(&Action, &(String, Option<String>))| {
            let name = || self.detail.as_ref().and_then(|detail| detail.name(&action.employee)).unwrap_or_default();
            (filter.operation.is_empty() || operation_name(&action.operation) == filter.operation)
                && (filter.outcome.is_empty() || *outcome == filter.outcome)
                && (wanted.is_empty() || key(&action.employee).contains(&*wanted) || key(name()).contains(&*wanted))
        };
        let fitting: Vec<_> = self.outcomes().filter(fits).collect();
        let total = fitting.len() as u64;
        let page = ask.page().min(total.div_ceil(ROWS).max(1));
        let skip = usize::try_from((page - 1).saturating_mul(ROWS)).unwrap_or(usize::MAX);
        let rows = fitting.into_iter().skip(skip).take(usize::try_from(ROWS).unwrap_or(100));
        Some(PlanTable {
            rows: rows.map(|(action, outcome)| self.row(action, outcome)).collect(),
            filter,
            pager: Pager { page, size: ROWS, total },
            actions: plan.actions.len() as u64,
        })
    }

    /// One action, as a page and a table for a spreadsheet show it.
    #[must_use]
    pub fn row(&self, action: &Action, (outcome, failure): &(String, Option<String>)) -> ActionRow {
        let change = |change: &connector_sync::changes::FieldChange<'_>| Change {
            field: change.field.to_owned(),
            before: change.before.map(|before| self.shown(action, change.field, before, true)),
            after: change.after.map(|after| self.shown(action, change.field, after, false)),
        };
        ActionRow {
            id: action.id.clone(),
            operation: operation_name(&action.operation).to_owned(),
            person: self.person(&action.employee),
            changes: changes(&action.operation).iter().map(change).collect(),
            reason: action.reason.clone(),
            outcome: outcome.clone(),
            failure: failure.clone(),
        }
    }

    /// A supervisor is an ID in the plan, and somebody with a name to a reader.
    fn shown(&self, action: &Action, field: &str, value: &str, is_before: bool) -> String {
        if field != "supervisor" || !matches!(action.operation, Operation::SetSupervisor(_)) {
            return value.to_owned();
        }
        let Some(detail) = &self.detail else { return value.to_owned() };
        let account = detail.accounts.iter().find(|account| is_before && account.id == value);
        let employee = if is_before { account.and_then(|account| account.employee.as_deref()) } else { Some(value) };
        match employee.map(|employee| (employee, detail.name(employee))) {
            Some((employee, Some(name))) => format!("{name} ({employee})"),
            Some((employee, None)) => employee.to_owned(),
            None => value.to_owned(),
        }
    }

    fn drift(&self) -> Drift {
        let row = |drift: &detail::Drift| DriftRow {
            person: self.person(&drift.employee),
            kind: match drift.kind {
                detail::DriftKind::Changed => DriftKind::Changed,
                detail::DriftKind::Added => DriftKind::Added,
                detail::DriftKind::Removed => DriftKind::Removed,
                detail::DriftKind::Relinked => DriftKind::Relinked,
            },
            changes: drift
                .changes
                .iter()
                .map(|(field, before, after)| Change {
                    field: (*field).to_owned(),
                    before: before.clone(),
                    after: after.clone(),
                })
                .collect(),
        };
        Drift { rows: self.drift.iter().take(MOST_PEOPLE).map(row).collect(), total: self.drift.len() as u64 }
    }

    fn decision(&self) -> Option<RunDecision> {
        let decision = self.decision.as_ref()?;
        Some(RunDecision {
            approved: self.run.decided == Some(Decided::Approved),
            by: decision.by.clone(),
            at: time(&decision.decided),
        })
    }

    fn mail(&self) -> Option<MailView> {
        let detail = self.detail.as_ref()?;
        let mail = detail.mail.as_ref()?;
        Some(MailView {
            subject: mail.subject.clone(),
            to: mail.to.clone(),
            at: self.run.ended.as_deref().map(time),
            state: detail
                .mail_failure
                .as_ref()
                .map_or(MailState::Sent, |failure| MailState::Undelivered(failure.message.clone())),
        })
    }
}

/// An integration to link to.
#[must_use]
pub fn named(integration: &Integration) -> Named {
    Named { id: integration.id.clone(), name: integration.form.name.clone() }
}

/// What a run is to do, for a page.
#[must_use]
pub const fn kind(kind: db::RunKind) -> RunKind {
    match kind {
        db::RunKind::Sync | db::RunKind::Apply => RunKind::Sync,
        db::RunKind::Preview => RunKind::Preview,
    }
}

/// How a run is, for a page.
#[must_use]
pub fn state(run: &Run, is_stopping: bool) -> RunState {
    match run.state {
        db::RunState::Queued => return RunState::Queued,
        db::RunState::Running if is_stopping => return RunState::Cancelling,
        db::RunState::Running => return RunState::Running,
        db::RunState::Ended => {}
    }
    match (run.verdict.as_deref(), run.decided) {
        (Some("planned" | "needs-approval"), Some(Decided::Approved)) => RunState::Approved,
        (Some("planned" | "needs-approval"), Some(Decided::Discarded)) => RunState::Discarded,
        (Some("planned"), None) => RunState::Planned,
        (Some("needs-approval"), None) => RunState::NeedsApproval,
        (Some("done"), _) => RunState::Done,
        (Some("blocked"), _) => RunState::Blocked,
        (Some("stopped"), _) => RunState::Cancelled,
        (Some("interrupted"), _) => RunState::Interrupted,
        _ => RunState::Failed,
    }
}

/// Who or what started a run, for a page.
#[must_use]
pub fn trigger(run: &Run) -> Trigger {
    match (&run.cause, &run.plan_of) {
        (Cause::User(email), Some(plan)) => Trigger::Approval(email.clone(), plan.clone()),
        (Cause::User(email), None) => Trigger::User(email.clone()),
        (Cause::Schedule, _) => Trigger::Schedule,
    }
}

/// How long a run took, or has taken, in milliseconds.
#[must_use]
pub fn duration(run: &Run, started: Timestamp) -> Option<u64> {
    run.started.as_ref()?;
    let ended = run.ended.as_deref().map_or_else(Timestamp::now, time);
    u64::try_from(ended.as_millisecond() - started.as_millisecond()).ok()
}
