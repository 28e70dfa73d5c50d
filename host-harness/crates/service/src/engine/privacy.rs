//! Taking data out: one person's from the history, one tenant's altogether. Counts stay where they name nobody.

use std::fs;
use std::io;

use super::Engine;
use crate::db::{DbError, Integration, Scope};
use crate::detail::Detail;

/// Why data could not be taken out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// The service's database.
    #[error(transparent)]
    Db(#[from] DbError),
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
        for (run, sealed) in self.db.details(&Scope::Tenant(integration.tenant.clone())).await? {
            let Ok(detail) = Detail::open(&self.keys, &run, &sealed) else { continue };
            if detail.names(employee) {
                self.db.put_detail(&run, None).await?;
                forgotten += 1;
            }
        }
        self.probes.forget(&integration.tenant);
        Ok(forgotten)
    }

    /// Erases a tenant: users, integrations, runs, directories, mails. The audit log keeps its identifiers.
    ///
    /// # Errors
    /// When the database fails, or a folder cannot be removed.
    pub async fn erase_tenant(&self, tenant: &str) -> Result<(), ForgetError> {
        let scope = Scope::Tenant(tenant.to_owned());
        for run in self.db.last_runs(&scope).await? {
            if let Some(watched) = self.live.find(&run.id) {
                watched.stop();
            }
        }
        self.probes.forget(tenant);
        self.db.remove_tenant(tenant).await?;
        match fs::remove_dir_all(self.files().tenant(tenant)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
