//! People: finding somebody, and why their account is as it is.

use connector_common::key;
use connector_console::model::{Asking, Live, Pager, PeoplePage, PersonRow, Progress, Section, WhyPage};
use connector_console::{people as people_html, why as why_html};
use connector_host::contract::Account;
use connector_host::names::status_name;
use connector_sync::directory::Directory;
use connector_sync::explain::{Explanation, Values, employee_id, explain, gather};
use jiff::Timestamp;

use super::integration_form::progress;
use super::run_page::named;
use super::{Ask, Oops, Reply};
use crate::db::Integration;
use crate::engine::{Answer, ProbeKind, ProbeState, Question};

/// Rows on a page.
const ROWS: u64 = 100;

/// `GET /people`.
pub async fn search(ask: Ask) -> Result<Reply, Oops> {
    let scope = ask.own()?;
    let all = ask.engine().db.integrations(&scope).await?;
    let (q, chosen) = (ask.query.text("q"), ask.query.text("integration"));
    let wanted = key(&q).into_owned();
    let (mut rows, mut has_people) = (Vec::new(), false);
    for integration in all.iter().filter(|it| chosen.is_empty() || it.id == chosen) {
        let accounts = accounts(&ask, integration).await?;
        has_people |= !accounts.is_empty();
        let before = rows.len();
        rows.extend(accounts.iter().filter(|account| fits(account, &wanted)).map(|account| row(integration, account)));
        // Somebody without an account may be in the HR system all the same.
        let is_known = rows.iter().skip(before).any(|row| row.employee.as_deref() == Some(q.as_str()));
        if !is_known
            && let Ok(id) = employee_id(&q)
            && id.chars().any(|c| c.is_ascii_digit())
            && !id.contains(char::is_whitespace)
            && !id.contains('@')
        {
            let row =
                PersonRow { integration: named(integration), employee: Some(id.to_owned()), ..PersonRow::default() };
            rows.push(row);
        }
    }
    let total = rows.len() as u64;
    let page = ask.page().min(total.div_ceil(ROWS).max(1));
    let skip = usize::try_from((page - 1) * ROWS).unwrap_or(usize::MAX);
    let page = PeoplePage {
        q,
        integration: chosen,
        integrations: all.iter().map(named).collect(),
        rows: rows.into_iter().skip(skip).take(100).collect(),
        pager: Pager { page, size: ROWS, total },
        has_people,
    };
    Ok(Reply::Page(people_html(&ask.shell(Section::People), &page)))
}

async fn accounts(ask: &Ask, integration: &Integration) -> Result<Vec<Account>, Oops> {
    let snapshot = ask.engine().snapshot(integration).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let mut accounts = snapshot.map(|directory| directory.accounts).unwrap_or_default();
    connector_sync::work_permits::blocking(|| {
        accounts.sort_by_cached_key(|account| {
            (key(&account.last_name).into_owned(), key(&account.first_name).into_owned())
        });
    });
    Ok(accounts)
}

fn fits(account: &Account, wanted: &str) -> bool {
    let name = format!("{} {} {}", account.first_name, account.last_name, account.first_name);
    let texts = [name.as_str(), &account.email, account.employee.as_deref().unwrap_or_default()];
    wanted.is_empty() || texts.into_iter().any(|text| key(text).contains(wanted))
}

fn row(integration: &Integration, account: &Account) -> PersonRow {
    PersonRow {
        integration: named(integration),
        employee: account.employee.clone(),
        account: Some(account.id.clone()),
        name: format!("{} {}", account.first_name, account.last_name).trim().to_owned(),
        email: account.email.clone(),
        status: status_name(&account.status).to_owned(),
        department: account.department.clone().unwrap_or_default(),
    }
}

/// The person named in the path.
fn question(ask: &Ask, integration: &Integration) -> Result<Question, Oops> {
    let employee = employee_id(ask.parameter("employee")).map_err(|_| Oops::NotFound)?;
    Ok(Question { integration: integration.id.clone(), employee: employee.to_owned() })
}

/// What the directory alone says of somebody; no source is asked.
pub async fn by_directory(ask: &Ask, integration: &Integration, employee: &str) -> Result<Option<Explanation>, Oops> {
    let internal = |error: &dyn std::fmt::Display| {
        tracing::error!("{error}");
        Oops::Internal
    };
    let directory = ask.engine().read_directory(integration).await.map_err(|error| internal(&error))?;
    let Some(mut directory) = directory else { return Ok(None) };
    let directory: &mut dyn Directory = &mut *directory;
    let evidence = gather(None, Some(directory), employee).await.map_err(|error| internal(&error))?;
    Ok(Some(explain(employee, &evidence, Values::Shown)))
}

/// `GET /people/{integration}/{employee}`.
pub async fn why(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let question = question(&ask, &integration)?;
    let probe = ask.engine().probes.about(&integration.tenant, &question);
    let path = format!("/people/{}/{}", integration.id, encode(&question.employee));
    let (mut explanation, mut asking, mut read_at) = (None, None, None);
    if let Some(probe) = &probe {
        match probe.state() {
            ProbeState::Running => {
                let watched = ask.engine().live.find(&probe.id);
                let at = watched.map_or_else(Progress::default, |watched| progress(&watched.position()));
                let live = Live { events: format!("/tests/{}/events", probe.id), page: path };
                asking = Some(Asking { run: probe.id.clone(), progress: at, live });
            }
            ProbeState::Answered(answer) => {
                if let Answer::Question(answer) = &*answer {
                    explanation = Some((**answer).clone());
                    read_at = started(&probe.id);
                }
            }
            ProbeState::Failed(failures) => {
                let mut known = by_directory(&ask, &integration, &question.employee).await?;
                if let Some(known) = &mut known {
                    known.failures = failures;
                }
                explanation = known;
            }
            ProbeState::Stopped => {}
        }
    }
    if explanation.is_none() {
        explanation = by_directory(&ask, &integration, &question.employee).await?;
    }
    let page = WhyPage {
        integration: named(&integration),
        employee: question.employee,
        explanation,
        read: None,
        read_at,
        asking,
        can_ask: true,
    };
    Ok(Reply::Page(why_html(&ask.shell(Section::People), &page)))
}

/// When a probe began: its identifier says so.
fn started(id: &str) -> Option<Timestamp> {
    let (time, _) = id.split_once('-')?;
    jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time)
        .ok()
        .and_then(|time| time.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp())
}

fn encode(text: &str) -> String {
    // In a path a plus is a plus.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Begins to ask the source about somebody; the pages and the API both come through here.
pub async fn begin(
    ask: &Ask,
    integration: &Integration,
    question: Question,
) -> Result<std::sync::Arc<crate::engine::Probe>, connector_sync::run::Failure> {
    let engine = ask.engine();
    let ready = engine.connectors.ready(&integration.form.connector, &engine.db).await?;
    let settings = engine.settings_for(integration, &ready).await?;
    let kind = ProbeKind::Question(question);
    Ok(engine.probe(&integration.tenant, kind, ready, settings, Some(integration.clone())))
}

/// `POST /people/{integration}/{employee}/ask`.
pub async fn ask(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let question = question(&ask, &integration)?;
    let path = format!("/people/{}/{}", integration.id, encode(&question.employee));
    let running = ask.engine().probes.about(&integration.tenant, &question);
    if running.is_some_and(|probe| matches!(probe.state(), ProbeState::Running)) {
        return Ok(Reply::Go(path, None));
    }
    ask.audit_as(
        &ask.user()?.email,
        Some(&integration.tenant),
        "person.ask",
        &format!("{}:{}", integration.id, question.employee),
    )
    .await?;
    let flash = match begin(&ask, &integration, question).await {
        Ok(_) => None,
        Err(failure) => Some(super::ask::flash(connector_console::model::Tone::Bad, &failure.message, None)),
    };
    Ok(Reply::Go(path, flash))
}

/// `POST /people/{integration}/{employee}/forget`: takes a person's data out of the history; the counts stay.
pub async fn forget(ask: Ask) -> Result<Reply, Oops> {
    let integration = ask.integration().await?;
    let question = question(&ask, &integration)?;
    ask.audit_as(
        &ask.user()?.email,
        Some(&integration.tenant),
        "person.forget",
        &format!("{}:{}", integration.id, question.employee),
    )
    .await?;
    ask.engine().forget_person(&integration, &question.employee).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    Ok(Reply::Go(
        "/people".to_owned(),
        Some(super::ask::flash(connector_console::model::Tone::Good, "forgotten", Some(&question.employee))),
    ))
}
