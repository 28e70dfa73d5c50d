//! Conflicts: what only a person can decide (rules S2, S4 and S12).

use connector_common::codes;
use connector_console::conflicts as conflicts_html;
use connector_console::model::{
    Candidate, Conflict, ConflictChoice, ConflictsPage, FieldError, Pager, Person, Resolution, Section, Tone,
};
use connector_host::contract::{Account, Notice};
use connector_host::names::status_name;
use connector_report::catalogue::{self, Kind};
use connector_sync::decisions::{relink, unlink};
use jiff::Timestamp;

use super::ask::flash;
use super::integrations::last_run;
use super::run_page::named;
use super::{Ask, Oops, Reply};
use crate::db::{Decision, Integration, RunFilter, Scope};
use crate::detail::Detail;
use crate::engine::DirectoryProblem;

/// Rows on a page.
const ROWS: u64 = 50;

/// `GET /conflicts`.
pub async fn list(ask: Ask) -> Result<Reply, Oops> {
    let page = page(&ask, None).await?;
    Ok(Reply::Page(conflicts_html(&ask.shell(Section::Conflicts), &page)))
}

/// A choice that was sent and is not right.
struct Sent {
    id: String,
    choice: String,
    reason: String,
    choice_error: Option<FieldError>,
    reason_error: Option<FieldError>,
}

async fn page(ask: &Ask, sent: Option<&Sent>) -> Result<ConflictsPage, Oops> {
    let scope = ask.own()?;
    let (mut conflicts, mut has_runs) = (Vec::new(), false);
    for integration in ask.engine().db.integrations(&scope).await? {
        let (found, runs) = of_integration(ask, &integration).await?;
        conflicts.extend(found);
        has_runs |= runs;
    }
    if let Some(sent) = sent
        && let Some(conflict) = conflicts.iter_mut().find(|conflict| conflict.id == sent.id)
    {
        conflict.chosen.clone_from(&sent.choice);
        conflict.reason.clone_from(&sent.reason);
        conflict.choice_error.clone_from(&sent.choice_error);
        conflict.reason_error.clone_from(&sent.reason_error);
    }
    let total = conflicts.len() as u64;
    let page = ask.page().min(total.div_ceil(ROWS).max(1));
    let skip = usize::try_from((page - 1) * ROWS).unwrap_or(usize::MAX);
    let conflicts = conflicts.into_iter().skip(skip).take(50).collect();
    Ok(ConflictsPage { conflicts, pager: Pager { page, size: ROWS, total }, has_runs })
}

/// The conflicts that the newest plan of an integration has, and that are still there.
async fn of_integration(ask: &Ask, integration: &Integration) -> Result<(Vec<Conflict>, bool), Oops> {
    let engine = ask.engine();
    let scope = Scope::Tenant(integration.tenant.clone());
    let filter = RunFilter { integration: Some(integration.id.clone()), limit: 20, ..RunFilter::default() };
    let (runs, count) = engine.db.runs(&scope, filter).await?;
    let Some(run) = runs.into_iter().find(|run| run.has_detail && run.plan_hash.is_some()) else {
        return Ok((Vec::new(), count > 0));
    };
    let sealed = engine.db.run_detail(&run.id).await?;
    let detail = sealed.and_then(|sealed| Detail::open(&engine.keys, &run.id, &sealed).ok());
    let Some((detail, plan)) = detail.as_ref().and_then(|detail| Some((detail, &detail.plan.as_ref()?.plan))) else {
        return Ok((Vec::new(), true));
    };
    let kept = kept(ask, integration).await?;
    let accounts = accounts(ask, integration).await?;
    let is_conflict = |notice: &&Notice| catalogue::kind(&notice.code) == Some(Kind::Conflict);
    let mut conflicts = Vec::new();
    for notice in plan.notices.iter().filter(is_conflict) {
        for employee in &notice.employees {
            let id = format!("{}:{}:{employee}", integration.id, notice.code);
            if kept.contains(&about(&notice.code, employee)) {
                continue;
            }
            let ids = detail.conflicts.get(employee).map(Vec::as_slice).unwrap_or_default();
            let theirs: Vec<&Account> = accounts.iter().filter(|account| ids.contains(&account.id)).collect();
            if is_settled(&notice.code, employee, &accounts) {
                continue;
            }
            let person = |employee: &str| Person {
                employee: employee.to_owned(),
                name: detail.name(employee).map(str::to_owned),
            };
            conflicts.push(Conflict {
                id,
                integration: named(integration),
                code: notice.code.clone(),
                person: person(employee),
                email: theirs
                    .first()
                    .filter(|_| notice.code != codes::EMPLOYEE_LINKED_TWICE)
                    .map(|it| it.email.clone()),
                other: notice.detail.as_deref().map(person),
                choices: choices(&notice.code, employee, &theirs),
                accounts: theirs.into_iter().map(|account| candidate(account, &person)).collect(),
                found_by: Some(last_run(&run)),
                ..Conflict::default()
            });
        }
    }
    Ok((conflicts, true))
}

/// What a decision to leave a conflict as it is says that it is about.
fn about(code: &str, employee: &str) -> String {
    format!("{code} {employee}")
}

async fn kept(ask: &Ask, integration: &Integration) -> Result<Vec<String>, Oops> {
    let scope = Scope::Tenant(integration.tenant.clone());
    let decisions = ask.engine().db.decisions(&scope, 1_000).await?;
    let is_kept = |decision: &Decision| decision.kind == "keep" && decision.integration == integration.id;
    Ok(decisions.into_iter().filter(is_kept).map(|decision| decision.about).collect())
}

async fn accounts(ask: &Ask, integration: &Integration) -> Result<Vec<Account>, Oops> {
    let directory = ask.engine().snapshot(integration).await.map_err(internal)?;
    Ok(directory.map(|directory| directory.accounts).unwrap_or_default())
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn internal(error: DirectoryProblem) -> Oops {
    tracing::error!("{error}");
    Oops::Internal
}

/// Whether somebody has decided since: the next sync goes by it.
fn is_settled(code: &str, employee: &str, accounts: &[Account]) -> bool {
    let linked = accounts.iter().filter(|account| account.employee.as_deref() == Some(employee)).count();
    match code {
        codes::EMAIL_DUPLICATE_IN_SOURCE | codes::EMAIL_CHANGE_CONFLICT => false,
        codes::EMPLOYEE_LINKED_TWICE => linked < 2,
        _ => linked > 0,
    }
}

fn candidate(account: &Account, person: &dyn Fn(&str) -> Person) -> Candidate {
    Candidate {
        account: account.id.clone(),
        name: format!("{} {}", account.first_name, account.last_name).trim().to_owned(),
        email: account.email.clone(),
        status: status_name(&account.status).to_owned(),
        linked_to: account.employee.as_deref().map(person),
        protected: account.protected,
    }
}

fn choices(code: &str, employee: &str, accounts: &[&Account]) -> Vec<ConflictChoice> {
    let choice = |value: String, resolution| ConflictChoice { value, resolution };
    let mut choices: Vec<ConflictChoice> = match code {
        codes::EMAIL_DUPLICATE_IN_SOURCE | codes::EMAIL_CHANGE_CONFLICT => return Vec::new(),
        _ => accounts
            .iter()
            .map(|account| {
                let id = account.id.clone();
                match &account.employee {
                    Some(from) if code != codes::EMPLOYEE_LINKED_TWICE => choice(
                        format!("same:{id}"),
                        Resolution::SamePerson { account: id, from: from.clone(), to: employee.to_owned() },
                    ),
                    _ => choice(format!("use:{id}"), Resolution::UseAccount { account: id }),
                }
            })
            .collect(),
    };
    if !choices.is_empty() {
        choices.push(choice("keep".to_owned(), Resolution::Keep));
    }
    choices
}

/// `POST /conflicts/{conflict}`.
pub async fn resolve(ask: Ask) -> Result<Reply, Oops> {
    let id = ask.parameter("conflict").to_owned();
    let mut parts = id.splitn(3, ':');
    let (Some(integration), Some(code), Some(employee)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Oops::NotFound);
    };
    let integration = ask.integration_by(integration).await?;
    let (choice, reason) = (ask.form.text("choice"), ask.form.text("reason"));
    let mut sent = Sent { id: id.clone(), choice, reason, choice_error: None, reason_error: None };
    let (conflicts, _) = of_integration(&ask, &integration).await?;
    let conflict = conflicts.into_iter().find(|conflict| conflict.id == id).ok_or(Oops::Conflict)?;
    let chosen = conflict.choices.into_iter().find(|choice| choice.value == sent.choice);
    if chosen.is_none() {
        sent.choice_error = Some(FieldError::Required);
    }
    if sent.reason.is_empty() {
        sent.reason_error = Some(FieldError::Required);
    }
    let (Some(chosen), None) = (chosen, &sent.reason_error) else { return refuse(&ask, &sent).await };
    let subject = format!("{}:{employee}", integration.id);
    ask.audit_as(&ask.user()?.email, Some(&integration.tenant), "conflict.decide", &subject).await?;
    let accounts: Vec<String> = conflict.accounts.into_iter().map(|account| account.account).collect();
    match decide(&ask, &integration, code, employee, &chosen.resolution, &accounts, &sent.reason).await {
        Ok((kind, about)) => {
            let decision = Decision {
                integration: integration.id.clone(),
                run: None,
                decided: Timestamp::now().to_string(),
                by: ask.user()?.email.clone(),
                kind: kind.to_owned(),
                about,
                reason: sent.reason,
            };
            ask.engine().db.add_decision(&integration.tenant, &decision).await?;
            Ok(Reply::Go("/conflicts".to_owned(), Some(flash(Tone::Good, "resolved", None))))
        }
        Err(problem) => {
            sent.choice_error = Some(FieldError::Other(problem.to_string()));
            refuse(&ask, &sent).await
        }
    }
}

async fn refuse(ask: &Ask, sent: &Sent) -> Result<Reply, Oops> {
    let page = page(ask, Some(sent)).await?;
    Ok(Reply::PageWith(422, conflicts_html(&ask.shell(Section::Conflicts), &page)))
}

/// Carries a decision out; gives its kind and what it is about.
async fn decide(
    ask: &Ask,
    integration: &Integration,
    code: &str,
    employee: &str,
    resolution: &Resolution,
    accounts: &[String],
    reason: &str,
) -> Result<(&'static str, String), DirectoryProblem> {
    if matches!(resolution, Resolution::Keep) {
        return Ok(("keep", about(code, employee)));
    }
    let engine = ask.engine();
    let mut directory = engine.open_directory(integration, None).await?;
    let _lock = engine.lock_directory(integration)?;
    let now = Timestamp::now();
    let mut transaction = directory.administer().await?;
    let decided = match resolution {
        Resolution::UseAccount { account } if code == codes::EMPLOYEE_LINKED_TWICE => {
            for other in accounts.iter().filter(|other| *other != account) {
                unlink(&mut *transaction, other, reason, now).await?;
            }
            ("choose", account.clone())
        }
        Resolution::SamePerson { account, .. } | Resolution::UseAccount { account } => {
            relink(&mut *transaction, account, employee, reason, now).await?;
            ("relink", employee.to_owned())
        }
        Resolution::NotTheirs { account } => {
            unlink(&mut *transaction, account, reason, now).await?;
            ("unlink", account.clone())
        }
        Resolution::Keep => ("keep", about(code, employee)),
    };
    transaction.commit().await?;
    Ok(decided)
}
