//! Sealed details of runs: kept for a time, and forgotten.

use connector_database::{Result, Row};

use super::{Db, Scope};

/// A run and its sealed detail.
fn sealed(row: &Row<'_>) -> Result<(String, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

impl Db {
    /// A run's sealed detail, if it is still kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_detail(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let query = "SELECT detail FROM runs WHERE id = ?1";
        Ok(self.one(query, &[&id], |row| row.get::<Option<Vec<u8>>>(0)).await?.flatten())
    }

    /// Forgets the details of runs that ended before this time (UTC, RFC 3339); gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_details(&self, before: &str) -> Result<u64> {
        let forget = "UPDATE runs SET detail = NULL WHERE detail IS NOT NULL AND ended < ?1";
        self.0.execute(&Scope::All, forget, &[&before]).await
    }

    /// Every sealed detail, by its run: to be sealed again, or to be searched for a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details(&self, scope: &Scope) -> Result<Vec<(String, Vec<u8>)>> {
        let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND (tenant = ?1 OR ?1 IS NULL)";
        self.0.all(scope, query, &[&scope.tenant()], sealed).await
    }

    /// Whether anything is sealed: a secret, or a run's detail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_sealed(&self) -> Result<bool> {
        let query =
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM secrets) OR EXISTS (SELECT 1 FROM runs WHERE detail IS NOT NULL)";
        Ok(self.one(query, &[], |_| Ok(())).await?.is_some())
    }

    /// Every sealed detail of an integration, by its run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details_of(&self, integration: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND integration = ?1";
        self.all(query, &[&integration], sealed).await
    }

    /// Replaces a run's sealed detail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_detail(&self, run: &str, detail: Option<Vec<u8>>) -> Result<()> {
        self.execute("UPDATE runs SET detail = ?2 WHERE id = ?1", &[&run, &detail]).await.map(|_| ())
    }
}
