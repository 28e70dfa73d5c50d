//! Where a connector is from: a file, or a registry whose bytes are kept in the data folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use connector_host::files;
use connector_sync::run::Failure;

use super::{digest, failure, missing};
use crate::codes;
use crate::db::{Db, StoredConnector};
use crate::oci::{self, OciError, Reference, SCHEME};

/// Where a connector is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file on this machine.
    File(PathBuf),
    /// An artifact in a registry.
    Registry(Reference),
}

impl Source {
    /// Reads a path or a reference.
    ///
    /// # Errors
    /// When it begins as a reference and is none.
    pub fn parse(text: &str) -> Result<Self, OciError> {
        if text.trim().starts_with(SCHEME) {
            Reference::parse(text).map(Self::Registry)
        } else {
            Ok(Self::File(PathBuf::from(text)))
        }
    }

    /// Where a connector that is loaded is from.
    pub(super) fn of(stored: &StoredConnector) -> Self {
        // This service has written it.
        Self::parse(&stored.path).unwrap_or_else(|_| Self::File(PathBuf::from(&stored.path)))
    }
}

impl FromStr for Source {
    type Err = OciError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Registry(reference) => reference.fmt(f),
        }
    }
}

/// A component, and where it is from: an absolute path, or a reference with a digest.
pub(super) struct Fetched {
    pub source: Source,
    pub bytes: Vec<u8>,
}

/// The folder with what came from registries, each file by its digest. Where several processes share a database, everything is in it: a
/// file of one machine is no other's.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    is_shared: bool,
}

impl Kept {
    pub fn in_folder(folder: PathBuf, is_shared: bool) -> Self {
        Self { folder, is_shared }
    }

    /// The file that is loaded.
    pub fn file(&self, stored: &StoredConnector) -> PathBuf {
        match Source::of(stored) {
            Source::File(path) if !self.is_shared => path,
            _ => self.of_digest(&stored.digest),
        }
    }

    /// Fetches from the database what this machine does not have yet.
    pub async fn fetch(&self, stored: &StoredConnector, db: &Db) -> Result<(), Failure> {
        if !self.is_shared || self.of_digest(&stored.digest).exists() {
            return Ok(());
        }
        match db.component(&stored.digest).await {
            Ok(Some(bytes)) => self.write(&stored.digest, &bytes, &stored.name),
            // Said to be missing when it is loaded.
            Ok(None) => Ok(()),
            Err(error) => Err(crate::engine::service_failed(&error)),
        }
    }

    fn write(&self, digest: &str, bytes: &[u8], subject: &str) -> Result<(), Failure> {
        let file = self.of_digest(digest);
        let kept = files::create_private_folder(&self.folder).and_then(|()| files::write(&file, bytes));
        kept.map_err(|error| {
            let message = format!("{} cannot be written: {error}.", file.display());
            let remedy = "Give the data folder room, and let the service write to it.";
            failure(codes::CONNECTOR_NOT_FETCHED, subject, message, remedy)
        })
    }

    fn of_digest(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.wasm"))
    }

    /// Puts down what came from a registry, or is to be shared.
    pub fn keep(&self, fetched: &Fetched) -> Result<(), Failure> {
        match &fetched.source {
            Source::File(_) if !self.is_shared => Ok(()),
            source => self.write(&digest(&fetched.bytes), &fetched.bytes, &source.to_string()),
        }
    }

    /// Removes what no connector uses any more.
    pub fn sweep(&self, used: &[StoredConnector]) {
        let used: Vec<PathBuf> = used.iter().map(|stored| self.file(stored)).collect();
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if !used.contains(&entry.path()) {
                // What stays is in nobody's way.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// The bytes of a source, of at most `limit`.
pub(super) async fn fetch(source: &Source, limit: u64) -> Result<Fetched, Failure> {
    match source {
        Source::File(path) => {
            let absent = |path: &Path, why: String| missing(&path.display().to_string(), path, &why);
            let path = path.canonicalize().map_err(|error| absent(path, error.to_string()))?;
            let bytes = files::read(&path, limit).map_err(|error| absent(&path, error.to_string()))?;
            Ok(Fetched { source: Source::File(path), bytes })
        }
        Source::Registry(reference) => {
            let pulled = oci::pull(reference, limit).await.map_err(|error| not_fetched(&error))?;
            Ok(Fetched { source: Source::Registry(pulled.reference), bytes: pulled.bytes })
        }
    }
}

/// What an error of a registry is to an operator.
pub(super) fn not_fetched(error: &OciError) -> Failure {
    Failure {
        code: codes::CONNECTOR_NOT_FETCHED.to_owned(),
        subject: None,
        message: format!("{error}."),
        remedy: error.remedy().to_owned(),
    }
}
