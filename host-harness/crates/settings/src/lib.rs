//! A tenant's settings: what a connector is given, where mails go, and what a sync may use.
//!
//! [`mod@file`] reads them from TOML and reports all mistakes of a file at once ([`diagnostics`]).

#![forbid(unsafe_code)]

pub mod diagnostics;
pub mod file;

pub use diagnostics::Diagnostics;
pub use file::{SettingsError, load};

use secrecy::SecretString;

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
    /// The connector they are for, by its name: `personio`. Settings files call it `type`.
    pub kind: String,
    /// What the connector is given. Without [`Settings::mail`] it is told to invite nobody: an invitation is a mail (rule S16).
    pub connector: ConnectorSettings,
    /// Where mails go; without it no summary is written and invitations cannot be sent.
    pub mail: Option<MailSettings>,
    /// What a sync of this tenant may use.
    pub limits: Limits,
}

impl Settings {
    /// Settings for the connector of this name, without mails and with the default limits.
    #[must_use]
    pub fn new(kind: impl Into<String>, connector: ConnectorSettings) -> Self {
        Self { kind: kind.into(), connector, mail: None, limits: Limits::default() }
    }

    /// The text of a declared setting, if it has one.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.connector.values.iter().find_map(|(other, value)| match value {
            SettingValue::Text(text) if other == key => Some(text.as_str()),
            _ => None,
        })
    }

    /// The secret of a declared setting, if it has one.
    #[must_use]
    pub fn secret(&self, key: &str) -> Option<&SecretString> {
        self.connector.values.iter().find_map(|(other, value)| match value {
            SettingValue::Secret(secret) if other == key => Some(secret),
            _ => None,
        })
    }
}

impl From<&Settings> for ConnectorSettings {
    fn from(settings: &Settings) -> Self {
        let mut connector = settings.connector.clone();
        connector.send_invitations &= settings.mail.is_some();
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
