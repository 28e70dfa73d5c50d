//! Integrations: the list, the form, and what its buttons do.

use connector_console::model::{
    FieldError, FormPage, IntegrationRow, IntegrationState, IntegrationsPage, LastRun, Live, Schedule as ShownSchedule,
    Section, Tone,
};
use connector_console::{form as form_html, integrations as list_html};
use jiff::Timestamp;

use super::ask::flash;
use super::integration_form::{FormView, form_page, mistakes_of, test_panel};
use super::{Ask, Oops, Reply};
use crate::connectors::ConnectorState;
use crate::db::{Cause, Decision, Integration, Run, RunKind, RunState, Scope, StoredSecret};
use crate::engine::{Probe, ProbeKind, QUARANTINE};
use crate::form::{Form, Mistakes, Posted, Secrets};
use crate::ids;
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

/// A form that nobody has filled in.
fn blank(ask: &Ask) -> Form {
    let connectors = ask.engine().connectors.all();
    let asked = ask.query.text("type");
    let chosen = connectors.iter().find(|loaded| loaded.stored.name == asked).or_else(|| connectors.first());
    Form {
        connector: chosen.map(|loaded| loaded.stored.name.clone()).unwrap_or_default(),
        group_assignment: "none".to_owned(),
        mail_language: if ask.language == connector_settings::Language::De { "de" } else { "en" }.to_owned(),
        mail_to: ask.user.iter().filter(|user| user.tenant.is_some()).map(|user| user.email.clone()).collect(),
        ..Form::default()
    }
}

/// The test that a form was filled from, if it was.
fn tested(ask: &Ask, id: &str) -> Option<std::sync::Arc<Probe>> {
    let tenant = ask.tenant.as_ref()?;
    ask.engine().probes.find(&tenant.id, id)
}

/// `GET /integrations/new`.
pub async fn new(ask: Ask) -> Result<Reply, Oops> {
    let probe = tested(&ask, &ask.query.text("test"));
    let (form, entered, mistakes) = match probe.as_ref().map(|probe| (&probe.kind, mistakes_of(probe))) {
        Some((ProbeKind::Test { form, secrets, .. }, mistakes)) => ((**form).clone(), secrets.clone(), mistakes),
        _ => (blank(&ask), Secrets::new(), Mistakes::new()),
    };
    let page = show(&ask, &form, entered, mistakes, None, probe.as_deref()).await?;
    Ok(Reply::Page(form_html(&ask.shell(Section::Integrations), &page)))
}

/// `GET /integrations/{integration}/edit`.
pub async fn edit(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let probe = tested(&ask, &ask.query.text("test"));
    let (form, entered, mistakes) = match probe.as_ref().map(|probe| (&probe.kind, mistakes_of(probe))) {
        Some((ProbeKind::Test { form, secrets, integration: Some(of) }, mistakes)) if *of == integration.id => {
            ((**form).clone(), secrets.clone(), mistakes)
        }
        _ => (integration.form.clone(), Secrets::new(), Mistakes::new()),
    };
    let page = show(&ask, &form, entered, mistakes, Some(&integration), probe.as_deref()).await?;
    Ok(Reply::Page(form_html(&ask.shell(Section::Integrations), &page)))
}

async fn show(
    ask: &Ask,
    form: &Form,
    entered: Secrets,
    mistakes: Mistakes,
    integration: Option<&Integration>,
    probe: Option<&Probe>,
) -> Result<FormPage, Oops> {
    let engine = ask.engine();
    let stored = match integration {
        Some(integration) => engine.db.secrets(&integration.id).await?,
        None => Vec::new(),
    };
    let description = engine.connectors.description(&form.connector);
    let view = FormView { form, mistakes, description, stored, entered };
    let mut page = form_page(ask, &view);
    let path = integration.map_or("/integrations/new".to_owned(), |it| format!("/integrations/{}/edit", it.id));
    let version = integration.map_or(0, |integration| integration.version);
    page.revision = Some(format!("{version}.{}", probe.map_or("", |probe| probe.id.as_str())));
    page.test = probe.and_then(|probe| test_panel(ask, probe, &format!("{path}?test={}", probe.id)));
    if let Some(integration) = integration {
        page.id = Some(integration.id.clone());
        page.saved_name.clone_from(&integration.form.name);
        page.paused = integration.paused;
        page.quarantined = integration.faults >= QUARANTINE;
        let scope = Scope::Tenant(integration.tenant.clone());
        let runs = engine.db.last_runs(&scope).await?;
        let at_work = |run: &&Run| run.integration == integration.id && run.state != RunState::Ended;
        page.running = runs.iter().find(at_work).map(last_run);
    }
    Ok(page)
}

/// `POST /integrations/new`.
pub async fn create(ask: Ask) -> Result<Reply, Oops> {
    submit(ask, None).await
}

/// `POST /integrations/{integration}/edit`.
pub async fn change(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    submit(ask, Some(integration)).await
}

/// What was posted, with the secrets of the test it came from.
fn posted(ask: &Ask, revision: (&str, &str)) -> Posted {
    let description = ask.engine().connectors.description(&ask.form.text("type"));
    let mut posted = Posted::read(&ask.form, description.as_ref());
    if let Some(ProbeKind::Test { secrets, form, .. }) = tested(ask, revision.1).as_ref().map(|probe| &probe.kind)
        && form.connector == posted.form.connector
    {
        for (key, secret) in secrets {
            posted.secrets.entry(key.clone()).or_insert_with(|| secret.clone());
        }
    }
    posted
}

async fn submit(ask: Ask, integration: Option<Integration>) -> Result<Reply, Oops> {
    let revision = ask.form.text("revision");
    let revision = revision.split_once('.').unwrap_or((revision.as_str(), ""));
    let Posted { form, secrets } = posted(&ask, revision);
    let action = ask.form.text("action");
    if action == "type" {
        let page = show(&ask, &form, secrets, Mistakes::new(), integration.as_ref(), None).await?;
        return Ok(Reply::Page(form_html(&ask.shell(Section::Integrations), &page)));
    }
    let refuse = |mistakes: Mistakes, errors: Vec<FieldError>| async {
        let mut page = show(&ask, &form, secrets.clone(), mistakes, integration.as_ref(), None).await?;
        page.errors.extend(errors);
        Ok(Reply::PageWith(422, form_html(&ask.shell(Section::Integrations), &page)))
    };
    let is_newer = integration.as_ref().is_some_and(|it| it.version.to_string() != revision.0);
    if is_newer {
        return refuse(Mistakes::new(), vec![FieldError::Other(words(&ask, CHANGED).to_owned())]).await;
    }
    let settings = match checked(&ask, &form, &secrets, integration.as_ref()).await? {
        Ok(settings) => settings,
        Err(mistakes) => return refuse(mistakes, Vec::new()).await,
    };
    if action == "test" {
        return test(&ask, form, secrets, settings, integration).await;
    }
    let saved = match save(&ask, &form, &secrets, integration.as_ref()).await? {
        Saved::Yes(saved) => *saved,
        Saved::Newer => return refuse(Mistakes::new(), vec![FieldError::Other(words(&ask, CHANGED).to_owned())]).await,
        Saved::NoKey => return refuse(Mistakes::new(), vec![FieldError::Other(words(&ask, NO_KEY).to_owned())]).await,
    };
    match action.as_str() {
        "sync" => start(&ask, &saved, RunKind::Sync).await,
        "preview" => start(&ask, &saved, RunKind::Preview).await,
        _ => {
            let message = if integration.is_some() { "saved" } else { "created" };
            let flash = flash(Tone::Good, message, Some(&saved.form.name));
            Ok(Reply::Go("/integrations".to_owned(), Some(flash)))
        }
    }
}

/// German and English, for what only this page says.
type Words = [&'static str; 2];
const CHANGED: Words = [
    "Jemand hat diese Integration inzwischen geändert. Laden Sie die Seite neu, und tragen Sie Ihre Änderungen noch einmal ein.",
    "Somebody has changed this integration in the meantime. Reload the page, and make your changes again.",
];
const NO_KEY: Words = [
    "Der Dienst läuft ohne Schlüssel und kann das Geheimnis nicht sicher ablegen. Wenden Sie sich an den Betrieb der Plattform.",
    "The service runs without a key and cannot keep the secret safe. Ask the platform's operator.",
];

fn words(ask: &Ask, words: Words) -> &'static str {
    let [german, english] = words;
    if ask.language == connector_settings::Language::De { german } else { english }
}

/// The settings that a form comes to, or its mistakes; the pages and the API both come through here.
pub async fn checked(
    ask: &Ask,
    form: &Form,
    entered: &Secrets,
    integration: Option<&Integration>,
) -> Result<Result<connector_settings::Settings, Mistakes>, Oops> {
    let engine = ask.engine();
    let tenant = ask.tenant()?;
    let scope = Scope::Tenant(tenant.id.clone());
    let mut mistakes = Mistakes::new();
    let others = engine.db.integrations(&scope).await?;
    let is_other = |other: &&Integration| integration.is_none_or(|it| it.id != other.id);
    let name = connector_common::key(&form.name);
    if !name.is_empty() && others.iter().filter(is_other).any(|other| connector_common::key(&other.form.name) == name) {
        mistakes.insert("name".to_owned(), FieldError::Taken);
    }
    let Some(description) = engine.connectors.description(&form.connector) else {
        mistakes.insert("type".to_owned(), FieldError::NotAChoice);
        return Ok(Err(mistakes));
    };
    let mut secrets = Secrets::new();
    if let Some(integration) = integration.filter(|it| it.form.connector == form.connector) {
        // A secret whose key is missing is to be entered again.
        secrets = engine.open_secrets(integration).await.unwrap_or_default();
    }
    secrets.extend(entered.iter().map(|(key, secret)| (key.clone(), secret.clone())));
    let limits = engine.limits(&tenant.id).await.map_err(|_| Oops::Internal)?;
    let checked = form.check(&description, &secrets, &engine.settings, limits);
    Ok(match checked {
        Ok(settings) if mistakes.is_empty() => Ok(settings),
        Ok(_) => Err(mistakes),
        Err(more) => {
            mistakes.extend(more);
            Err(mistakes)
        }
    })
}

async fn test(
    ask: &Ask,
    form: Form,
    secrets: Secrets,
    settings: connector_settings::Settings,
    integration: Option<Integration>,
) -> Result<Reply, Oops> {
    let tenant = ask.tenant()?;
    let ready = match ask.engine().connectors.ready(&form.connector).await {
        Ok(ready) => ready,
        Err(failure) => {
            let mut page = show(ask, &form, secrets, Mistakes::new(), integration.as_ref(), None).await?;
            let failures = vec![super::integration_form::remark(&failure)];
            page.test = Some(connector_console::model::TestPanel::Failed { run: None, failures });
            return Ok(Reply::PageWith(422, form_html(&ask.shell(Section::Integrations), &page)));
        }
    };
    let of = integration.as_ref().map(|integration| integration.id.clone());
    ask.audit("integration.test", of.as_deref().unwrap_or("new"))?;
    let path = of.as_ref().map_or("/integrations/new".to_owned(), |id| format!("/integrations/{id}/edit"));
    let kind = ProbeKind::Test { form: Box::new(form), secrets, integration: of };
    let probe = ask.engine().probe(&tenant.id, kind, ready, settings, None);
    Ok(Reply::Go(format!("{path}?test={}#test", probe.id), None))
}

/// What came of saving.
pub enum Saved {
    /// It is saved, and reads like this.
    Yes(Box<Integration>),
    /// Somebody else was faster.
    Newer,
    /// There is no key to seal a secret with.
    NoKey,
}

pub async fn save(ask: &Ask, form: &Form, entered: &Secrets, before: Option<&Integration>) -> Result<Saved, Oops> {
    use secrecy::ExposeSecret as _;
    let engine = ask.engine();
    let id = match before {
        Some(integration) => integration.id.clone(),
        None => ids::id().map_err(|_| Oops::Internal)?,
    };
    let mut secrets = Vec::new();
    for (key, secret) in entered {
        let place = crate::engine::secret_place(&id, key);
        let Ok(sealed) = engine.keys.seal(&place, secret.expose_secret().as_bytes()) else { return Ok(Saved::NoKey) };
        secrets.push(StoredSecret { key: key.clone(), sealed, set_on: Timestamp::now().to_string() });
    }
    let tenant = &ask.tenant()?.id;
    let next_due = form.schedule.next(&id, Timestamp::now());
    if let Some(before) = before {
        ask.audit("integration.change", &id)?;
        if !engine.db.change_integration(before, form, secrets, next_due).await? {
            return Ok(Saved::Newer);
        }
    } else {
        ask.audit("integration.create", &id)?;
        if !engine.db.add_integration(&id, tenant, form, secrets, next_due).await? {
            return Ok(Saved::Newer);
        }
    }
    engine.announce(tenant, &id);
    let saved = engine.db.integration(&Scope::Tenant(tenant.clone()), &id).await?;
    saved.map(|saved| Saved::Yes(Box::new(saved))).ok_or(Oops::Conflict)
}

async fn start(ask: &Ask, integration: &Integration, kind: RunKind) -> Result<Reply, Oops> {
    ask.audit(&format!("run.{kind}"), &integration.id)?;
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
    ask.audit("integration.pause", &integration.id)?;
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
    ask.audit("integration.resume", &integration.id)?;
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
    ask.audit("integration.delete", &integration.id)?;
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
