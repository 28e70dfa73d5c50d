//! A company to check a connector with.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::testbed::CANARY;
use connector_cassette::Replay;
use connector_cassette::cassette::CassetteError;
use connector_settings::Settings;
use connector_settings::file::{self, SettingsError};

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
    pub(super) settings: Settings,
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
        let mut settings = file::load_with(&folder.join("settings.toml"), |_| Some(CANARY.to_owned()))?;
        settings.client_secret = SecretString::from(CANARY);
        let directory = Some(folder.join("directory.json")).filter(|file| file.exists());
        Ok(Self { settings, directory, replay: Replay::open(&folder.join("exchanges"))? })
    }
}
