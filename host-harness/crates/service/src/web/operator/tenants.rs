//! All tenants, and setting up another.

use connector_console::model::{FieldError, Input, NewTenant, Pager, Section, TenantRow, TenantsPage};
use connector_console::tenants as tenants_html;
use connector_settings::file::is_address;

use super::super::entry::address_key;
use super::super::integrations::{last_run, time};
use super::super::{Ask, Oops, Reply};
use super::ROWS;
use super::users::{form_language, invite};
use crate::db::{Scope, Tenant};
use crate::ids;

/// The longest name of a tenant, in characters.
const LONGEST_NAME: usize = 100;

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
    let form = NewTenant { language: ask.language, ..NewTenant::default() };
    Ok(TenantsPage { rows, pager: Pager { page, size: ROWS, total }, q, form, ..TenantsPage::default() })
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
    ask.audit_as(&ask.user()?.email, Some(&id), "tenant.create", &id).await?;
    if !ask.engine().db.add_tenant(&id, &name).await? {
        return Err(Oops::Conflict);
    }
    let created = invite(&ask, Some(&id), &email, tag).await?.ok();
    let page = TenantsPage { created, ..tenants_page(&ask).await? };
    Ok(Reply::Page(tenants_html(&ask.shell(Section::Tenants), &page)))
}
