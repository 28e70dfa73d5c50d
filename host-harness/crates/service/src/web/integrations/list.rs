//! The list, and how each integration is.

use connector_console::integrations as list_html;
use connector_console::model::{
    IntegrationRow, IntegrationState, IntegrationsPage, LastRun, Live, Schedule as ShownSchedule, Section,
};
use jiff::Timestamp;

use super::super::{Ask, Oops, Reply};
use crate::connectors::ConnectorState;
use crate::db::{Integration, Run, RunState, Scope, StoredSecret};
use crate::engine::QUARANTINE;
use crate::schedule::Schedule;

/// A time in the database, for a page.
#[must_use]
pub fn time(text: &str) -> Timestamp {
    // Written by this service itself.
    text.parse().unwrap_or_default()
}

/// A second of the database, for a page.
fn second(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

/// `GET /integrations`.
pub async fn list(ask: Ask) -> Result<Reply, Oops> {
    let scope = ask.own()?;
    let page = IntegrationsPage {
        rows: rows(&ask, &scope).await?,
        has_connectors: !ask.engine().connectors.all().is_empty(),
        live: Some(Live { events: "/integrations/events".to_owned(), page: "/integrations".to_owned() }),
    };
    Ok(Reply::Page(list_html(&ask.shell(Section::Integrations), &page)))
}

/// The integrations of a scope, each with its last run.
pub async fn rows(ask: &Ask, scope: &Scope) -> Result<Vec<IntegrationRow>, Oops> {
    let db = &ask.engine().db;
    let runs = db.last_runs(scope).await?;
    let mut rows = Vec::new();
    for integration in db.integrations(scope).await? {
        let run = runs.iter().find(|run| run.integration == integration.id);
        let secrets = db.secrets(&integration.id).await?;
        rows.push(row(ask, &integration, run, &secrets));
    }
    Ok(rows)
}

fn row(ask: &Ask, integration: &Integration, run: Option<&Run>, secrets: &[StoredSecret]) -> IntegrationRow {
    let position = run.and_then(|run| ask.engine().position(run));
    IntegrationRow {
        id: integration.id.clone(),
        name: integration.form.name.clone(),
        connector: integration.form.connector.clone(),
        state: state(ask, integration, run, secrets),
        last_run: run.map(last_run),
        next_run: integration.next_due.filter(|_| !integration.paused).and_then(second),
        schedule: match &integration.form.schedule {
            Schedule::Off => ShownSchedule::Off,
            Schedule::Hourly => ShownSchedule::Hourly,
            Schedule::Daily { at, zone } => ShownSchedule::Daily { time: at.clone(), zone: zone.clone() },
        },
        read: position.map(|position| (position.people, position.total)),
    }
}

/// A run to link to.
#[must_use]
pub fn last_run(run: &Run) -> LastRun {
    LastRun { id: run.id.clone(), started: time(run.started.as_ref().unwrap_or(&run.queued)) }
}

fn state(ask: &Ask, integration: &Integration, run: Option<&Run>, secrets: &[StoredSecret]) -> IntegrationState {
    match run.map(|run| run.state) {
        Some(RunState::Queued) => return IntegrationState::Queued,
        Some(RunState::Running) => return IntegrationState::Running,
        Some(RunState::Ended) | None => {}
    }
    let connectors = ask.engine().connectors.all();
    match connectors.iter().find(|loaded| loaded.stored.name == integration.form.connector).map(|loaded| loaded.state) {
        None | Some(ConnectorState::Missing | ConnectorState::Refused) => return IntegrationState::ConnectorMissing,
        Some(ConnectorState::Changed) => return IntegrationState::ConnectorChanged,
        Some(ConnectorState::Ok) => {}
    }
    if secrets.iter().any(|secret| !ask.engine().keys.can_open(&secret.sealed)) {
        return IntegrationState::KeyMissing;
    }
    if integration.paused {
        return IntegrationState::Paused;
    }
    if integration.faults >= QUARANTINE {
        return IntegrationState::Quarantined;
    }
    let Some(run) = run else { return IntegrationState::NeverRun };
    match run.verdict.as_deref() {
        Some("planned") => IntegrationState::Previewed,
        Some("needs-approval") if run.decided.is_none() => IntegrationState::NeedsApproval,
        Some("blocked") => IntegrationState::Blocked,
        Some("failed") => IntegrationState::Failed,
        Some("interrupted") => IntegrationState::Interrupted,
        _ => IntegrationState::Done,
    }
}
