//! Turns a tenant's settings into an instance that can run: its secret, its policy, its way out, its limits.
//!
//! The command line, the fleet and a platform that embeds the library all come through here, so that a secret is bound,
//! and a limit armed, in one place.

use std::sync::Arc;

use connector_host::contract::manifest::SettingKind;
use connector_host::http::{EgressPolicy, Gateway, HttpLimits, Origin, Transport, Vault};
use connector_host::sandbox::{Connector, Description, GuestError, Tenant};
use connector_settings::diagnostics::unknown_key;
use connector_settings::{SettingValue, Settings};

/// Why a tenant cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The settings name another connector than the component.
    #[error("the settings are for a connector of type \"{wanted}\", but the component is of type \"{found}\"")]
    OtherConnector {
        /// What the settings say.
        wanted: String,
        /// What the component says.
        found: String,
    },
    /// A setting that the connector declares has a value that does not fit, or none.
    #[error("{key}: {what}")]
    Setting {
        /// The setting's key.
        key: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The component cannot start within the tenant's limits.
    #[error("{0}\n{remedy}", remedy = .0.remedy())]
    Guest(#[from] GuestError),
}

/// What a component may reach: its manifest's origins, and those the operator names. A platform that grants a component
/// less than its manifest asks for adds [`granting`](EgressPolicy::granting).
#[must_use]
pub fn policy(connector: &Connector, allowed: impl IntoIterator<Item = Origin>) -> EgressPolicy {
    EgressPolicy::new(connector.description().origins.clone(), allowed)
}

/// Starts instances of one connector for tenants, each for one sync.
pub struct TenantBuilder<'a> {
    connector: &'a Connector,
    policy: EgressPolicy,
    transport: Arc<dyn Transport>,
    vault: Vault,
}

impl<'a> TenantBuilder<'a> {
    /// Tenants of this connector, whose requests `policy` judges and `transport` answers.
    #[must_use]
    pub fn new(connector: &'a Connector, policy: EgressPolicy, transport: Arc<dyn Transport>) -> Self {
        Self { connector, policy, transport, vault: Vault::new() }
    }

    /// Keeps the tenant's secrets in this vault: for a transport that has to know them, to keep them off the disk or to
    /// look for them.
    #[must_use]
    pub fn vault(mut self, vault: Vault) -> Self {
        self.vault = vault;
        self
    }

    /// Starts an instance with the limits of the tenant's settings.
    ///
    /// # Errors
    /// When the settings do not fit the component, or the component cannot start.
    pub async fn start(self, settings: &Settings) -> Result<Tenant, StartError> {
        let description = self.connector.description();
        if description.name != settings.kind {
            let (wanted, found) = (settings.kind.clone(), description.name.clone());
            return Err(StartError::OtherConnector { wanted, found });
        }
        check_values(description, &settings.connector.values)?;
        let gateway = Gateway::new(self.policy, self.transport, self.vault.clone(), HttpLimits::from(&settings.limits));
        Ok(self.connector.tenant(gateway, self.vault, Some(settings.limits.clone())).await?)
    }
}

/// Checks the values of the declared settings, for settings that were made without a settings file.
fn check_values(description: &Description, values: &[(String, SettingValue)]) -> Result<(), StartError> {
    let wrong = |key: &str, what: String| Err(StartError::Setting { key: key.to_owned(), what });
    for (key, value) in values {
        let Some(setting) = description.settings.iter().find(|setting| setting.key == *key) else {
            let known: Vec<&str> = description.settings.iter().map(|setting| setting.key.as_str()).collect();
            return wrong(key, unknown_key(key, &known));
        };
        if let Err(what) = check_value(&setting.kind, value) {
            return wrong(key, what);
        }
    }
    let given = |key: &str| values.iter().any(|(other, _)| other == key);
    match description.settings.iter().find(|setting| setting.required && !given(&setting.key)) {
        Some(setting) => wrong(&setting.key, "this setting is missing, and the connector needs it".to_owned()),
        None => Ok(()),
    }
}

fn check_value(kind: &SettingKind, value: &SettingValue) -> Result<(), String> {
    let is = |expected: &str| Err(format!("it must be {expected}"));
    match (kind, value) {
        (SettingKind::Secret, SettingValue::Secret(_) | SettingValue::Handle(_))
        | (SettingKind::Number, SettingValue::Number(_))
        | (SettingKind::Flag, SettingValue::Flag(_))
        | (SettingKind::Text, SettingValue::Text(_)) => Ok(()),
        (SettingKind::Origin, SettingValue::Text(text)) => {
            Origin::parse(text).map(|_| ()).map_err(|error| error.to_string())
        }
        (SettingKind::Url, SettingValue::Text(text)) => match url::Url::parse(text) {
            Ok(url) if Origin::of(&url).is_some() => Ok(()),
            _ => is("an absolute http or https URL"),
        },
        (SettingKind::Choice(options), SettingValue::Text(text)) => {
            if options.iter().any(|option| option.value == *text) {
                Ok(())
            } else {
                is("one of the connector's choices")
            }
        }
        (SettingKind::Secret, _) => is("a secret"),
        (SettingKind::Number, _) => is("a whole number"),
        (SettingKind::Flag, _) => is("true or false"),
        (_, _) => is("a text"),
    }
}
