//! Replacing the key under which secrets and details lie in the database.
//!
//! The new key is written beside the old one first, then everything is sealed again, then the old one is taken away: whenever the
//! process ends, each sealed text has its key in the file.

use std::path::PathBuf;

use connector_database::{Database, PoolOptions};

use crate::config::Config;
use crate::db::{Db, Scope, StoredSecret};
use crate::detail;
use crate::engine::secret_place;
use crate::keys::{KeyError, Keys};
use crate::service::{FolderLock, ServiceError};

/// What was sealed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The new key's ID.
    pub key: String,
    /// The file it is in.
    pub file: PathBuf,
    /// Secrets that were sealed again.
    pub secrets: usize,
    /// Details of runs that were sealed again.
    pub details: usize,
}

/// Makes a new key, and seals everything with it. The service must not be running: it would not know the new key.
///
/// # Errors
/// When the service is running, the key file cannot be read or written, or something does not open; the old key is kept then.
pub async fn rotate(config: &Config) -> Result<Rotated, ServiceError> {
    let files = config.files();
    let file = config.key_file.clone().unwrap_or_else(|| files.keys());
    let _lock;
    let db = if let Some(shared) = &config.shared {
        let database = Database::postgres(&shared.database, PoolOptions { connections: shared.connections }).await?;
        let db = Db::in_database(database).await?;
        let there = db.workers().await?.len();
        if there > 0 {
            return Err(ServiceError::StillThere(there));
        }
        db
    } else {
        _lock = FolderLock::take(&files)?;
        Db::open(&files.database()).await?
    };
    let keys = Keys::read(&file)?.with_new()?;
    keys.write(&file)?;
    let secrets = reseal_secrets(&db, &keys).await?;
    let details = reseal_details(&db, &keys).await?;
    let newest = keys.newest();
    newest.write(&file)?;
    Ok(Rotated { key: newest.ids().next().unwrap_or_default(), file, secrets, details })
}

async fn reseal_secrets(db: &Db, keys: &Keys) -> Result<usize, ServiceError> {
    let mut sealed = Vec::new();
    for (integration, secret) in db.all_secrets().await? {
        let place = secret_place(&integration, &secret.key);
        let again = reseal(keys, &place, &secret.sealed)?;
        sealed.push((integration, StoredSecret { sealed: again, ..secret }));
    }
    let count = sealed.len();
    db.reseal_secrets(sealed).await?;
    Ok(count)
}

async fn reseal_details(db: &Db, keys: &Keys) -> Result<usize, ServiceError> {
    let all = db.details(&Scope::All).await?;
    let count = all.len();
    for (run, sealed) in all {
        let again = reseal(keys, &detail::place(&run), &sealed)?;
        db.put_detail(&run, Some(again)).await?;
    }
    Ok(count)
}

fn reseal(keys: &Keys, place: &str, sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
    keys.seal(place, &keys.open(place, sealed)?)
}
