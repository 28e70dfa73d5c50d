//! One tenant: its limits, its data.

use connector_console::model::{FieldError, LimitField, Section, TenantPage, TenantUser, Tone};
use connector_console::tenant as tenant_html;
use connector_host::sandbox::Limits;
use jiff::Timestamp;

use super::super::ask::flash;
use super::super::cookies::{TENANT, set_cookie};
use super::super::integrations::{rows, time};
use super::super::{Ask, Oops, Reply};
use crate::db::{Scope, Tenant, User};

pub(super) async fn tenant_of(ask: &Ask) -> Result<Tenant, Oops> {
    ask.engine().db.tenant(ask.parameter("tenant")).await?.ok_or(Oops::NotFound)
}

pub(super) async fn tenant_page(ask: &Ask, tenant: &Tenant) -> Result<TenantPage, Oops> {
    let db = &ask.engine().db;
    let links = db.links().await?;
    let user = |user: User| {
        let until =
            links.iter().find(|(id, _)| *id == user.id).and_then(|(_, until)| Timestamp::from_second(*until).ok());
        TenantUser {
            id: user.id,
            email: user.email,
            last_sign_in: user.signed_in.as_deref().map(time),
            link_until: until,
        }
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
        invite_language: ask.language,
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

pub(super) fn refused(ask: &Ask, page: &TenantPage) -> Reply {
    Reply::PageWith(422, tenant_html(&ask.shell(Section::Tenants), page))
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
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.limits", &tenant.id).await?;
    let limits = serde_json::to_string(&own).unwrap_or_default();
    ask.engine().db.change_tenant(&tenant.id, &tenant.name, &limits).await?;
    Ok(Reply::Go(format!("/operator/tenants/{}", tenant.id), Some(flash(Tone::Good, "saved", None))))
}

/// `POST /operator/tenants/{tenant}/open`: the operator looks at the tenant's own pages.
pub async fn open_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.open", &tenant.id).await?;
    let cookies = vec![set_cookie(&ask.site, TENANT, &tenant.id, None)];
    Ok(Reply::Cookies(Box::new(Reply::Go("/integrations".to_owned(), None)), cookies))
}

/// `GET /operator/tenants/{tenant}/export`: everything that is kept of a tenant but secrets, as JSON.
pub async fn export_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.export", &tenant.id).await?;
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
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "tenant.erase", &tenant.id).await?;
    ask.engine().erase_tenant(&tenant.id).await.map_err(|error| {
        tracing::error!("{error}");
        Oops::Internal
    })?;
    let flash = flash(Tone::Neutral, "erased", Some(&tenant.name));
    Ok(Reply::Go("/operator/tenants".to_owned(), Some(flash)))
}
