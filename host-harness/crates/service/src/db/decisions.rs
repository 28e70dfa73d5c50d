//! What people decided.

use rusqlite::{Connection, Row};

use super::run_model::{Decided, Decision};
use super::{Db, DbError, Scope, all, execute, one};

fn decision(row: &Row<'_>) -> rusqlite::Result<Decision> {
    Ok(Decision {
        integration: row.get(0)?,
        run: row.get(1)?,
        decided: row.get(2)?,
        by: row.get(3)?,
        kind: row.get(4)?,
        about: row.get(5)?,
        reason: row.get(6)?,
    })
}

impl Db {
    /// Notes what a person decided about a run's plan; false if something was decided before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide(&self, run: &str, decided: Decided) -> Result<bool, DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            let decide = "UPDATE runs SET decided = ?2 WHERE id = ?1 AND decided IS NULL";
            execute(connection, decide, &[&run, &decided.as_str()])
        })
        .await
    }

    /// Adds a decision to the history.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_decision(&self, tenant: &str, decision: Decision) -> Result<(), DbError> {
        let tenant = tenant.to_owned();
        self.with(move |connection| put_decision(connection, &tenant, &decision)).await
    }

    /// What was decided last about a run's plan.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_of(&self, run: &str) -> Result<Option<Decision>, DbError> {
        let run = run.to_owned();
        self.with(move |connection| {
            let query = "SELECT integration, run, decided, by, kind, about, reason FROM decisions \
                 WHERE run = ?1 AND kind IN ('approve', 'discard') ORDER BY number DESC LIMIT 1";
            one(connection, query, &[&run], decision)
        })
        .await
    }

    /// The decisions in a scope, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&self, scope: &Scope, limit: u32) -> Result<Vec<Decision>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = "SELECT integration, run, decided, by, kind, about, reason FROM decisions \
                 WHERE ?1 IS NULL OR tenant = ?1 ORDER BY number DESC LIMIT ?2";
            all(connection, query, &[&tenant, &limit], decision)
        })
        .await
    }
}

pub(super) fn put_decision(connection: &Connection, tenant: &str, decision: &Decision) -> Result<(), DbError> {
    let add = "INSERT INTO decisions (tenant, integration, run, decided, by, kind, about, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Decision { integration, run, decided, by, kind, about, reason } = decision;
    execute(connection, add, &[&tenant, integration, run, decided, by, kind, about, reason]).map(|_| ())
}
