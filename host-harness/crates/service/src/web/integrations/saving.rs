//! Checking what was entered, and keeping it; the pages and the API both come through here.

use connector_console::model::FieldError;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::super::{Ask, Oops};
use crate::db::{Integration, Scope, StoredSecret};
use crate::form::{Form, Mistakes, Secrets};
use crate::ids;

/// The settings that a form comes to, or its mistakes.
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

/// What came of saving.
pub enum Saved {
    /// It is saved, and reads like this.
    Yes(Box<Integration>),
    /// Somebody else was faster.
    Newer,
    /// There is no key to seal a secret with.
    NoKey,
}

/// Saves a form that was checked.
pub async fn save(ask: &Ask, form: &Form, entered: &Secrets, before: Option<&Integration>) -> Result<Saved, Oops> {
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
        ask.audit("integration.change", &id).await?;
        if !engine.db.change_integration(before, form, secrets, next_due).await? {
            return Ok(Saved::Newer);
        }
    } else {
        ask.audit("integration.create", &id).await?;
        if !engine.db.add_integration(&id, tenant, form, secrets, next_due).await? {
            return Ok(Saved::Newer);
        }
    }
    engine.announce(tenant, &id);
    let saved = engine.db.integration(&Scope::Tenant(tenant.clone()), &id).await?;
    saved.map(|saved| Saved::Yes(Box::new(saved))).ok_or(Oops::Conflict)
}
