//! A tenant's settings file (TOML).
//!
//! ```toml
//! name = "Personio"                 # the integration's name, free text
//! type = "personio"                 # which connector
//! client-id = "papi-…"
//! client-secret = { env = "PERSONIO_CLIENT_SECRET" }    # or { file = "secret.txt" }, beside this file
//! send-invitations = true           # default false; needs [mail]
//! group-assignment = "department"   # or "team"; default "none"
//! endpoint = "https://api.personio.de"                  # another origin than the connector's own
//! partner-id = "…"                  # sent as X-Personio-Partner-ID
//! app-id = "…"                      # sent as X-Personio-App-ID
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
//! All mistakes of a file are told together, each with its line, its key and what to do. The file is walked by hand and
//! not derived: serde stops at the first mistake, and cannot tell two of them apart for the person who made them. A new
//! table is a new function that takes its [`Section`].

mod limits;
mod mail;
mod secret;
mod section;
#[cfg(test)]
mod tests;

use std::path::Path;

use text_key::key;
use toml::de::DeTable;
use url::Url;

use self::section::{Reading, Section};
use super::{GroupAssignment, Settings};
use crate::diagnostics::Diagnostics;
use connector_host::contract::AccountStatus;
use connector_host::names::{STATUS_NAMES, status_named};
use connector_host::sandbox::Limits;

pub use self::mail::DEFAULT_SENDER;

const KEYS: [&str; 13] = [
    "name",
    "type",
    "client-id",
    "client-secret",
    "send-invitations",
    "group-assignment",
    "endpoint",
    "partner-id",
    "app-id",
    "filter",
    "statuses",
    "mail",
    "limits",
];

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

/// Reads a settings file, and the secrets it names.
///
/// # Errors
/// When the file cannot be read, with all its mistakes, or when a secret it names is not there.
pub fn load(path: &Path) -> Result<Settings, SettingsError> {
    load_with(path, |name| std::env::var(name).ok())
}

/// [`load`] with another environment than the process' own.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, environment: fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
    read(path, environment, settings)
}

/// Reads a file of limits alone: the keys of `[limits]`, without the table's name.
///
/// # Errors
/// When the file cannot be read, or with all its mistakes.
pub fn load_limits(path: &Path) -> Result<Limits, SettingsError> {
    read(path, |_| None, |reading, table| Some(limits::of_table(reading, &Section::root(table))))
}

/// Reads a TOML file by walking its table.
fn read<T>(
    path: &Path,
    environment: fn(&str) -> Option<String>,
    walk: impl FnOnce(&mut Reading<'_>, &DeTable<'_>) -> Option<T>,
) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        SettingsError::Unreadable(format!(
            "the settings file {} cannot be read: {error}; check the path",
            path.display()
        ))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reading = Reading { problems: Diagnostics::new(path, &text), folder, environment };
    let (document, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        reading.complain(error.span().map_or(0, |span| span.start), "TOML", error.message());
    }
    // What follows a mistake in the notation is guesswork.
    let read = if errors.is_empty() { walk(&mut reading, document.get_ref()) } else { None };
    read.filter(|_| reading.problems.is_empty()).ok_or(SettingsError::Wrong(reading.problems))
}

/// None only after a complaint; so that every part is looked at, nothing returns early.
fn settings(reading: &mut Reading<'_>, table: &DeTable<'_>) -> Option<Settings> {
    let form = Section::root(table);
    form.refuse_unknown(reading, &KEYS);
    let name = form.needed_text(reading, "name", "\"Personio\"");
    let connector = form.needed_text(reading, "type", "\"personio\"");
    let client_id = form.needed_text(reading, "client-id", "the ID Personio shows under Connect");
    let client_secret = form.needed_secret(reading, "client-secret");
    let send_invitations = form.flag(reading, "send-invitations");
    let group_assignment = form.choice(reading, "group-assignment", &ASSIGNMENTS).unwrap_or(GroupAssignment::None);
    let endpoint = endpoint(reading, &form);
    let partner_id = form.text(reading, "partner-id");
    let app_id = form.text(reading, "app-id");
    let (filter_label, filter_values) = filter(reading, &form);
    let statuses = statuses(reading, &form);
    let mail = mail::mail(reading, &form);
    if send_invitations && !form.has("mail") {
        form.complain(reading, "send-invitations", NO_MAIL);
    }
    let limits = limits::limits(reading, &form);
    Some(Settings {
        name: name?,
        connector: connector?,
        client_id: client_id?,
        client_secret: client_secret?,
        send_invitations,
        group_assignment,
        endpoint,
        filter_label,
        filter_values,
        statuses,
        partner_id,
        app_id,
        mail,
        limits,
    })
}

/// Whoever is noted as invited is never invited again (rule S16), so nobody may be without a mail.
const NO_MAIL: &str =
    "invitations are sent by mail, and [mail] is missing; add [mail] with `to` and `language`, or use false";

fn endpoint(reading: &mut Reading<'_>, form: &Section<'_>) -> Option<String> {
    let endpoint = form.text(reading, "endpoint")?;
    let is_origin = Url::parse(&endpoint).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && (url.username(), url.password()) == ("", None)
            && (url.path(), url.query(), url.fragment()) == ("/", None, None)
    });
    if !is_origin {
        form.complain(reading, "endpoint", "it must be an origin without a path, such as \"https://api.personio.de\"");
    }
    is_origin.then_some(endpoint)
}

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
    let mut statuses: Vec<(String, AccountStatus)> = Vec::new();
    for source in table.keys() {
        if statuses.iter().any(|(other, _)| key(other) == key(source)) {
            table.complain(
                reading,
                source,
                "this status is listed twice (upper and lower case are the same); remove one",
            );
        }
        let Some(name) = table.text(reading, source) else { continue };
        if let Some(status) = status_named(&name) {
            statuses.push((source.to_owned(), status));
        } else {
            let message = format!("`{name}` is not an account status; use one of {}", STATUS_NAMES.join(", "));
            table.complain(reading, source, &message);
        }
    }
    statuses
}
