//! A tenant's settings as the contract has them.
//!
//! Where they come from (a file, a page, a platform's own database) is not this crate's business: its user converts them
//! into these types. What every source has is typed; what only one source has is a list of keys and values, which the
//! connector declares in its manifest. A secret goes into the tenant's [vault](crate::http::Vault), and the guest gets a
//! handle.

use secrecy::SecretString;
use wasmtime::component::ResourceTable;

use crate::contract::AccountStatus;
use crate::contract::connector::{self, StatusRow};
use crate::contract::manifest::SettingKind;
use crate::http::{Origin, SecretHandle, Vault};
use crate::sandbox::Description;

/// Which of the source's values names the groups people join (rule S15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupAssignment {
    /// Nobody joins a group.
    #[default]
    None,
    /// The department's name.
    Department,
    /// The team's name.
    Team,
}

/// The value of a setting that the connector declares. `Debug` shows no secret.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SettingValue {
    /// A text, an origin, a URL, or one of a few choices.
    Text(String),
    /// A secret, to be kept in the tenant's vault and sent to the source alone.
    Secret(SecretString),
    /// A secret that is in the tenant's vault already.
    Handle(SecretHandle),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

/// What `configure` is given.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ConnectorSettings {
    /// The integration's name, free text.
    pub name: String,
    /// Whether people may be invited (rule S16).
    pub send_invitations: bool,
    /// Rule S15.
    pub group_assignment: GroupAssignment,
    /// The filter attribute's label; none means the connector's own (rule S1).
    pub filter_label: Option<String>,
    /// The values that mean yes; none given means the connector's own (rule S1).
    pub filter_values: Vec<String>,
    /// The status table, source value first; none given means the connector's own (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// The settings that the connector declares, by key. What is left out has the connector's default.
    pub values: Vec<(String, SettingValue)>,
}

impl ConnectorSettings {
    /// Settings with a name, and everything else as the connector has it.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With a value of a setting that the connector declares.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: SettingValue) -> Self {
        self.values.push((key.into(), value));
        self
    }

    /// The contract's own record. Secrets go into the vault, bound to where the settings point.
    pub(crate) fn to_contract(
        &self,
        description: &Description,
        vault: &Vault,
        table: &mut ResourceTable,
    ) -> wasmtime::Result<connector::Settings> {
        let bound = secret_origins(description, &self.values);
        let mut values = Vec::with_capacity(self.values.len());
        for (key, value) in &self.values {
            let mut handle = |handle: SecretHandle| table.push(handle).map(connector::Value::Secret);
            let value = match value {
                SettingValue::Text(text) => connector::Value::Text(text.clone()),
                SettingValue::Secret(secret) => handle(vault.insert(secret.clone(), bound.clone()))?,
                SettingValue::Handle(known) => handle(known.clone())?,
                SettingValue::Number(number) => connector::Value::Number(*number),
                SettingValue::Flag(flag) => connector::Value::Flag(*flag),
            };
            values.push(connector::SettingValue { key: key.clone(), value });
        }
        let row = |(source, account): &(String, AccountStatus)| StatusRow {
            source: source.clone(),
            account: account.clone(),
        };
        Ok(connector::Settings {
            name: self.name.clone(),
            send_invitations: self.send_invitations,
            group_assignment: match self.group_assignment {
                GroupAssignment::None => connector::GroupAssignment::None,
                GroupAssignment::Department => connector::GroupAssignment::Department,
                GroupAssignment::Team => connector::GroupAssignment::Team,
            },
            filter: connector::Filter { label: self.filter_label.clone(), values: self.filter_values.clone() },
            statuses: self.statuses.iter().map(row).collect(),
            values,
        })
    }
}

/// Where a tenant's secrets may be sent: to the origins that its settings name, or else to the manifest's first, which is
/// the source's. The others that a manifest names may be anybody's.
#[must_use]
pub fn secret_origins(description: &Description, values: &[(String, SettingValue)]) -> Vec<Origin> {
    let named: Vec<Origin> = named_origins(description, values).collect();
    if named.is_empty() { description.origins.first().cloned().into_iter().collect() } else { named }
}

/// The origins that a tenant's settings name, of those settings that are origins or URLs.
pub fn named_origins<'a>(
    description: &'a Description,
    values: &'a [(String, SettingValue)],
) -> impl Iterator<Item = Origin> + 'a {
    values.iter().filter_map(|(key, value)| {
        let setting = description.settings.iter().find(|setting| setting.key == *key)?;
        match (&setting.kind, value) {
            (SettingKind::Origin, SettingValue::Text(text)) => Origin::parse(text).ok(),
            (SettingKind::Url, SettingValue::Text(text)) => Origin::of(&url::Url::parse(text.trim()).ok()?),
            _ => None,
        }
    })
}
