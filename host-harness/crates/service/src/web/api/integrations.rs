//! Integrations.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;

use super::super::integrations::{Saved, checked, remove, save};
use super::types::{FailureView, IntegrationForm, IntegrationView, Problem, ScheduleView, Started, TestView};
use super::{body, json, mistakes, problem};
use crate::db::{Cause, Integration, RunKind};
use crate::engine::{Answer, ProbeKind, ProbeState};
use crate::form::{Form, Secrets};
use crate::web::{Ask, Oops, Reply};

async fn view(ask: &Ask, integration: Integration) -> Result<IntegrationView, Oops> {
    let secrets = ask.engine().db.secrets(&integration.id).await?;
    let Form { name, connector, values, send_invitations, group_assignment, filter_label, .. } = integration.form;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(IntegrationView {
        id: integration.id,
        tenant: integration.tenant,
        version: integration.version,
        form: IntegrationForm {
            name,
            connector,
            values,
            secrets: BTreeMap::new(),
            send_invitations,
            group_assignment: some(group_assignment),
            filter_label: some(filter_label),
            filter_values: integration.form.filter_values,
            statuses: integration.form.statuses,
            mail_to: integration.form.mail_to,
            mail_language: some(integration.form.mail_language),
            schedule: ScheduleView::from(&integration.form.schedule),
        },
        secrets_set: secrets.into_iter().map(|secret| (secret.key, secret.set_on)).collect(),
        paused: integration.paused,
        next_due: integration.next_due.and_then(|due| Timestamp::from_second(due).ok()).map(|due| due.to_string()),
    })
}

fn entered(form: IntegrationForm) -> (Form, Secrets) {
    let secrets = form.secrets.into_iter().map(|(key, secret)| (key, SecretString::from(secret))).collect();
    let form = Form {
        name: form.name.trim().to_owned(),
        connector: form.connector,
        values: form.values,
        send_invitations: form.send_invitations,
        group_assignment: form.group_assignment.unwrap_or_else(|| "none".to_owned()),
        filter_label: form.filter_label.unwrap_or_default(),
        filter_values: form.filter_values,
        statuses: form.statuses,
        mail_to: form.mail_to,
        mail_language: form.mail_language.unwrap_or_else(|| "de".to_owned()),
        schedule: form.schedule.into(),
    };
    (form, secrets)
}

/// A tenant's integrations.
///
/// # Errors
/// When the database fails.
#[utoipa::path(get, path = "/api/v1/integrations", tag = "integrations",
    params(("tenant" = Option<String>, Query, description = "For operators: whose")), responses(
    (status = 200, description = "The tenant's integrations, by name", body = Vec<IntegrationView>)))]
pub async fn integrations(ask: Ask) -> Result<Reply, Oops> {
    let mut views = Vec::new();
    for integration in ask.engine().db.integrations(&ask.own()?).await? {
        views.push(view(&ask, integration).await?);
    }
    json(200, &views)
}

/// One integration.
///
/// # Errors
/// When there is none.
#[utoipa::path(get, path = "/api/v1/integrations/{integration}", tag = "integrations",
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "The integration", body = IntegrationView),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn integration(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    json(200, &view(&ask, integration).await?)
}

/// Creates an integration. Nothing runs until it is asked for, or due.
///
/// # Errors
/// When the database fails.
#[utoipa::path(post, path = "/api/v1/integrations", tag = "integrations", request_body = IntegrationForm,
    params(("tenant" = Option<String>, Query, description = "For operators: whose")), responses(
    (status = 201, description = "It is created", body = IntegrationView),
    (status = 409, description = "Somebody else has just created one of this name", body = Problem),
    (status = 503, description = "The service has no key to keep secrets with, or its disk is full", body = Problem),
    (status = 422, description = "Fields are wrong", body = Problem)))]
pub async fn add_integration(ask: Ask) -> Result<Reply, Oops> {
    put(ask, None, 201).await
}

/// Changes an integration.
///
/// # Errors
/// When there is none, or the database fails.
#[utoipa::path(put, path = "/api/v1/integrations/{integration}", tag = "integrations", request_body = IntegrationForm,
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "It is changed", body = IntegrationView),
    (status = 404, description = "There is none", body = Problem),
    (status = 409, description = "Somebody else was faster", body = Problem),
    (status = 422, description = "Fields are wrong", body = Problem)))]
pub async fn change_integration(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    put(ask, Some(integration), 200).await
}

async fn put(ask: Ask, before: Option<Integration>, status: u16) -> Result<Reply, Oops> {
    let form: IntegrationForm = match body(&ask) {
        Ok(form) => form,
        Err(refused) => return Ok(*refused),
    };
    let (form, secrets) = entered(form);
    if let Err(wrong) = checked(&ask, &form, &secrets, before.as_ref()).await? {
        return Ok(mistakes(&ask, Some(&form.connector), &wrong));
    }
    match save(&ask, &form, &secrets, before.as_ref()).await? {
        Saved::Yes(saved) => json(status, &view(&ask, *saved).await?),
        Saved::Newer => Err(Oops::Conflict),
        Saved::NoKey => Ok(problem(503, "key-missing", "the service runs without a key and cannot keep secrets", None)),
    }
}

/// Deletes an integration with its runs and its accounts' links.
///
/// # Errors
/// When there is none, or the database fails.
#[utoipa::path(delete, path = "/api/v1/integrations/{integration}", tag = "integrations",
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "It is deleted", body = IntegrationView),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn delete_integration(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    ask.audit_as(&ask.user()?.email, Some(&integration.tenant), "integration.delete", &integration.id).await?;
    let gone = view(&ask, integration.clone()).await?;
    remove(&ask, &integration).await?;
    json(200, &gone)
}

/// Tests an integration's connection, and answers when it is done. Nothing is written.
///
/// # Errors
/// When there is none.
#[utoipa::path(post, path = "/api/v1/integrations/{integration}/test", tag = "integrations",
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "What was found", body = TestView),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn test(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    ask.audit_as(&ask.user()?.email, Some(&integration.tenant), "integration.test", &integration.id).await?;
    let failed = |failures: Vec<FailureView>| TestView {
        passed: false,
        hidden: Vec::new(),
        people: 0,
        flagged: 0,
        complete: false,
        failures,
    };
    let engine = ask.engine();
    let ready = match engine.connectors.ready(&integration.form.connector, &engine.db).await {
        Ok(ready) => ready,
        Err(failure) => return json(200, &failed(vec![(&failure).into()])),
    };
    let settings = match engine.settings_for(&integration, &ready).await {
        Ok(settings) => settings,
        Err(failure) => return json(200, &failed(vec![(&failure).into()])),
    };
    let kind = ProbeKind::Test {
        form: Box::new(integration.form.clone()),
        secrets: Secrets::new(),
        integration: Some(integration.id.clone()),
    };
    let probe = engine.probe(&integration.tenant, kind, ready, settings, None);
    engine.until_answered(&probe).await;
    match probe.state() {
        ProbeState::Answered(answer) => match &*answer {
            Answer::Test(found) => json(
                200,
                &TestView {
                    passed: true,
                    hidden: found.hidden.clone(),
                    people: found.people,
                    flagged: found.flagged,
                    complete: found.complete,
                    failures: Vec::new(),
                },
            ),
            Answer::Question(_) => Err(Oops::Internal),
        },
        ProbeState::Failed(failures) => json(200, &failed(failures.iter().map(Into::into).collect())),
        ProbeState::Running | ProbeState::Stopped => json(200, &failed(Vec::new())),
    }
}

/// Starts a sync.
///
/// # Errors
/// When there is no such integration, or the database fails.
#[utoipa::path(post, path = "/api/v1/integrations/{integration}/sync", tag = "integrations",
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 202, description = "It is started, or was", body = Started),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn sync(ask: Ask) -> Result<Reply, Oops> {
    start(ask, RunKind::Sync).await
}

/// Starts a preview: a plan is made, and nothing is applied.
///
/// # Errors
/// When there is no such integration, or the database fails.
#[utoipa::path(post, path = "/api/v1/integrations/{integration}/preview", tag = "integrations",
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 202, description = "It is started, or another run was", body = Started),
    (status = 404, description = "There is none", body = Problem)))]
pub async fn preview(ask: Ask) -> Result<Reply, Oops> {
    start(ask, RunKind::Preview).await
}

async fn start(ask: Ask, kind: RunKind) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let by = ask.user()?.email.clone();
    ask.audit_as(&by, Some(&integration.tenant), &format!("run.{kind}"), &integration.id).await?;
    let (run, new) = ask.engine().start(&integration, kind, Cause::User(by), None).await?;
    json(202, &Started { run, new })
}

/// Sets when an integration is synced by itself.
///
/// # Errors
/// When there is no such integration, or the database fails.
#[utoipa::path(put, path = "/api/v1/integrations/{integration}/schedule", tag = "integrations", request_body = ScheduleView,
    params(("integration" = String, Path, description = "Its ID")), responses(
    (status = 200, description = "It is set", body = IntegrationView),
    (status = 404, description = "There is none", body = Problem),
    (status = 422, description = "Time or zone are wrong", body = Problem)))]
pub async fn schedule(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let schedule: ScheduleView = match body(&ask) {
        Ok(schedule) => schedule,
        Err(refused) => return Ok(*refused),
    };
    let form = Form { schedule: schedule.into(), ..integration.form.clone() };
    let secrets = Secrets::new();
    if let Err(wrong) = checked(&ask, &form, &secrets, Some(&integration)).await? {
        return Ok(mistakes(&ask, Some(&form.connector), &wrong));
    }
    match save(&ask, &form, &secrets, Some(&integration)).await? {
        Saved::Yes(saved) => json(200, &view(&ask, *saved).await?),
        Saved::Newer | Saved::NoKey => Err(Oops::Conflict),
    }
}
