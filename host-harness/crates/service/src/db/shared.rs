//! What lies in files where one process has a data folder, and in the database where several share it: connectors' bytes, and what a
//! tenant's accounts begin with.

use connector_database::Result;

use super::{Db, of};

impl Db {
    /// Whether other processes may share the database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.server().is_some()
    }

    /// The bytes of a connector, by their digest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn component(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        self.one("SELECT bytes FROM components WHERE digest = ?1", &[&digest], |row| row.get(0)).await
    }

    /// Keeps the bytes of a connector.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_component(&self, digest: &str, bytes: &[u8]) -> Result<()> {
        let put = "INSERT INTO components (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
        self.execute(put, &[&digest, &bytes.to_vec()]).await.map(|_| ())
    }

    /// Removes the bytes that no connector uses any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep_components(&self) -> Result<()> {
        let sweep = "DELETE FROM components WHERE digest NOT IN (SELECT digest FROM connectors)";
        self.execute(sweep, &[]).await.map(|_| ())
    }

    /// What a tenant's accounts begin with, if anything was put down.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_accounts(&self, tenant: &str) -> Result<Option<String>> {
        let query = "SELECT accounts FROM first_accounts WHERE tenant = ?1";
        self.0.one(&of(tenant), query, &[&tenant], |row| row.get(0)).await
    }

    /// Puts down what a tenant's accounts begin with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_first_accounts(&self, tenant: &str, accounts: &str) -> Result<()> {
        let put = "INSERT INTO first_accounts (tenant, accounts) VALUES (?1, ?2) \
             ON CONFLICT (tenant) DO UPDATE SET accounts = excluded.accounts";
        self.0.execute(&of(tenant), put, &[&tenant, &accounts]).await.map(|_| ())
    }
}
