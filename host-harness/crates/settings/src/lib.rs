//! A tenant's settings: what a connector is given, where mails go, and what a sync may use.
//!
//! [`mod@file`] reads them from TOML and reports all mistakes of a file at once ([`diagnostics`]).

#![forbid(unsafe_code)]

pub mod diagnostics;
pub mod file;

pub use diagnostics::Diagnostics;
pub use file::{SettingsError, load};

use secrecy::SecretString;

use connector_host::contract::AccountStatus;
use connector_host::sandbox::Limits;
pub use connector_host::settings::{ConnectorSettings, GroupAssignment, SettingValue};

/// The language of a tenant's mails (rule S26).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// German, elearnio's own.
    #[default]
    De,
    /// English.
    En,
}

/// One tenant's settings. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The integration's name, free text.
    pub name: String,
    /// Which connector: `personio`.
    pub connector: String,
    /// Rule S16. Without [`Settings::mail`] the connector gets `false`: an invitation is a mail.
    pub send_invitations: bool,
    /// Rule S15.
    pub group_assignment: GroupAssignment,
    /// The filter attribute's label; none means the connector's own (rule S1).
    pub filter_label: Option<String>,
    /// The values that mean yes; none given means the connector's own (rule S1).
    pub filter_values: Vec<String>,
    /// The status table, source value first; none given means the connector's own (rule S8).
    pub statuses: Vec<(String, AccountStatus)>,
    /// The settings that the connector declares, by key; what is not there has the connector's default.
    pub values: Vec<(String, SettingValue)>,
    /// Where mails go; without it no summary is written and invitations cannot be sent.
    pub mail: Option<MailSettings>,
    /// What a sync of this tenant may use.
    pub limits: Limits,
}

impl Settings {
    /// The text of a declared setting, if it has one.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.iter().find_map(|(other, value)| match value {
            SettingValue::Text(text) if other == key => Some(text.as_str()),
            _ => None,
        })
    }

    /// The secret of a declared setting, if it has one.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<&SecretString> {
        self.values.iter().find_map(|(other, value)| match value {
            SettingValue::Secret(secret) if other == key => Some(secret),
            _ => None,
        })
    }
}

impl From<&Settings> for ConnectorSettings {
    fn from(settings: &Settings) -> Self {
        let mut connector = Self::new(&settings.name);
        connector.send_invitations = settings.send_invitations && settings.mail.is_some();
        connector.group_assignment = settings.group_assignment;
        connector.filter_label.clone_from(&settings.filter_label);
        connector.filter_values.clone_from(&settings.filter_values);
        connector.statuses.clone_from(&settings.statuses);
        connector.values.clone_from(&settings.values);
        connector
    }
}

/// Where mails go and how.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Who gets the summary: RFC 5322 addresses, at least one.
    pub to: Vec<String>,
    /// The sender.
    pub from: String,
    /// The summary's and the invitations' language.
    pub language: Language,
    /// A mail server; without one, mails become files in the outbox folder.
    pub smtp: Option<SmtpSettings>,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The server's name.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// The user's name and password, if the server asks for them.
    pub credentials: Option<(String, SecretString)>,
}

/// How a connection to a mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314), port 465.
    Tls,
    /// `STARTTLS`, required (RFC 3207), port 587.
    StartTls,
    /// None: only for a server on this machine.
    None,
}
