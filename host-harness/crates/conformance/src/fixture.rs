//! A company to check a connector with.

use std::path::{Path, PathBuf};

use super::testbed::CANARY;
use connector_cassette::Replay;
use connector_cassette::cassette::CassetteError;
use connector_host::sandbox::Description;
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
pub struct Fixture {
    settings: SettingsFile,
    /// `directory.json`, if it is there; else nobody has an account yet.
    pub(super) directory: Option<PathBuf>,
    pub(super) replay: Replay,
}

impl Fixture {
    /// Reads a folder with `settings.toml`, `exchanges/` and, if there are accounts to start from, `directory.json`.
    ///
    /// The secret is not asked for: a recording takes any, and the checks need one that they can search for.
    ///
    /// # Errors
    /// When the settings or the exchanges cannot be read.
    pub fn open(folder: &Path) -> Result<Self, FixtureError> {
        let settings = SettingsFile::open_with(&folder.join("settings.toml"), |_| Some(CANARY.to_owned()))?;
        // Mistakes that no connector would forgive are reported before anything is loaded.
        settings.settings()?;
        let directory = Some(folder.join("directory.json")).filter(|file| file.exists());
        Ok(Self { settings, directory, replay: Replay::open(&folder.join("exchanges"))? })
    }

    /// Its settings for this connector, with a secret that the checks can search for.
    pub(super) fn settings(&self, connector: &Description) -> Result<Settings, SettingsError> {
        let mut settings = self.settings.settings_for(connector)?;
        for (_, value) in &mut settings.values {
            if matches!(value, SettingValue::Secret(_)) {
                *value = SettingValue::Secret(SecretString::from(CANARY));
            }
        }
        Ok(settings)
    }
}
