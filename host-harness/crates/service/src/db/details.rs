//! Sealed details of runs: kept for a time, and forgotten.

use super::{Db, DbError, Scope, all, execute, one};

impl Db {
    /// A run's sealed detail, if it is still kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_detail(&self, id: &str) -> Result<Option<Vec<u8>>, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let query = "SELECT detail FROM runs WHERE id = ?1";
            Ok(one(connection, query, &[&id], |row| row.get::<_, Option<Vec<u8>>>(0))?.flatten())
        })
        .await
    }

    /// Forgets the details of runs that ended before this time (UTC, RFC 3339); gives how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_details(&self, before: &str) -> Result<usize, DbError> {
        let before = before.to_owned();
        self.with(move |connection| {
            let forget = "UPDATE runs SET detail = NULL WHERE detail IS NOT NULL AND ended < ?1";
            Ok(connection.prepare_cached(forget)?.execute([&before])?)
        })
        .await
    }

    /// Every sealed detail, by its run: to be sealed again, or to be searched for a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details(&self, scope: &Scope) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND (?1 IS NULL OR tenant = ?1)";
            all(connection, query, &[&tenant], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Every sealed detail of an integration, by its run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn details_of(&self, integration: &str) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        let integration = integration.to_owned();
        self.with(move |connection| {
            let query = "SELECT id, detail FROM runs WHERE detail IS NOT NULL AND integration = ?1";
            all(connection, query, &[&integration], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Replaces a run's sealed detail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_detail(&self, run: &str, detail: Option<Vec<u8>>) -> Result<(), DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            execute(connection, "UPDATE runs SET detail = ?2 WHERE id = ?1", &[&run, &detail]).map(|_| ())
        })
        .await
    }
}
