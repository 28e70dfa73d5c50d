//! The operator's pages: tenants and their users, connectors and what they may reach, runs across tenants, the audit log.

use std::path::Path;

use connector_console::model::{
    AuditChain, AuditPage, AuditRow, ConnectorRow, ConnectorState as ShownState, ConnectorsPage, FieldError, Input,
    LimitField, Named, NewTenant, OneTimeLink, OperatorRunsPage, OriginGrant, Pager, RunFilter, RunOrder, Section,
    TenantPage, TenantRow, TenantUser, TenantsPage, Tone,
};
use connector_console::{
    audit as audit_html, connectors as connectors_html, operator_runs as runs_html, tenant as tenant_html,
    tenants as tenants_html,
};
use connector_host::http::Origin;
use connector_host::sandbox::Limits;
use connector_settings::Language;
use connector_settings::file::is_address;
use jiff::Timestamp;

use super::ask::flash;
use super::dispatch::{TENANT, set_cookie};
use super::entry::address_key;
use super::history;
use super::integration_form::remark;
use super::integrations::{last_run, rows, time};
use super::run_page::named;
use super::{Ask, Oops, Reply};
use crate::connectors::{AddError, ConnectorState, LoadedConnector};
use crate::db::{Scope, Tenant, User};
use crate::ids;
use crate::setup::LINK_SECONDS;

/// Rows on a page.
const ROWS: u64 = 50;
/// The longest name of a tenant, in characters.
const LONGEST_NAME: usize = 100;

/// Adds a user, or finds the one there is, and makes a one-time link; the pages and the API both come through here.
pub async fn invite(
    ask: &Ask,
    tenant: Option<&str>,
    email: &str,
    language: &str,
) -> Result<Result<OneTimeLink, FieldError>, Oops> {
    let email = address_key(email);
    if !is_address(&email) {
        return Ok(Err(if email.is_empty() { FieldError::Required } else { FieldError::NotAnEmail }));
    }
    let db = &ask.engine().db;
    let id = ids::id().map_err(|_| Oops::Internal)?;
    ask.audit_as(&ask.user()?.email, tenant, "user.invite", &id)?;
    if !db.add_user(&id, tenant, &email, language).await? {
        return Ok(Err(FieldError::Taken));
    }
    let user = db.user_by_email(&email).await?.ok_or(Oops::Internal)?;
    link(ask, &user).await.map(Ok)
}

async fn link(ask: &Ask, user: &User) -> Result<OneTimeLink, Oops> {
    let engine = ask.engine();
    let made = engine.one_time_link(user, LINK_SECONDS).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let mailed = engine.mail_link(user, &made, ask.language).await;
    let valid_until = Timestamp::from_second(Timestamp::now().as_second() + LINK_SECONDS).unwrap_or_default();
    Ok(OneTimeLink { email: user.email.clone(), url: made, valid_until, mailed })
}

async fn tenants_page(ask: &Ask) -> Result<TenantsPage, Oops> {
    let db = &ask.engine().db;
    let q = ask.query.text("q");
    let wanted = connector_common::key(&q).into_owned();
    let (integrations, runs) = (db.integrations(&Scope::All).await?, db.last_runs(&Scope::All).await?);
    let fits = |tenant: &Tenant| connector_common::key(&tenant.name).contains(&wanted);
    let tenants: Vec<Tenant> = db.tenants().await?.into_iter().filter(fits).collect();
    let total = tenants.len() as u64;
    let page = ask.page().min(total.div_ceil(ROWS).max(1));
    let skip = usize::try_from((page - 1) * ROWS).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    for tenant in tenants.into_iter().skip(skip).take(50) {
        let users = db.users(Some(&tenant.id)).await?.len() as u64;
        let theirs = runs.iter().filter(|run| run.tenant == tenant.id);
        let needs = |run: &&crate::db::Run| {
            run.decided.is_none() && matches!(run.verdict.as_deref(), Some("needs-approval" | "failed" | "blocked"))
        };
        rows.push(TenantRow {
            users,
            integrations: integrations.iter().filter(|it| it.tenant == tenant.id).count() as u64,
            need_attention: theirs.clone().filter(needs).count() as u64,
            last_run: theirs.max_by(|one, other| one.queued.cmp(&other.queued)).map(last_run),
            created: time(&tenant.created),
            id: tenant.id,
            name: tenant.name,
        });
    }
    Ok(TenantsPage { rows, pager: Pager { page, size: ROWS, total }, q, ..TenantsPage::default() })
}

/// `GET /operator/tenants`.
pub async fn tenants(ask: Ask) -> Result<Reply, Oops> {
    let page = tenants_page(&ask).await?;
    Ok(Reply::Page(tenants_html(&ask.shell(Section::Tenants), &page)))
}

/// What is wrong with a tenant's name.
pub async fn name_mistake(ask: &Ask, name: &str) -> Result<Option<FieldError>, Oops> {
    if name.is_empty() {
        return Ok(Some(FieldError::Required));
    }
    if name.chars().count() > LONGEST_NAME {
        return Ok(Some(FieldError::TooLong(LONGEST_NAME as u64)));
    }
    let key = connector_common::key(name);
    let taken = ask.engine().db.tenants().await?.iter().any(|tenant| connector_common::key(&tenant.name) == key);
    Ok(taken.then_some(FieldError::Taken))
}

fn form_language(ask: &Ask) -> (Language, &'static str) {
    if ask.form.text("language") == "en" { (Language::En, "en") } else { (Language::De, "de") }
}

/// `POST /operator/tenants`.
pub async fn add_tenant(ask: Ask) -> Result<Reply, Oops> {
    let (name, email) = (ask.form.text("name"), ask.form.text("email"));
    let (language, tag) = form_language(&ask);
    let mut form = NewTenant {
        name: Input { error: name_mistake(&ask, &name).await?, value: name.clone() },
        email: Input { value: email.clone(), error: None },
        language,
    };
    if !is_address(&email) {
        form.email.error = Some(if email.is_empty() { FieldError::Required } else { FieldError::NotAnEmail });
    } else if ask.engine().db.user_by_email(&address_key(&email)).await?.is_some() {
        form.email.error = Some(FieldError::Taken);
    }
    if form.name.error.is_some() || form.email.error.is_some() {
        let page = TenantsPage { form, ..tenants_page(&ask).await? };
        return Ok(Reply::PageWith(422, tenants_html(&ask.shell(Section::Tenants), &page)));
    }
    let id = ids::id().map_err(|_| Oops::Internal)?;
    ask.audit_as(&ask.user()?.email, Some(&id), "tenant.create", &id)?;
    if !ask.engine().db.add_tenant(&id, &name).await? {
        return Err(Oops::Conflict);
    }
    let created = invite(&ask, Some(&id), &email, tag).await?.ok();
    let page = TenantsPage { created, ..tenants_page(&ask).await? };
    Ok(Reply::Page(tenants_html(&ask.shell(Section::Tenants), &page)))
}

async fn tenant_of(ask: &Ask) -> Result<Tenant, Oops> {
    ask.engine().db.tenant(ask.parameter("tenant")).await?.ok_or(Oops::NotFound)
}

async fn tenant_page(ask: &Ask, tenant: &Tenant) -> Result<TenantPage, Oops> {
    let db = &ask.engine().db;
    let links = db.links().await?;
    let user = |user: User| {
        let until =
            links.iter().find(|(id, _)| *id == user.id).and_then(|(_, until)| Timestamp::from_second(*until).ok());
        TenantUser { id: user.id, email: user.email, last_sign_in: None, link_until: until }
    };
    let users = db.users(Some(&tenant.id)).await?.into_iter().map(user).collect();
    let own: std::collections::BTreeMap<String, u64> = serde_json::from_str(&tenant.limits).unwrap_or_default();
    let ceiling = &ask.engine().settings.limits;
    let limits =
        Limits::default().rows().into_iter().zip(ceiling.rows()).map(|((key, default), (_, most))| LimitField {
            value: own.get(&key).map(ToString::to_string).unwrap_or_default(),
            key,
            default: default.min(most),
            ceiling: Some(most),
            error: None,
        });
    Ok(TenantPage {
        id: tenant.id.clone(),
        name: tenant.name.clone(),
        created: time(&tenant.created),
        users,
        limits: limits.collect(),
        integrations: rows(ask, &Scope::Tenant(tenant.id.clone())).await?,
        ..TenantPage::default()
    })
}

/// `GET /operator/tenants/{tenant}`.
pub async fn tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let page = tenant_page(&ask, &tenant).await?;
    Ok(Reply::Page(tenant_html(&ask.shell(Section::Tenants), &page)))
}

fn refused(ask: &Ask, page: &TenantPage) -> Reply {
    Reply::PageWith(422, tenant_html(&ask.shell(Section::Tenants), page))
}

/// `POST /operator/tenants/{tenant}/users`.
pub async fn add_user(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let email = ask.form.text("email");
    let (language, tag) = form_language(&ask);
    let invited = invite(&ask, Some(&tenant.id), &email, tag).await?;
    let mut page = tenant_page(&ask, &tenant).await?;
    page.invite_language = language;
    match invited {
        Ok(link) => {
            page.link = Some(link);
            Ok(Reply::Page(tenant_html(&ask.shell(Section::Tenants), &page)))
        }
        Err(error) => {
            page.invite = Input { value: email, error: Some(error) };
            Ok(refused(&ask, &page))
        }
    }
}

async fn user_of(ask: &Ask, tenant: &Tenant) -> Result<User, Oops> {
    let users = ask.engine().db.users(Some(&tenant.id)).await?;
    users.into_iter().find(|user| user.id == ask.parameter("user")).ok_or(Oops::NotFound)
}

/// `POST /operator/tenants/{tenant}/users/{user}/link`.
pub async fn new_link(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let user = user_of(&ask, &tenant).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "user.link", &user.id)?;
    let link = link(&ask, &user).await?;
    let page = TenantPage { link: Some(link), ..tenant_page(&ask, &tenant).await? };
    Ok(Reply::Page(tenant_html(&ask.shell(Section::Tenants), &page)))
}

/// `POST /operator/tenants/{tenant}/users/{user}/remove`.
pub async fn remove_user(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let user = user_of(&ask, &tenant).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "user.remove", &user.id)?;
    ask.engine().db.remove_user(&user.id, Some(&tenant.id)).await?;
    let flash = flash(Tone::Neutral, "user-removed", Some(&user.email));
    Ok(Reply::Go(format!("/operator/tenants/{}", tenant.id), Some(flash)))
}

/// `POST /operator/tenants/{tenant}/limits`.
pub async fn set_limits(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let mut page = tenant_page(&ask, &tenant).await?;
    let mut own = std::collections::BTreeMap::new();
    for field in &mut page.limits {
        field.value = ask.form.text(&field.key);
        if field.value.is_empty() {
            continue;
        }
        match (field.value.parse::<u64>(), field.ceiling) {
            (Err(_), _) => field.error = Some(FieldError::NotANumber),
            (Ok(value), Some(most)) if value > most => field.error = Some(FieldError::TooHigh(most)),
            (Ok(value), _) => drop(own.insert(field.key.clone(), value)),
        }
    }
    if page.limits.iter().any(|field| field.error.is_some()) {
        return Ok(refused(&ask, &page));
    }
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.limits", &tenant.id)?;
    let limits = serde_json::to_string(&own).unwrap_or_default();
    ask.engine().db.change_tenant(&tenant.id, &tenant.name, &limits).await?;
    Ok(Reply::Go(format!("/operator/tenants/{}", tenant.id), Some(flash(Tone::Good, "saved", None))))
}

/// `POST /operator/tenants/{tenant}/open`: the operator looks at the tenant's own pages.
pub async fn open_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.open", &tenant.id)?;
    let cookies = vec![set_cookie(&ask.site, TENANT, &tenant.id, None)];
    Ok(Reply::Cookies(Box::new(Reply::Go("/integrations".to_owned(), None)), cookies))
}

/// `GET /operator/tenants/{tenant}/export`: everything that is kept of a tenant but secrets, as JSON.
pub async fn export_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.export", &tenant.id)?;
    let export = ask.engine().export_tenant(&tenant).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let bytes = serde_json::to_vec_pretty(&export).map_err(|_| Oops::Internal)?;
    Ok(Reply::Download { name: format!("tenant-{}.json", tenant.id), media_type: "application/json", bytes })
}

/// `POST /operator/tenants/{tenant}/erase`.
pub async fn erase_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    if ask.form.text("confirm") != tenant.name {
        let erase_error = Some(FieldError::WrongConfirmation);
        let page = TenantPage { erase_error, ..tenant_page(&ask, &tenant).await? };
        return Ok(refused(&ask, &page));
    }
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.erase", &tenant.id)?;
    ask.engine().erase_tenant(&tenant.id).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let flash = flash(Tone::Neutral, "erased", Some(&tenant.name));
    Ok(Reply::Go("/operator/tenants".to_owned(), Some(flash)))
}

async fn connectors_page(ask: &Ask) -> Result<ConnectorsPage, Oops> {
    let integrations = ask.engine().db.integrations(&Scope::All).await?;
    let row = |loaded: LoadedConnector| {
        let stored = loaded.stored;
        let known = stored.asked.iter().chain(stored.granted.iter().filter(|it| !stored.asked.contains(it)));
        let grant = |origin: &String| OriginGrant {
            origin: origin.clone(),
            asked: stored.asked.contains(origin),
            granted: stored.granted.contains(origin),
        };
        ConnectorRow {
            origins: known.map(grant).collect(),
            state: match loaded.state {
                ConnectorState::Ok => ShownState::Ok,
                ConnectorState::Missing => ShownState::Missing,
                ConnectorState::Changed => ShownState::Changed,
                ConnectorState::Refused => ShownState::Refused,
            },
            problem: loaded.failure.as_ref().map(remark),
            integrations: integrations.iter().filter(|it| it.form.connector == stored.name).count() as u64,
            id: stored.name.clone(),
            file: stored.path,
            name: stored.name,
            version: stored.version,
            digest: stored.digest,
            contract: stored.contract,
        }
    };
    let mut rows = Vec::new();
    for loaded in ask.engine().connectors.all() {
        // Looked at anew, so that a file that is gone is seen here and not in the next run.
        let failure = ask.engine().connectors.ready(&loaded.stored.name).await.err();
        let now = ask.engine().connectors.all().into_iter().find(|it| it.stored.name == loaded.stored.name);
        let mut loaded = now.unwrap_or(loaded);
        loaded.failure = loaded.failure.or(failure);
        rows.push(row(loaded));
    }
    Ok(ConnectorsPage { rows, ..ConnectorsPage::default() })
}

/// `GET /operator/connectors`.
pub async fn connectors(ask: Ask) -> Result<Reply, Oops> {
    let page = connectors_page(&ask).await?;
    Ok(Reply::Page(connectors_html(&ask.shell(Section::Connectors), &page)))
}

/// `POST /operator/connectors`.
pub async fn add_connector(ask: Ask) -> Result<Reply, Oops> {
    let path = ask.form.text("path");
    let failed = async |error, failure: Option<connector_sync::run::Failure>| {
        let add = Input { value: path.clone(), error };
        let page = ConnectorsPage { add, add_failure: failure.as_ref().map(remark), ..connectors_page(&ask).await? };
        Ok(Reply::PageWith(422, connectors_html(&ask.shell(Section::Connectors), &page)))
    };
    if path.is_empty() {
        return failed(Some(FieldError::Required), None).await;
    }
    if !Path::new(&path).exists() {
        return failed(Some(FieldError::NoSuchFile), None).await;
    }
    ask.audit_as(&ask.user()?.email, None, "connector.add", &path)?;
    let engine = ask.engine();
    match engine.connectors.add(Path::new(&path), &[], &engine.db).await {
        Ok(loaded) => {
            let flash = flash(Tone::Good, "added", Some(&loaded.stored.name));
            Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash)))
        }
        Err(AddError::Refused(failure)) => failed(None, Some(failure)).await,
        Err(AddError::Db(error)) => Err(error.into()),
    }
}

fn known(ask: &Ask) -> Result<LoadedConnector, Oops> {
    let name = ask.parameter("connector");
    ask.engine().connectors.all().into_iter().find(|loaded| loaded.stored.name == name).ok_or(Oops::NotFound)
}

/// `POST /operator/connectors/{connector}/origins`.
pub async fn grant_origins(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    let named: Vec<Origin> = ask.form.filled("origin").iter().filter_map(|origin| Origin::parse(origin).ok()).collect();
    let granted: Vec<String> = named.iter().map(ToString::to_string).collect();
    ask.audit_as(
        &ask.user()?.email,
        None,
        "connector.grant",
        &format!("{} {}", loaded.stored.name, granted.join(" ")),
    )?;
    let engine = ask.engine();
    engine.connectors.grant(&loaded.stored.name, granted, &engine.db).await?;
    Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash(Tone::Good, "granted", None))))
}

/// `POST /operator/connectors/{connector}/accept`: the file that is there now is the one that was meant.
pub async fn accept_connector(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    ask.audit_as(&ask.user()?.email, None, "connector.accept", &loaded.stored.name)?;
    let engine = ask.engine();
    match engine.connectors.add(Path::new(&loaded.stored.path), &[], &engine.db).await {
        Ok(_) => Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash(Tone::Good, "accepted", None)))),
        Err(AddError::Refused(failure)) => {
            let page = ConnectorsPage { add_failure: Some(remark(&failure)), ..connectors_page(&ask).await? };
            Ok(Reply::PageWith(422, connectors_html(&ask.shell(Section::Connectors), &page)))
        }
        Err(AddError::Db(error)) => Err(error.into()),
    }
}

/// `POST /operator/connectors/{connector}/remove`.
pub async fn remove_connector(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    ask.audit_as(&ask.user()?.email, None, "connector.remove", &loaded.stored.name)?;
    let engine = ask.engine();
    engine.connectors.remove(&loaded.stored.name, &engine.db).await?;
    let flash = flash(Tone::Neutral, "removed", Some(&loaded.stored.name));
    Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash)))
}

/// `GET /operator/runs`.
pub async fn runs(ask: Ask) -> Result<Reply, Oops> {
    let db = &ask.engine().db;
    let filter = RunFilter { integration: String::new(), verdict: ask.query.text("verdict") };
    let order = match ask.query.text("order").as_str() {
        "slowest" => RunOrder::Slowest,
        "latest" => RunOrder::Latest,
        _ => RunOrder::Failing,
    };
    let number = u32::try_from(ask.page()).unwrap_or(u32::MAX);
    let mut wanted = history::wanted(&filter, number.saturating_sub(1).saturating_mul(history::ROWS));
    wanted.order = match order {
        RunOrder::Slowest => crate::db::RunOrder::Slowest,
        RunOrder::Latest => crate::db::RunOrder::Latest,
        RunOrder::Failing => crate::db::RunOrder::Failing,
    };
    let (runs, total) = db.runs(&Scope::All, wanted).await?;
    let integrations: Vec<Named> = db.integrations(&Scope::All).await?.iter().map(named).collect();
    let tenants = db.tenants().await?;
    let row = |run: &crate::db::Run| {
        let tenant = tenants.iter().find(|tenant| tenant.id == run.tenant);
        let tenant = tenant.map(|tenant| Named { id: tenant.id.clone(), name: tenant.name.clone() });
        connector_console::model::RunRow { tenant, ..history::row(run, &integrations) }
    };
    let page = OperatorRunsPage {
        rows: runs.iter().map(row).collect(),
        filter,
        order,
        pager: Pager { page: u64::from(number), size: u64::from(history::ROWS), total },
    };
    Ok(Reply::Page(runs_html(&ask.shell(Section::Runs), &page)))
}

/// `GET /operator/audit`.
pub async fn audit(ask: Ask) -> Result<Reply, Oops> {
    let (entries, broken) = ask.engine().audit.read().map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let q = ask.query.text("q");
    let fits = |entry: &&crate::audit::Entry| {
        q.is_empty()
            || [&entry.who, &entry.action, &entry.subject].into_iter().any(|text| text.contains(&q))
            || entry.tenant.as_deref() == Some(q.as_str())
    };
    let tenants = ask.engine().db.tenants().await?;
    let fitting: Vec<_> = entries.iter().rev().filter(fits).collect();
    let total = fitting.len() as u64;
    let page = ask.page().min(total.div_ceil(ROWS).max(1));
    let skip = usize::try_from((page - 1) * ROWS).unwrap_or(usize::MAX);
    let row = |entry: &crate::audit::Entry| AuditRow {
        number: entry.number,
        at: time(&entry.at),
        who: entry.who.clone(),
        tenant: entry.tenant.as_ref().map(|id| {
            tenants.iter().find(|tenant| tenant.id == *id).map_or_else(|| id.clone(), |tenant| tenant.name.clone())
        }),
        action: entry.action.clone(),
        subject: entry.subject.clone(),
        hash: entry.hash.chars().take(12).collect(),
    };
    let page = AuditPage {
        rows: fitting.into_iter().skip(skip).take(50).map(row).collect(),
        q,
        pager: Pager { page, size: ROWS, total },
        chain: broken.map_or(AuditChain::Whole, AuditChain::BrokenAt),
    };
    Ok(Reply::Page(audit_html(&ask.shell(Section::Audit), &page)))
}
