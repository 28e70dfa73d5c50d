//! A run as its page shows it: from its row, its detail, and where it is right now.

mod notices;
mod plan;
mod state;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use connector_console::model::{
    Approval, FieldError, Live, MailState, MailView, Person, Progress, RunDecision, RunPage,
};
use connector_host::contract::{Action, Plan};

use super::integration_form::{progress, remark};
use super::integrations::{last_run, time};
use super::{Ask, Oops};
use crate::db::{self, Decided, Integration, Run};
use crate::detail::{self, Detail};

pub use state::{duration, kind, named, state, trigger, waits_until};

/// How many people a notice names on a page.
const MOST_PEOPLE: usize = 50;

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
    /// Whose each account was; found when a row asks.
    pub employees: OnceLock<BTreeMap<String, String>>,
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
        let mut view =
            Self { drift: Vec::new(), decision: None, run, integration, detail, follower, employees: OnceLock::new() };
        view.decision = engine.db.decision_of(&view.run.id).await?;
        if view.waits() {
            view.drift = view.look_for_drift(ask).await?;
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

    async fn look_for_drift(&self, ask: &Ask) -> Result<Vec<detail::Drift>, Oops> {
        let (Some(plan), Some(detail)) = (self.plan(), &self.detail) else { return Ok(Vec::new()) };
        let now = ask.engine().snapshot(&self.integration).await.map_err(|error| {
            tracing::error!("{error}");
            Oops::Internal
        })?;
        let before = detail.accounts.read().unwrap_or_default();
        Ok(now.map(|now| detail::drift(plan, &before, &now)).unwrap_or_default())
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
            waits_until: waits_until(run),
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

    fn outcomes(&self) -> impl Iterator<Item = (&Action, &(String, Option<String>))> {
        let actions = self.plan().into_iter().flat_map(|plan| &plan.actions);
        actions.zip(self.detail.iter().flat_map(|detail| &detail.outcomes))
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
