//! A tenant's settings file (TOML).
//!
//! ```toml
//! name = "Personio"                 # the integration's name, free text
//! type = "personio"                 # which connector
//! client-id = "papi-…"             # the settings that this connector declares: see `harness inspect`
//! client-secret = { env = "PERSONIO_CLIENT_SECRET" }    # or { file = "secret.txt" }, beside this file
//! send-invitations = true           # default false; needs [mail]
//! group-assignment = "department"   # or "team"; default "none"
//!
//! [filter]                          # who is synced
//! label = "elearnio Sync"
//! values = ["ja", "yes"]
//!
//! [statuses]                        # source status = "preboarding", "active", "absent" or "inactive"
//! onboarding = "preboarding"
//!
//! [mail]                            # without it no mail is written, and nobody can be invited
//! to = "hr@acme.example"            # or a list
//! from = "elearnio <no-reply@acme.example>"             # needed with a server; see DEFAULT_SENDER
//! language = "de"                   # or "en"; default "de"
//!
//! [mail.smtp]                       # without it mails become files
//! host = "smtp.acme.example"
//! security = "tls"                  # or "starttls", or "none" on this machine; default "tls"
//! port = 465                        # default 465, 587 or 25 by the security
//! user = "…"
//! password = { env = "SMTP_PASSWORD" }
//!
//! [limits]                          # every key, its unit and its default: see Limits
//! memory-mib = 256
//! ```
//!
//! Keys that every connector has are read here. Keys of one connector are declared by its manifest, and read accordingly
//! ([`declared`]).
//!
//! All mistakes of a file are reported together, each with its line, its key and what to do. The file is walked by hand and
//! not derived: serde stops at the first mistake, and cannot tell two of them apart for the person who made them. A new
//! table is a new function that takes its [`Section`].

mod declared;
mod limits;
mod mail;
mod secret;
mod section;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use connector_common::key;
use toml::de::DeTable;

use self::section::{Reading, Section};
use super::{ConnectorSettings, GroupAssignment, Settings};
use crate::diagnostics::Diagnostics;
use connector_host::contract::AccountStatus;
use connector_host::files;
use connector_host::names::{STATUS_NAMES, status_named};
use connector_host::sandbox::{Description, Limits};

pub use self::mail::{DEFAULT_SENDER, is_address};
pub use self::service::{ServiceSettings, load_service};

const ASSIGNMENTS: [(&str, GroupAssignment); 3] =
    [("none", GroupAssignment::None), ("department", GroupAssignment::Department), ("team", GroupAssignment::Team)];

/// Why there are no settings. `Display` is for the person who wrote the file, and never holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read: which and why.
    #[error("{0}")]
    Unreadable(String),
    /// The file's mistakes, each with its line and key.
    #[error("{0}")]
    Wrong(Diagnostics),
}

/// A settings file, read as text: what is in it depends on the connector that it is for.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    text: String,
    environment: Environment,
    /// Whose it is, of many tenants that may mean each other harm.
    tenant: Option<String>,
}

/// The largest settings file, in bytes.
const LARGEST: u64 = 1 << 20;

/// Where the values of environment variables come from.
type Environment = fn(&str) -> Option<String>;

impl SettingsFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, SettingsError> {
        Self::open_with(path, |name| std::env::var(name).ok())
    }

    /// [`SettingsFile::open`] with another environment than the process' own.
    ///
    /// # Errors
    /// As [`SettingsFile::open`].
    pub fn open_with(path: &Path, environment: Environment) -> Result<Self, SettingsError> {
        let text = files::read_text(path, LARGEST).map_err(|error| {
            SettingsError::Unreadable(format!(
                "the settings file {} cannot be read: {error}; check the path",
                path.display()
            ))
        })?;
        Ok(Self { path: path.to_owned(), text, environment, tenant: None })
    }

    /// Reads the settings file of one of many tenants, which may be somebody's who means the others harm.
    ///
    /// A secret's file lies in the folder of the settings, links resolved. A secret's environment variable begins with the
    /// tenant's own prefix: `HARNESS_`, the tenant's name in capitals with `_` for `-`, and `__`; so `HARNESS_ACME__TOKEN` for
    /// `acme`. Two underscores end the name, so that the prefix of `acme` is not one of `acme-north`'s. A tenant whose name has
    /// anything but lower-case letters, digits and single hyphens in it has no environment.
    ///
    /// # Errors
    /// As [`SettingsFile::open`]; a secret that is somewhere else is a mistake of the file.
    pub fn open_for_tenant(path: &Path, tenant: &str) -> Result<Self, SettingsError> {
        Ok(Self { tenant: Some(tenant.to_owned()), ..Self::open(path)? })
    }

    /// The limits, for a host that is built before its connector is known; the defaults where the file is wrong, which its
    /// settings then report.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let walk =
            |reading: &mut Reading<'_>, table: &DeTable<'_>| Some(limits::limits(reading, &Section::root(table)));
        let mut read = Limits::default();
        // Other mistakes are no reason to leave the limits out.
        let _ = self.walk(|reading, table| {
            read = walk(reading, table)?;
            Some(())
        });
        read
    }

    /// The settings for the connector of this description, with the secrets they name.
    ///
    /// # Errors
    /// With all mistakes of the file, or when a secret it names is not there.
    pub fn settings_for(&self, connector: &Description) -> Result<Settings, SettingsError> {
        self.walk(|reading, table| settings(reading, table, Some(connector)))
    }

    /// The settings for whichever connector: what it declares is taken as it stands in the file. For work that runs no
    /// connector, such as applying a saved plan.
    ///
    /// # Errors
    /// As [`SettingsFile::settings_for`].
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        self.walk(|reading, table| settings(reading, table, None))
    }

    fn walk<T>(&self, walk: impl FnOnce(&mut Reading<'_>, &DeTable<'_>) -> Option<T>) -> Result<T, SettingsError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let environment = self.environment;
        let mut reading = Reading {
            problems: Diagnostics::new(&self.path, &self.text),
            folder,
            environment,
            tenant: self.tenant.as_deref(),
        };
        let (document, errors) = DeTable::parse_recoverable(&self.text);
        for error in &errors {
            reading.complain(error.span().map_or(0, |span| span.start), "TOML", error.message());
        }
        // What follows a mistake in the notation is guesswork.
        let read = if errors.is_empty() { walk(&mut reading, document.get_ref()) } else { None };
        read.filter(|_| reading.problems.is_empty()).ok_or(SettingsError::Wrong(reading.problems))
    }
}

/// The settings in a file, for whichever connector: see [`SettingsFile::settings`].
///
/// # Errors
/// When the file cannot be read, with all its mistakes, or when a secret it names is not there.
pub fn load(path: &Path) -> Result<Settings, SettingsError> {
    SettingsFile::open(path)?.settings()
}

/// [`load`] with another environment than the process' own.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, environment: Environment) -> Result<Settings, SettingsError> {
    SettingsFile::open_with(path, environment)?.settings()
}

/// Reads a file of limits alone: the keys of `[limits]`, without the table's name.
///
/// # Errors
/// When the file cannot be read, or with all its mistakes.
pub fn load_limits(path: &Path) -> Result<Limits, SettingsError> {
    SettingsFile::open(path)?.walk(|reading, table| Some(limits::of_table(reading, &Section::root(table))))
}

/// None only after a complaint; so that every part is looked at, nothing returns early.
fn settings(reading: &mut Reading<'_>, table: &DeTable<'_>, description: Option<&Description>) -> Option<Settings> {
    let form = Section::root(table);
    let name = form.needed_text(reading, "name", "\"Personio\"");
    let kind = form.needed_text(reading, "type", "\"personio\"");
    // Settings for another connector are refused as a whole, and not key by key.
    let description = description.filter(|it| kind.as_deref().is_none_or(|kind| *kind == *it.name));
    let values = match description {
        Some(description) => declared::values(reading, &form, &description.settings),
        None => declared::as_they_stand(reading, &form),
    };
    let mut connector = ConnectorSettings::default();
    connector.values = values;
    connector.send_invitations = form.flag(reading, "send-invitations");
    connector.group_assignment =
        form.choice(reading, "group-assignment", &ASSIGNMENTS).unwrap_or(GroupAssignment::None);
    (connector.filter_label, connector.filter_values) = filter(reading, &form);
    connector.statuses = statuses(reading, &form);
    let mail = mail::mail(reading, &form);
    if connector.send_invitations && !form.has("mail") {
        form.complain(reading, "send-invitations", NO_MAIL);
    }
    let limits = limits::limits(reading, &form);
    connector.name = name?;
    Some(Settings { kind: kind?, connector, mail, limits })
}

/// A person who is noted as invited is never invited again (rule S16), so every invitation needs a mail.
const NO_MAIL: &str =
    "invitations are sent by mail, and [mail] is missing; add [mail] with `to` and `language`, or use false";

/// The filter attribute's label and the values that mean yes (rule S1).
fn filter(reading: &mut Reading<'_>, form: &Section<'_>) -> (Option<String>, Vec<String>) {
    let Some(filter) = form.section(reading, "filter") else { return (None, Vec::new()) };
    filter.refuse_unknown(reading, &["label", "values"]);
    let values = filter.texts(reading, "values").into_iter().map(|(_, value)| value).collect();
    (filter.text(reading, "label"), values)
}

/// The status table (rule S8), in the file's order.
fn statuses(reading: &mut Reading<'_>, form: &Section<'_>) -> Vec<(String, AccountStatus)> {
    let Some(table) = form.section(reading, "statuses") else { return Vec::new() };
    let (mut statuses, mut listed) = (Vec::new(), BTreeSet::new());
    for source in table.keys() {
        let key = key(source);
        if listed.contains(&key) {
            table.complain(
                reading,
                source,
                "this status is listed twice (upper and lower case are the same); remove one",
            );
        }
        let Some(name) = table.text(reading, source) else { continue };
        if let Some(status) = status_named(&name) {
            statuses.push((source.to_owned(), status));
            listed.insert(key);
        } else {
            let message = format!("`{name}` is not an account status; use one of {}", STATUS_NAMES.join(", "));
            table.complain(reading, source, &message);
        }
    }
    statuses
}
