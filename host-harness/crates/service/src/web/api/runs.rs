//! Runs, their plans, and people.

use connector_report::explain::json as explanation_json;
use connector_sync::explain::employee_id;

use super::super::events::of_run;
use super::super::people::{begin, by_directory};
use super::super::run_page;
use super::super::runs::{Approved, approve_plan, discard_plan};
use super::types::{Approval, Problem, RunList, RunView, Started};
use super::{body, json, problem};
use crate::db::{Run, RunFilter};
use crate::engine::{Answer, ProbeState, Question};
use crate::web::{Ask, Oops, Reply};

fn view(ask: &Ask, run: &Run) -> RunView {
    let position = ask.engine().position(run);
    let at = position.as_ref();
    RunView {
        id: run.id.clone(),
        integration: run.integration.clone(),
        kind: run.kind.as_str().to_owned(),
        state: run.state.as_str().to_owned(),
        verdict: run.verdict.clone(),
        decided: run.decided.map(|decided| decided.as_str().to_owned()),
        plan_of: run.plan_of.clone(),
        plan_hash: run.plan_hash.clone(),
        queued: run.queued.clone(),
        started: run.started.clone(),
        ended: run.ended.clone(),
        phase: at.and_then(|position| position.phase).map(|phase| phase.as_str().to_owned()),
        pages: at.map_or(run.pages, |position| position.pages),
        employees: at.map_or(run.employees, |position| position.people),
        total: at.map_or(run.total, |position| position.total),
        actions: run.actions,
        applied: run.applied,
        failures: run.failures.iter().map(Into::into).collect(),
    }
}

/// A tenant's runs, newest first.
///
/// # Errors
/// When the database fails.
#[utoipa::path(get, path = "/api/v1/runs", tag = "runs", params(
    ("tenant" = Option<String>, Query, description = "For operators: whose"),
    ("integration" = Option<String>, Query, description = "Of this integration alone"),
    ("verdict" = Option<String>, Query, description = "With this verdict alone"),
    ("page" = Option<u64>, Query, description = "Which page of 100, from 1")), responses(
    (status = 200, description = "The runs", body = RunList)))]
pub async fn runs(ask: Ask) -> Result<Reply, Oops> {
    const SIZE: u32 = 100;
    let some = |name: &str| Some(ask.query.text(name)).filter(|text| !text.is_empty());
    let page = u32::try_from(ask.page()).unwrap_or(u32::MAX);
    let filter = RunFilter {
        integration: some("integration"),
        verdict: some("verdict"),
        limit: SIZE,
        offset: page.saturating_sub(1).saturating_mul(SIZE),
        ..RunFilter::default()
    };
    let (runs, total) = ask.engine().db.runs(&ask.own()?, filter).await?;
    json(200, &RunList { runs: runs.iter().map(|run| view(&ask, run)).collect(), total })
}

/// One run.
///
/// # Errors
/// When there is none.
#[utoipa::path(get, path = "/api/v1/runs/{run}", tag = "runs", params(("run" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "The run", body = RunView),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn run(ask: Ask) -> Result<Reply, Oops> {
    let run = ask.run().await?;
    json(200, &view(&ask, &run))
}

/// Follows a run: an event `data: changed` whenever it has changed, until it is over; look at the run then. Nothing else is said.
///
/// # Errors
/// When there is none.
#[utoipa::path(get, path = "/api/v1/runs/{run}/events", tag = "runs", params(("run" = String, Path, description = "The run's ID")), responses(
    (status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn events(ask: Ask) -> Result<Reply, Oops> {
    of_run(ask).await
}

/// A run's plan, with what became of each action, in the form of docs/json.md. It is personal data.
///
/// # Errors
/// When there is none, or it is no longer kept.
#[utoipa::path(get, path = "/api/v1/runs/{run}/plan", tag = "runs", params(("run" = String, Path, description = "The run's ID")), responses(
    (status = 200, description = "The run as `harness sync --format json` prints it", body = Object),
    (status = 404, description = "There is none, or it is no longer kept", body = Problem)))]
pub async fn plan(ask: Ask) -> Result<Reply, Oops> {
    let view = run_page::RunView::read(&ask).await?;
    view.detail.and_then(|detail| detail.json.read()).map(|json| Reply::Json(200, json)).ok_or(Oops::NotFound)
}

/// Approves a run's plan, once: another run applies it.
///
/// # Errors
/// When there is none, or the database fails.
#[utoipa::path(post, path = "/api/v1/runs/{run}/approve", tag = "runs", request_body = Approval,
    params(("run" = String, Path, description = "The run's ID")), responses(
    (status = 202, description = "This run applies it", body = Started),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "It does not wait for approval, or the accounts have changed since", body = Problem),
    (status = 422, description = "This is not the plan's hash", body = Problem)))]
pub async fn approve(ask: Ask) -> Result<Reply, Oops> {
    let approval: Approval = match body(&ask) {
        Ok(approval) => approval,
        Err(refused) => return Ok(*refused),
    };
    let view = run_page::RunView::read(&ask).await?;
    let fits = view.run.plan_hash.as_deref() == Some(approval.plan_hash.as_str());
    let confirmed = fits.then_some(view.run.actions);
    Ok(match approve_plan(&ask, &view, confirmed).await? {
        Approved::By(run) => return json(202, &Started { run, new: true }),
        Approved::WrongConfirmation => {
            problem(422, "wrong-confirmation", "this is not the hash of the run's plan", None)
        }
        Approved::NotWaiting => problem(409, "not-waiting", "this plan was decided about, or is no longer kept", None),
        Approved::Drifted => problem(
            409,
            "directory-changed",
            "the accounts have changed since the plan was made; make a new preview",
            None,
        ),
        Approved::Busy(run) => problem(409, "busy", &format!("run {run} of this integration is at work"), None),
    })
}

/// Discards a run's plan: it is not applied.
///
/// # Errors
/// When there is none, or the database fails.
#[utoipa::path(post, path = "/api/v1/runs/{run}/discard", tag = "runs", params(("run" = String, Path, description = "The run's ID")), responses(
    (status = 200, description = "It is discarded", body = RunView),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "It does not wait for anybody", body = Problem)))]
pub async fn discard(ask: Ask) -> Result<Reply, Oops> {
    let read = run_page::RunView::read(&ask).await?;
    if !discard_plan(&ask, &read).await? {
        return Ok(problem(409, "not-waiting", "this plan was decided about, or is no longer kept", None));
    }
    let run = ask.engine().db.run(&ask.scope(), &read.run.id).await?.ok_or(Oops::NotFound)?;
    json(200, &view(&ask, &run))
}

/// Why one person's account is as it is, in the form of docs/json.md, with values: personal data. With `ask=true` the source is
/// asked, which can take as long as a sync; without, the accounts and the log alone.
///
/// # Errors
/// When there is no such integration.
#[utoipa::path(get, path = "/api/v1/integrations/{integration}/people/{employee}", tag = "people", params(
    ("integration" = String, Path, description = "The integration's ID"),
    ("employee" = String, Path, description = "The employee's ID in the source"),
    ("ask" = Option<bool>, Query, description = "Whether to ask the source")), responses(
    (status = 200, description = "The explanation as `harness explain --format json --values` prints it", body = Object),
    (status = 404, description = "There is no such integration, or nothing was synced yet", body = Problem)))]
pub async fn explain(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let employee = employee_id(ask.parameter("employee")).map_err(|_| Oops::NotFound)?.to_owned();
    let by = &ask.user()?.email;
    ask.audit_as(by, Some(&integration.tenant), "person.ask", &format!("{}:{employee}", integration.id)).await?;
    if ask.query.text("ask") != "true" {
        let known = by_directory(&ask, &integration, &employee).await?.ok_or(Oops::NotFound)?;
        return json(200, &explanation_json(&known));
    }
    let question = Question { integration: integration.id.clone(), employee };
    let probe = match begin(&ask, &integration, question).await {
        Ok(probe) => probe,
        Err(failure) => return Ok(problem(409, &failure.code, &failure.message, None)),
    };
    ask.engine().until_answered(&probe).await;
    match probe.state() {
        ProbeState::Answered(answer) => match &*answer {
            Answer::Question(explanation) => json(200, &explanation_json(explanation)),
            Answer::Test(_) => Err(Oops::Internal),
        },
        ProbeState::Failed(failures) => {
            let first = failures.first();
            let (code, detail) =
                first.map_or(("failed", "the source could not be asked"), |it| (&it.code, &it.message));
            Ok(problem(409, code, detail, None))
        }
        ProbeState::Running | ProbeState::Stopped => Ok(problem(409, "stopped", "the question was stopped", None)),
    }
}
