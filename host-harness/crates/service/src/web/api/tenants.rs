//! Tenants, for operators.

use super::super::operator::{invite, name_mistake};
use super::types::{CreatedTenant, ImportedAccounts, NewTenant, Problem, TenantView};
use super::{body, json, mistakes, problem};
use crate::accounts::{AccountsError, FirstAccounts};
use crate::db::Tenant;
use crate::form::Mistakes;
use crate::ids;
use crate::web::{Ask, Oops, Reply};

fn view(tenant: Tenant) -> TenantView {
    TenantView { id: tenant.id, name: tenant.name, created: tenant.created }
}

/// All tenants.
///
/// # Errors
/// When the database fails.
#[utoipa::path(get, path = "/api/v1/tenants", tag = "tenants", responses(
    (status = 200, description = "All tenants, by name", body = Vec<TenantView>)))]
pub async fn tenants(ask: Ask) -> Result<Reply, Oops> {
    let tenants: Vec<TenantView> = ask.engine().db.tenants().await?.into_iter().map(view).collect();
    json(200, &tenants)
}

/// Sets up a tenant with its first admin.
///
/// # Errors
/// When the database fails.
#[utoipa::path(post, path = "/api/v1/tenants", tag = "tenants", request_body = NewTenant, responses(
    (status = 201, description = "It is set up", body = CreatedTenant),
    (status = 409, description = "Somebody else has just set up one of this name", body = Problem),
    (status = 422, description = "Fields are wrong", body = Problem)))]
pub async fn add_tenant(ask: Ask) -> Result<Reply, Oops> {
    let new: NewTenant = match body(&ask) {
        Ok(new) => new,
        Err(refused) => return Ok(*refused),
    };
    let mut wrong = Mistakes::new();
    if let Some(mistake) = name_mistake(&ask, &new.name).await? {
        wrong.insert("name".to_owned(), mistake);
        return Ok(mistakes(&ask, None, &wrong));
    }
    let id = ids::id().map_err(|_| Oops::Internal)?;
    ask.audit_as(&ask.user()?.email, Some(&id), "tenant.create", &id).await?;
    let db = &ask.engine().db;
    if !db.add_tenant(&id, &new.name).await? {
        return Err(Oops::Conflict);
    }
    let language = if new.language.as_deref() == Some("en") { "en" } else { "de" };
    match invite(&ask, Some(&id), &new.email, language).await? {
        Ok(link) => {
            let tenant = db.tenant(&id).await?.map(view).ok_or(Oops::Internal)?;
            json(201, &CreatedTenant { tenant, sign_in_link: link.url, mailed: link.mailed })
        }
        Err(mistake) => {
            db.remove_tenant(&id).await?;
            wrong.insert("email".to_owned(), mistake);
            Ok(mistakes(&ask, None, &wrong))
        }
    }
}

/// Puts down the accounts and groups that a tenant's new integrations begin with: the learning platform's own, as a file for
/// `harness directory import`.
///
/// # Errors
/// When the file cannot be written.
#[utoipa::path(put, path = "/api/v1/tenants/{tenant}/accounts", tag = "tenants",
    params(("tenant" = String, Path, description = "The tenant's ID")),
    request_body(content = Object, description = "Groups and accounts"), responses(
    (status = 200, description = "They are put down", body = ImportedAccounts),
    (status = 404, description = "There is no such tenant", body = Problem),
    (status = 422, description = "They could not be imported: `detail` says where and why", body = Problem)))]
pub async fn put_accounts(ask: Ask) -> Result<Reply, Oops> {
    let tenant = ask.engine().db.tenant(ask.parameter("tenant")).await?.ok_or(Oops::NotFound)?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.accounts", &tenant.id).await?;
    let put = async {
        let checked = FirstAccounts::check(&ask.body, "body").await?;
        checked.keep(&ask.engine().db, &ask.engine().files(), &tenant.id).await?;
        Ok::<_, AccountsError>(checked.summary)
    };
    match put.await {
        Ok(summary) => {
            let (groups, accounts) = (summary.groups as u64, summary.created as u64);
            json(200, &ImportedAccounts { bytes: ask.body.len() as u64, groups, accounts })
        }
        Err(AccountsError::Wrong(mistakes)) => Ok(problem(422, "invalid-accounts", &mistakes, None)),
        Err(error) => {
            tracing::error!("the accounts of a tenant cannot be written: {error}");
            Err(Oops::Internal)
        }
    }
}
