//! Taking data out: one person's from the history, one tenant's altogether. Counts stay where they name nobody.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use connector_sync::directory::{DirectoryError, Store};

use super::directory::remove;
use super::{DirectoryProblem, Engine};
use crate::db::{DbError, Integration, Scope};
use crate::detail::Detail;

/// How long runs of a tenant that is erased are waited for; what they write after that is removed when they end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why data could not be taken out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// The service's database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The directory of accounts.
    #[error(transparent)]
    Directory(#[from] DirectoryProblem),
    /// A folder.
    #[error("a folder cannot be removed: {0}")]
    Folder(#[from] io::Error),
}

impl Engine {
    /// Takes one person's data out of an integration's history: every kept detail that names them goes, the counts stay.
    ///
    /// A detail is one sealed text, and a plan without one of its actions would be another plan; so it goes as a whole.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_person(&self, integration: &Integration, employee: &str) -> Result<usize, ForgetError> {
        let mut forgotten = 0;
        // An ID is one person's in one source: in another integration it is somebody else's.
        for (run, sealed) in self.db.details_of(&integration.id).await? {
            let Ok(detail) = Detail::open(&self.keys, &run, &sealed) else { continue };
            if detail.names(employee) {
                self.db.put_detail(&run, None).await?;
                forgotten += 1;
            }
        }
        self.probes.forget(&integration.tenant);
        if self.read_directory(integration).await?.is_some() {
            let mut directory = self.open_directory(integration, None).await?;
            forget_changes(&mut *directory, employee).await.map_err(DirectoryProblem::from)?;
        }
        Ok(forgotten)
    }

    /// Erases a tenant: users, integrations, runs, directories, mails. The audit log keeps its identifiers.
    ///
    /// # Errors
    /// When the database fails, or a folder cannot be removed.
    pub async fn erase_tenant(&self, tenant: &str) -> Result<(), ForgetError> {
        let scope = Scope::Tenant(tenant.to_owned());
        let at_work = self.db.last_runs(&scope).await?;
        self.stop_runs(&scope, None).await?;
        self.probes.forget(tenant);
        self.db.remove_tenant(tenant).await?;
        // What is being applied is brought to its end, and writes until then.
        let _ = tokio::time::timeout(PATIENCE, async {
            for run in at_work {
                self.live.until_over(&run.id).await;
            }
        })
        .await;
        Ok(self.erase_directories(tenant, None).await?)
    }

    /// Removes what an integration or a tenant has left in the data folder, if it is gone: a run that was brought to its end after
    /// that has written there.
    pub async fn sweep(&self, tenant: &str, integration: &str) {
        let erased = match (self.db.tenant(tenant).await, self.db.integration(&Scope::All, integration).await) {
            (Ok(None), _) => self.erase_directories(tenant, None).await,
            (_, Ok(None)) => self.erase_directories(tenant, Some(integration)).await,
            _ => return,
        };
        if let Err(error) = erased {
            tracing::error!(tenant, integration, "what is left of an integration cannot be removed: {error}");
        }
    }

    /// Removes what is left of tenants and integrations that were erased just before the last process ended.
    pub(super) async fn sweep_all(&self) -> Result<(), DbError> {
        let names = |folder: &Path| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.filter(|entry| entry.path().is_dir()).filter_map(|entry| entry.file_name().into_string().ok())
        };
        for tenant in names(&self.files().tenants()) {
            for integration in names(&self.files().tenant(&tenant)) {
                self.sweep(&tenant, &integration).await;
            }
            if self.db.tenant(&tenant).await?.is_none()
                && let Err(error) = remove(&self.files().tenant(&tenant))
            {
                tracing::error!("the folder of a tenant that was erased cannot be removed: {error}");
            }
        }
        Ok(())
    }
}

async fn forget_changes(directory: &mut dyn Store, employee: &str) -> Result<(), DirectoryError> {
    let mut transaction = directory.administer().await?;
    transaction.forget_changes(employee).await?;
    transaction.commit().await
}
