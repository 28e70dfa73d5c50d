//! What buttons do with an integration: sync, preview, pause, resume, delete.

use connector_console::form as form_html;
use connector_console::model::{FieldError, Section, Tone};
use jiff::Timestamp;

use super::super::ask::flash;
use super::super::{Ask, Oops, Reply};
use super::editing::show;
use crate::db::{Cause, Decision, Integration, RunKind, Scope};
use crate::form::{Mistakes, Secrets};

/// Starts a run, and leads to it.
pub(super) async fn start(ask: &Ask, integration: &Integration, kind: RunKind) -> Result<Reply, Oops> {
    ask.audit(&format!("run.{kind}"), &integration.id).await?;
    let cause = Cause::User(ask.user()?.email.clone());
    let (run, is_new) = ask.engine().start(integration, kind, cause, None).await?;
    let flash = (!is_new).then(|| flash(Tone::Neutral, "already-running", None));
    Ok(Reply::Go(format!("/runs/{run}"), flash))
}

/// `POST /integrations/{integration}/sync`.
pub async fn sync(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    start(&ask, &integration, RunKind::Sync).await
}

/// `POST /integrations/{integration}/preview`.
pub async fn preview(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    start(&ask, &integration, RunKind::Preview).await
}

async fn decide(ask: &Ask, integration: &Integration, kind: &str) -> Result<(), Oops> {
    let decision = Decision {
        integration: integration.id.clone(),
        run: None,
        decided: Timestamp::now().to_string(),
        by: ask.user()?.email.clone(),
        kind: kind.to_owned(),
        about: String::new(),
        reason: String::new(),
    };
    Ok(ask.engine().db.add_decision(&integration.tenant, &decision).await?)
}

/// `POST /integrations/{integration}/pause`: the schedule stands still, and a running sync stops at the next safe point.
pub async fn pause(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    ask.audit("integration.pause", &integration.id).await?;
    let engine = ask.engine();
    engine.db.set_paused(&integration.id, true, integration.next_due).await?;
    engine.stop_runs(&Scope::Tenant(integration.tenant.clone()), Some(&integration.id)).await?;
    decide(&ask, &integration, "pause").await?;
    engine.announce(&integration.tenant, &integration.id);
    let flash = flash(Tone::Neutral, "paused", Some(&integration.form.name));
    Ok(Reply::Go("/integrations".to_owned(), Some(flash)))
}

/// `POST /integrations/{integration}/resume`.
pub async fn resume(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    ask.audit("integration.resume", &integration.id).await?;
    let next_due = integration.form.schedule.next(&integration.id, Timestamp::now());
    ask.engine().db.set_paused(&integration.id, false, next_due).await?;
    decide(&ask, &integration, "resume").await?;
    ask.engine().announce(&integration.tenant, &integration.id);
    let flash = flash(Tone::Good, "resumed", Some(&integration.form.name));
    Ok(Reply::Go("/integrations".to_owned(), Some(flash)))
}

/// `POST /integrations/{integration}/delete`.
pub async fn delete(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    if ask.form.text("confirm") != integration.form.name {
        let mut page = show(&ask, &integration.form, Secrets::new(), Mistakes::new(), Some(&integration), None).await?;
        page.delete_error = Some(FieldError::WrongConfirmation);
        return Ok(Reply::PageWith(422, form_html(&ask.shell(Section::Integrations), &page)));
    }
    ask.audit("integration.delete", &integration.id).await?;
    remove(&ask, &integration).await?;
    let flash = flash(Tone::Neutral, "deleted", Some(&integration.form.name));
    Ok(Reply::Go("/integrations".to_owned(), Some(flash)))
}

/// Removes an integration, its runs and its directory.
pub async fn remove(ask: &Ask, integration: &Integration) -> Result<(), Oops> {
    let engine = ask.engine();
    let scope = Scope::Tenant(integration.tenant.clone());
    engine.stop_runs(&scope, Some(&integration.id)).await?;
    engine.db.remove_integration(&scope, &integration.id).await?;
    engine.sweep(&integration.tenant, &integration.id).await;
    engine.announce(&integration.tenant, &integration.id);
    Ok(())
}
