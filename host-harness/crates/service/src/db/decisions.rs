//! What people decided.

use connector_database::{Result, Row, Transaction};

use super::run_model::{Decided, Decision};
use super::{Db, Scope, execute, of};

fn decision(row: &Row<'_>) -> Result<Decision> {
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

const COLUMNS: &str = "integration, run, decided, by, kind, about, reason";

impl Db {
    /// Notes what a person decided about a run's plan; false if something was decided before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide(&self, run: &str, decided: Decided) -> Result<bool> {
        let decide = "UPDATE runs SET decided = ?2 WHERE id = ?1 AND decided IS NULL";
        self.execute(decide, &[&run, &decided.as_str()]).await
    }

    /// Adds a decision to the history.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_decision(&self, tenant: &str, decision: &Decision) -> Result<()> {
        let mut transaction = self.0.write(&of(tenant)).await?;
        put_decision(&mut transaction, tenant, decision).await?;
        transaction.commit().await
    }

    /// What was decided last about a run's plan.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_of(&self, run: &str) -> Result<Option<Decision>> {
        let query = format!(
            "SELECT {COLUMNS} FROM decisions WHERE run = ?1 AND kind IN ('approve', 'discard') ORDER BY number DESC LIMIT 1"
        );
        self.one(&query, &[&run], decision).await
    }

    /// The decisions in a scope, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions(&self, scope: &Scope, limit: u32) -> Result<Vec<Decision>> {
        let query =
            format!("SELECT {COLUMNS} FROM decisions WHERE (tenant = ?1 OR ?1 IS NULL) ORDER BY number DESC LIMIT ?2");
        self.0.all(scope, &query, &[&scope.tenant(), &limit], decision).await
    }
}

pub(super) async fn put_decision(transaction: &mut Transaction, tenant: &str, decision: &Decision) -> Result<()> {
    let add = "INSERT INTO decisions (tenant, integration, run, decided, by, kind, about, reason) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let Decision { integration, run, decided, by, kind, about, reason } = decision;
    execute(transaction, add, &[&tenant, integration, run, decided, by, kind, about, reason]).await.map(|_| ())
}
