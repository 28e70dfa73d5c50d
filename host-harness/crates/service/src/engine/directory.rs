//! Opening an integration's directory of accounts: a file in the data folder, or its rows in the database that several processes share.
//!
//! Who may write to a file is whoever has its lock. Who may write to rows is whoever has the lease on the integration, which is asked for
//! in the transaction that writes; where nobody has a lease because no run is at work, writers of one directory wait for each other.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use connector_host::{contract, files};
use connector_store::lock::{DirectoryLock, LockError};
use connector_store::sqlite::SqliteDirectory;
use connector_store_postgres::{Client, Directories, Guard};
use connector_sync::directory::{DirectoryError, Store};
use connector_sync::run::Failure;
use connector_sync::work_permits::blocking;

use super::Engine;
use crate::accounts::{self, AccountsError};
use crate::codes;
use crate::config::Files;
use crate::db::{DbError, Integration, Lease};

/// Why a directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryProblem {
    /// The directory itself.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Somebody else works on it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Its folder.
    #[error("the folder of the accounts cannot be made: {0}")]
    Folder(#[from] io::Error),
    /// What it is to begin with.
    #[error(transparent)]
    First(#[from] AccountsError),
}

impl From<&DirectoryProblem> for Failure {
    fn from(problem: &DirectoryProblem) -> Self {
        let (code, remedy) = match problem {
            DirectoryProblem::Lock(LockError::Held { .. }) => {
                (codes::DIRECTORY_BUSY, "Wait until the other run is done, then start again.")
            }
            DirectoryProblem::Directory(DirectoryError::NotIssued(_) | DirectoryError::AppliedBefore(_)) => {
                (codes::PLAN_GONE, "Make a new preview, and approve that one.")
            }
            DirectoryProblem::Directory(DirectoryError::LeaseLost(_)) => {
                (codes::LEASE_LOST, "You need not do anything.")
            }
            DirectoryProblem::Directory(
                DirectoryError::Unreachable(_) | DirectoryError::CommitUnknown(_) | DirectoryError::Conflict(_),
            )
            | DirectoryProblem::First(AccountsError::Db(DbError::Away(_))) => {
                (codes::DATABASE_AWAY, "You need not do anything: the run is begun anew.")
            }
            _ => (codes::DIRECTORY_FAILED, "Tell the platform's operator: the accounts cannot be read or written."),
        };
        Self { code: code.to_owned(), subject: None, message: problem.to_string(), remedy: remedy.to_owned() }
    }
}

/// Where the directories are.
pub enum Storage {
    /// Files in the data folder.
    Folder(Files),
    /// Rows in a database.
    Database(Directories),
}

impl Storage {
    /// In the database if several processes share it, else in the data folder.
    ///
    /// # Errors
    /// When the tables cannot be made.
    pub async fn open(db: &crate::db::Db, data: Files) -> Result<Self, DirectoryError> {
        if db.is_shared() { Directories::open(db.database()).await.map(Self::Database) } else { Ok(Self::Folder(data)) }
    }
}

/// The right to work on a directory: the lock of its file. Rows have the lease.
pub struct Right(#[expect(dead_code, reason = "held, to be given back")] Option<DirectoryLock>);

/// Asks in the transaction that writes whether a lease is still its holder's.
struct Fence(Lease);

#[async_trait]
impl Guard for Fence {
    async fn check(&self, client: &Client) -> Result<(), DirectoryError> {
        // Nobody takes the lease until this transaction has ended.
        let held = "SELECT 1 FROM leases WHERE integration = $1 AND fence = $2 FOR SHARE";
        let answer = client.query_opt(held, &[&self.0.integration, &self.0.fence]).await;
        match answer.map_err(DbError::from) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => {
                Err(DirectoryError::LeaseLost(format!("number {} of the lease was followed by another", self.0.fence)))
            }
            Err(DbError::Away(why)) => Err(DirectoryError::Unreachable(why)),
            Err(error) => Err(DirectoryError::Failed(error.to_string())),
        }
    }
}

/// Makes a file with these accounts, if there are any: all of it or nothing. One that was left half made by the end of the process
/// could not be read; one that was left empty by a mistake in the accounts would be taken for a platform without accounts, and everybody
/// would get a second one.
async fn make_file(file: &Path, accounts: Option<&str>) -> Result<(), DirectoryProblem> {
    let unfinished = file.with_extension("unfinished");
    let mut directory = blocking(|| match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DirectoryProblem::from(error)),
        _ => Ok(SqliteDirectory::open(&unfinished)?),
    })?;
    begin_with(&mut directory, accounts).await?;
    drop(directory);
    Ok(std::fs::rename(&unfinished, file)?)
}

async fn begin_with(directory: &mut dyn Store, accounts: Option<&str>) -> Result<(), DirectoryProblem> {
    let Some(accounts) = accounts else { return Ok(()) };
    connector_store::import_text(directory, Path::new("accounts.json"), accounts).await?;
    Ok(())
}

impl Engine {
    /// Opens an integration's directory to write, and makes it if it is not there: with the accounts that the operator has put
    /// down for the tenant. A run writes under its lease.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn open_directory(
        &self,
        integration: &Integration,
        lease: Option<&Lease>,
    ) -> Result<Box<dyn Store>, DirectoryProblem> {
        let Integration { id, tenant, .. } = integration;
        match &self.storage {
            Storage::Folder(files) => {
                let file = files.directory(tenant, id);
                blocking(|| files::create_private_folder(file.parent().unwrap_or(Path::new("."))))?;
                if !file.exists() {
                    make_file(&file, accounts::kept(&self.db, files, tenant).await?.as_deref()).await?;
                }
                Ok(Box::new(blocking(|| SqliteDirectory::open(&file))?))
            }
            Storage::Database(directories) => {
                if !directories.has(tenant, id).await? {
                    let mut new = directories.new_directory(tenant, id);
                    begin_with(&mut new, accounts::kept(&self.db, &self.files(), tenant).await?.as_deref()).await?;
                }
                let directory = directories.new_directory(tenant, id);
                Ok(match lease {
                    Some(lease) => Box::new(directory.guarded(Arc::new(Fence(lease.clone())))),
                    None => Box::new(directory),
                })
            }
        }
    }

    /// Opens an integration's directory to read; none if there is none yet.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn read_directory(&self, integration: &Integration) -> Result<Option<Box<dyn Store>>, DirectoryProblem> {
        let Integration { id, tenant, .. } = integration;
        match &self.storage {
            Storage::Folder(files) => {
                let file = files.directory(tenant, id);
                let open = || if file.exists() { SqliteDirectory::open_read_only(&file).map(Some) } else { Ok(None) };
                Ok(blocking(open)?.map(|directory| Box::new(directory) as Box<dyn Store>))
            }
            Storage::Database(directories) => {
                let is_there = directories.has(tenant, id).await?;
                Ok(is_there.then(|| Box::new(directories.directory(tenant, id)) as Box<dyn Store>))
            }
        }
    }

    /// The accounts and groups in an integration's directory; none if there is none yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn snapshot(&self, integration: &Integration) -> Result<Option<contract::Directory>, DirectoryProblem> {
        match self.read_directory(integration).await? {
            Some(mut directory) => Ok(Some(directory.read().await?.snapshot().await?)),
            None => Ok(None),
        }
    }

    /// The right to work on an integration's directory.
    ///
    /// # Errors
    /// When somebody else has it.
    pub fn lock_directory(&self, integration: &Integration) -> Result<Right, DirectoryProblem> {
        let file = self.lock_of(integration);
        Ok(Right(file.map(|file| DirectoryLock::take(&file)).transpose()?))
    }

    /// The file whose lock says who may work on a directory; none where a lease does.
    pub(super) fn lock_of(&self, integration: &Integration) -> Option<PathBuf> {
        match &self.storage {
            Storage::Folder(files) => Some(files.directory(&integration.tenant, &integration.id)),
            Storage::Database(_) => None,
        }
    }

    /// The integrations, each by its tenant, that have mails to be delivered. One process with a data folder delivers them when it starts.
    pub(super) async fn with_mail(&self) -> Result<Vec<(String, String)>, DirectoryError> {
        match &self.storage {
            Storage::Folder(_) => Ok(Vec::new()),
            Storage::Database(directories) => directories.with_mail().await,
        }
    }

    /// Erases the directories of a tenant, or of one integration.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub(super) async fn erase_directories(
        &self,
        tenant: &str,
        integration: Option<&str>,
    ) -> Result<(), DirectoryProblem> {
        // Where mails become files, they are in the data folder.
        let files = self.files();
        remove(&integration.map_or_else(|| files.tenant(tenant), |id| files.integration(tenant, id)))?;
        match (&self.storage, integration) {
            (Storage::Folder(_), _) => {}
            (Storage::Database(directories), Some(id)) => directories.erase(tenant, id).await?,
            (Storage::Database(directories), None) => directories.erase_tenant(tenant).await?,
        }
        Ok(())
    }
}

/// Removes a folder; one that is not there is removed.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
