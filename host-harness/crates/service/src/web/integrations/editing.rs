//! The form: new and of an integration that there is, what is sent with it, and the test of a connection.

use connector_console::form as form_html;
use connector_console::model::{FieldError, FormPage, Section, Tone};

use super::super::ask::flash;
use super::super::integration_form::{FormView, form_page, mistakes_of, remark, test_panel};
use super::super::{Ask, Oops, Reply};
use super::buttons::start;
use super::list::last_run;
use super::saving::{Saved, checked, save};
use crate::db::{Integration, Run, RunKind, RunState, Scope};
use crate::engine::{Probe, ProbeKind, QUARANTINE};
use crate::form::{Form, Mistakes, Posted, Secrets};

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

/// The form as it is shown: `mistakes` stand at their fields.
pub(super) async fn show(
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

async fn test(
    ask: &Ask,
    form: Form,
    secrets: Secrets,
    settings: connector_settings::Settings,
    integration: Option<Integration>,
) -> Result<Reply, Oops> {
    let tenant = ask.tenant()?;
    let ready = match ask.engine().connectors.ready(&form.connector, &ask.engine().db).await {
        Ok(ready) => ready,
        Err(failure) => {
            let mut page = show(ask, &form, secrets, Mistakes::new(), integration.as_ref(), None).await?;
            let failures = vec![remark(&failure)];
            page.test = Some(connector_console::model::TestPanel::Failed { run: None, failures });
            return Ok(Reply::PageWith(422, form_html(&ask.shell(Section::Integrations), &page)));
        }
    };
    let of = integration.as_ref().map(|integration| integration.id.clone());
    ask.audit("integration.test", of.as_deref().unwrap_or("new")).await?;
    let path = of.as_ref().map_or("/integrations/new".to_owned(), |id| format!("/integrations/{id}/edit"));
    let kind = ProbeKind::Test { form: Box::new(form), secrets, integration: of };
    let probe = ask.engine().probe(&tenant.id, kind, ready, settings, None);
    Ok(Reply::Go(format!("{path}?test={}#test", probe.id), None))
}
