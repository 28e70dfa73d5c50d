//! A tenant's users: inviting them, and their one-time links.

use connector_console::model::{FieldError, Input, LinksPage, Named, OneTimeLink, OpenLink, Section, TenantPage, Tone};
use connector_console::{links as links_html, tenant as tenant_html};
use connector_settings::Language;
use connector_settings::file::is_address;
use jiff::Timestamp;

use super::super::ask::flash;
use super::super::entry::address_key;
use super::super::{Ask, Oops, Reply};
use super::tenant::{refused, tenant_of, tenant_page};
use crate::db::{Tenant, User};
use crate::ids;
use crate::setup::LINK_SECONDS;

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
    ask.audit_as(&ask.user()?.email, tenant, "user.invite", &id).await?;
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

pub(super) fn form_language(ask: &Ask) -> (Language, &'static str) {
    if ask.form.text("language") == "en" { (Language::En, "en") } else { (Language::De, "de") }
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

/// `GET /operator/links`.
pub async fn links(ask: Ask) -> Result<Reply, Oops> {
    let db = &ask.engine().db;
    let mut open = db.links().await?;
    open.sort_by_key(|(_, until)| *until);
    let mut owners: Vec<(User, Option<Named>)> = db.users(None).await?.into_iter().map(|user| (user, None)).collect();
    for tenant in db.tenants().await? {
        let users = db.users(Some(&tenant.id)).await?;
        let named = Named { id: tenant.id, name: tenant.name };
        owners.extend(users.into_iter().map(|user| (user, Some(named.clone()))));
    }
    let row = |(id, until): &(String, i64)| {
        let (user, tenant) = owners.iter().find(|(user, _)| user.id == *id)?;
        let until = Timestamp::from_second(*until).unwrap_or_default();
        Some(OpenLink { email: user.email.clone(), tenant: tenant.clone(), until })
    };
    let page = LinksPage { rows: open.iter().filter_map(row).collect() };
    Ok(Reply::Page(links_html(&ask.shell(Section::Tenants), &page)))
}

async fn user_of(ask: &Ask, tenant: &Tenant) -> Result<User, Oops> {
    let users = ask.engine().db.users(Some(&tenant.id)).await?;
    users.into_iter().find(|user| user.id == ask.parameter("user")).ok_or(Oops::NotFound)
}

/// `POST /operator/tenants/{tenant}/users/{user}/link`.
pub async fn new_link(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let user = user_of(&ask, &tenant).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "user.link", &user.id).await?;
    let link = link(&ask, &user).await?;
    let page = TenantPage { link: Some(link), ..tenant_page(&ask, &tenant).await? };
    Ok(Reply::Page(tenant_html(&ask.shell(Section::Tenants), &page)))
}

/// `POST /operator/tenants/{tenant}/users/{user}/remove`.
pub async fn remove_user(ask: Ask) -> Result<Reply, Oops> {
    let tenant = tenant_of(&ask).await?;
    let user = user_of(&ask, &tenant).await?;
    ask.audit_as(&ask.user()?.email, Some(&tenant.id), "user.remove", &user.id).await?;
    ask.engine().db.remove_user(&user.id, Some(&tenant.id)).await?;
    let flash = flash(Tone::Neutral, "user-removed", Some(&user.email));
    Ok(Reply::Go(format!("/operator/tenants/{}", tenant.id), Some(flash)))
}
