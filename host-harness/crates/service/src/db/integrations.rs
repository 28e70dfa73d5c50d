//! Integrations and their secrets.

use connector_common::key;
use connector_database::{Result, Row, Transaction};

use super::{Db, Scope, execute, of};
use crate::form::Form;

/// A connection between one source and one directory of accounts. No `Debug`: its form names people.
#[derive(Clone)]
pub struct Integration {
    /// The identifier.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// What the admin has entered, without secrets.
    pub form: Form,
    /// Grows with every change of the form.
    pub version: i64,
    /// When it is due next, in seconds since 1970; none without a schedule.
    pub next_due: Option<i64>,
    /// Whether an admin has stopped its schedule.
    pub paused: bool,
    /// How often the connector itself has failed, one time after another.
    pub faults: i64,
}

/// A secret of an integration, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// The setting.
    pub key: String,
    /// What [`crate::keys::Keys::seal`] gave.
    pub sealed: Vec<u8>,
    /// When it was set: UTC, RFC 3339.
    pub set_on: String,
}

const COLUMNS: &str = "id, tenant, form, version, next_due, paused, faults";

fn integration(row: &Row<'_>) -> Result<Integration> {
    let form: String = row.get(2)?;
    Ok(Integration {
        id: row.get(0)?,
        tenant: row.get(1)?,
        // A form that a newer version wrote keeps what this one knows of it.
        form: serde_json::from_str(&form).unwrap_or_default(),
        version: row.get(3)?,
        next_due: row.get(4)?,
        paused: row.get(5)?,
        faults: row.get(6)?,
    })
}

fn secret(row: &Row<'_>) -> Result<StoredSecret> {
    Ok(StoredSecret { key: row.named("key")?, sealed: row.named("sealed")?, set_on: row.named("set_on")? })
}

impl Db {
    /// The integrations in a scope, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn integrations(&self, scope: &Scope) -> Result<Vec<Integration>> {
        let query = format!("SELECT {COLUMNS} FROM integrations WHERE (tenant = ?1 OR ?1 IS NULL)");
        let mut integrations = self.0.all(scope, &query, &[&scope.tenant()], integration).await?;
        integrations.sort_by(|one, other| (&one.form.name, &one.id).cmp(&(&other.form.name, &other.id)));
        Ok(integrations)
    }

    /// One integration in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn integration(&self, scope: &Scope, id: &str) -> Result<Option<Integration>> {
        let query = format!("SELECT {COLUMNS} FROM integrations WHERE id = ?2 AND (tenant = ?1 OR ?1 IS NULL)");
        self.0.one(scope, &query, &[&scope.tenant(), &id], integration).await
    }

    /// Adds an integration with its secrets; false if another one of the tenant has its name: a button that is pressed twice makes
    /// one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_integration(
        &self,
        id: &str,
        tenant: &str,
        form: &Form,
        secrets: Vec<StoredSecret>,
        next_due: Option<i64>,
    ) -> Result<bool> {
        let mut transaction = self.0.write(&of(tenant)).await?;
        if is_taken(&mut transaction, tenant, id, &form.name).await? {
            return Ok(false);
        }
        let add = "INSERT INTO integrations (id, tenant, form, next_due, created) VALUES (?1, ?2, ?3, ?4, now_utc())";
        execute(&mut transaction, add, &[&id, &tenant, &form.json(), &next_due]).await?;
        put_secrets(&mut transaction, id, &secrets).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Changes an integration's form, and the secrets that are given; false if somebody else changed it since, or took its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_integration(
        &self,
        before: &Integration,
        form: &Form,
        secrets: Vec<StoredSecret>,
        next_due: Option<i64>,
    ) -> Result<bool> {
        let Integration { id, tenant, version, .. } = before;
        let mut transaction = self.0.write(&of(tenant)).await?;
        if is_taken(&mut transaction, tenant, id, &form.name).await? {
            return Ok(false);
        }
        let change = "UPDATE integrations SET form = ?3, next_due = ?4, version = version + 1, faults = 0 \
             WHERE id = ?1 AND version = ?2";
        if !execute(&mut transaction, change, &[id, version, &form.json(), &next_due]).await? {
            return Ok(false);
        }
        put_secrets(&mut transaction, id, &secrets).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// An integration's secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets(&self, integration: &str) -> Result<Vec<StoredSecret>> {
        let query = "SELECT key, sealed, set_on FROM secrets WHERE integration = ?1 ORDER BY key";
        self.all(query, &[&integration], secret).await
    }

    /// Every secret of every integration, with the integration's identifier: to be sealed again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_secrets(&self) -> Result<Vec<(String, StoredSecret)>> {
        let query = "SELECT integration, key, sealed, set_on FROM secrets";
        self.all(query, &[], |row| Ok((row.named("integration")?, secret(row)?))).await
    }

    /// Pauses an integration's schedule, or goes on with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_paused(&self, id: &str, paused: bool, next_due: Option<i64>) -> Result<()> {
        let set = "UPDATE integrations SET paused = ?2, next_due = ?3, faults = 0 WHERE id = ?1";
        self.execute(set, &[&id, &paused, &next_due]).await.map(|_| ())
    }

    /// Notes how often the connector has failed, one time after another; gives the new number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_fault(&self, id: &str, is_fault: bool) -> Result<i64> {
        let note = "UPDATE integrations SET faults = CASE WHEN CAST(?2 AS BIGINT) = 1 THEN faults + 1 ELSE 0 END \
             WHERE id = ?1 RETURNING faults";
        Ok(self.one(note, &[&id, &is_fault], |row| row.get(0)).await?.unwrap_or(0))
    }

    /// The integrations that are due: neither paused nor at work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due(&self, now: i64) -> Result<Vec<Integration>> {
        let query = format!(
            "SELECT {COLUMNS} FROM integrations WHERE next_due <= ?1 AND paused = 0 ORDER BY next_due LIMIT 100"
        );
        self.all(&query, &[&now], integration).await
    }

    /// When something is due next, in seconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self) -> Result<Option<i64>> {
        let query = "SELECT min(next_due) FROM integrations WHERE next_due IS NOT NULL AND paused = 0";
        Ok(self.one(query, &[], |row| row.get::<Option<i64>>(0)).await?.flatten())
    }

    /// Sets when an integration is due next, if nobody has changed that since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_next_due(&self, before: &Integration, next_due: Option<i64>) -> Result<()> {
        let set = "UPDATE integrations SET next_due = ?2 WHERE id = ?1 AND next_due IS NOT DISTINCT FROM ?3";
        self.execute(set, &[&before.id, &next_due, &before.next_due]).await.map(|_| ())
    }

    /// Removes an integration with its secrets and runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_integration(&self, scope: &Scope, id: &str) -> Result<bool> {
        let remove = "DELETE FROM integrations WHERE id = ?2 AND (tenant = ?1 OR ?1 IS NULL)";
        Ok(self.0.execute(scope, remove, &[&scope.tenant(), &id]).await? > 0)
    }

    /// Replaces sealed bytes by others of the same content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reseal_secrets(&self, secrets: Vec<(String, StoredSecret)>) -> Result<()> {
        let mut transaction = self.0.write(&Scope::All).await?;
        for (integration, secret) in &secrets {
            put_secrets(&mut transaction, integration, std::slice::from_ref(secret)).await?;
        }
        transaction.commit().await
    }
}

/// Whether another integration of the tenant has this name.
async fn is_taken(transaction: &mut Transaction, tenant: &str, id: &str, name: &str) -> Result<bool> {
    let query = format!("SELECT {COLUMNS} FROM integrations WHERE tenant = ?1 AND id <> ?2");
    let others = transaction.all(&query, &[&tenant, &id], integration).await?;
    Ok(others.iter().any(|other| key(&other.form.name) == key(name)))
}

async fn put_secrets(transaction: &mut Transaction, integration: &str, secrets: &[StoredSecret]) -> Result<()> {
    let put = "INSERT INTO secrets (integration, key, sealed, set_on) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (integration, key) DO UPDATE SET sealed = excluded.sealed, set_on = excluded.set_on";
    for StoredSecret { key, sealed, set_on } in secrets {
        execute(transaction, put, &[&integration, key, sealed, set_on]).await?;
    }
    Ok(())
}
