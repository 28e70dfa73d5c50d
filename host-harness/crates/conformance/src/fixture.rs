//! The fixture to check a connector with: a company.

use std::path::{Path, PathBuf};

use super::testbed::CANARY;
use connector_cassette::Replay;
use connector_cassette::cassette::CassetteError;
use connector_host::sandbox::{Description, Limits};
use connector_settings::file::{SettingsError, SettingsFile};
use connector_settings::{SettingValue, Settings};
use secrecy::SecretString;

/// Why there is no fixture.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// `settings.toml` is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// `exchanges/` is wrong.
    #[error(transparent)]
    Exchanges(#[from] CassetteError),
}

/// Settings, a directory to start from, and recorded exchanges.
///
/// A connector that makes no requests has no exchanges to record: then the folder `exchanges` is empty or not there, and every
/// request is answered with an error that says so.
pub struct Fixture {
    settings: SettingsFile,
    /// `directory.json`, if it is there; else nobody has an account yet.
    pub(super) directory: Option<PathBuf>,
    /// None if nothing was recorded.
    pub(super) replay: Option<Replay>,
}

impl Fixture {
    /// Reads a folder with `settings.toml` and, for a connector that makes requests, `exchanges/`, and, if there are accounts
    /// to start from, `directory.json`.
    ///
    /// The secret is not asked for: a cassette takes any, and the checks need one that they can search for.
    ///
    /// # Errors
    /// When the settings or the exchanges cannot be read.
    pub fn open(folder: &Path) -> Result<Self, FixtureError> {
        let settings = SettingsFile::open_with(&folder.join("settings.toml"), |_| Some(CANARY.to_owned()))?;
        // Mistakes that no connector would forgive are reported before anything is loaded.
        settings.settings()?;
        let directory = Some(folder.join("directory.json")).filter(|file| file.exists());
        Ok(Self { settings, directory, replay: recorded(&folder.join("exchanges"))? })
    }

    /// The limits in its settings, for the host that is to load the connector.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.settings.limits()
    }

    /// Its settings for this connector, with a secret that the checks can search for.
    pub(super) fn settings(&self, connector: &Description) -> Result<Settings, SettingsError> {
        let mut settings = self.settings.settings_for(connector)?;
        for (_, value) in &mut settings.connector.values {
            if matches!(value, SettingValue::Secret(_)) {
                *value = SettingValue::Secret(SecretString::from(CANARY));
            }
        }
        Ok(settings)
    }
}

/// The exchanges of a folder; none if it is empty or not there.
fn recorded(folder: &Path) -> Result<Option<Replay>, CassetteError> {
    if !folder.exists() {
        return Ok(None);
    }
    match Replay::open(folder) {
        Err(CassetteError::Empty { .. }) => Ok(None),
        replay => replay.map(Some),
    }
}
