//! What the operator of a service sets for all its tenants: `service.toml` in its data folder.
//!
//! ```toml
//! detail-days = 90                  # how long a run's plan and mail are kept; then its counts alone; default 90
//!
//! [mail]                            # without it mails become files in the data folder
//! from = "elearnio <no-reply@platform.example>"
//!
//! [mail.smtp]                       # as in a tenant's settings file
//! host = "smtp.platform.example"
//!
//! [limits]                          # the most that a tenant is granted
//! memory-mib = 256
//! ```

use std::path::Path;

use toml::de::DeTable;

use super::section::{Reading, Section};
use super::{SettingsError, SettingsFile, limits, mail};
use crate::SmtpSettings;
use connector_host::sandbox::Limits;

/// How long a run's plan and mail are kept by default, in days.
const DETAIL_DAYS: u32 = 90;

/// An operator's settings for a service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// The sender of all mails.
    pub from: String,
    /// The mail server; without one, mails become files.
    pub smtp: Option<SmtpSettings>,
    /// The most that a tenant is granted.
    pub limits: Limits,
    /// How long a run's plan and mail are kept, in days.
    pub detail_days: u32,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self { from: super::DEFAULT_SENDER.to_owned(), smtp: None, limits: Limits::default(), detail_days: DETAIL_DAYS }
    }
}

/// Reads a service's settings file.
///
/// # Errors
/// When it cannot be read, with all its mistakes, or when a secret it names is not there.
pub fn load_service(path: &Path) -> Result<ServiceSettings, SettingsError> {
    SettingsFile::open(path)?.walk(|reading, table| Some(service(reading, table)))
}

fn service(reading: &mut Reading<'_>, table: &DeTable<'_>) -> ServiceSettings {
    let root = Section::root(table);
    root.refuse_unknown(reading, &["detail-days", "mail", "limits"]);
    let mut settings = ServiceSettings { limits: limits::limits(reading, &root), ..ServiceSettings::default() };
    if let Some((from, smtp)) = mail::server(reading, &root) {
        (settings.from, settings.smtp) = (from, smtp);
    }
    if root.has("detail-days") {
        match root.integer(reading, "detail-days").map(u32::try_from) {
            Some(Ok(days)) => settings.detail_days = days,
            Some(Err(_)) => root.complain(reading, "detail-days", "it must be a number of days, 0 or more"),
            None => {}
        }
    }
    settings
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServiceSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.toml");
        std::fs::write(&path, text).unwrap();
        load_service(&path).map_err(|error| error.to_string().replace(&folder.path().display().to_string(), "DIR"))
    }

    #[test]
    fn an_empty_file_is_the_defaults_and_each_key_is_read() {
        let defaults = read("").unwrap();
        assert_eq!((defaults.detail_days, defaults.smtp.is_none()), (90, true));
        let text = "detail-days = 7\n[mail]\nfrom = \"a@b.example\"\n[mail.smtp]\nhost = \"smtp.b.example\"\n[limits]\nmemory-mib = 64\n";
        let settings = read(text).unwrap();
        assert_eq!((settings.detail_days, settings.limits.memory_mib), (7, 64));
        assert_eq!((settings.from.as_str(), settings.smtp.unwrap().host.as_str()), ("a@b.example", "smtp.b.example"));
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let told = read("detail-days = -1\ndetial = 2\n[mail]\nfrom = \"nobody\"\n").unwrap_err();
        for words in [
            "service.toml:1: detail-days: it must be a number of days, 0 or more",
            "service.toml:2: detial: this key is unknown",
            "service.toml:4: mail.from: this is not a mail address",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}
