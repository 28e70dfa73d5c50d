//! Integrations and their secrets.

use connector_common::key;
use jiff::Timestamp;
use rusqlite::Row;

use super::{Db, DbError, Scope, all, execute, one};
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

fn integration(row: &Row<'_>) -> rusqlite::Result<Integration> {
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

impl Db {
    /// The integrations in a scope, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn integrations(&self, scope: &Scope) -> Result<Vec<Integration>, DbError> {
        let tenant = scope.tenant().map(str::to_owned);
        self.with(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM integrations WHERE ?1 IS NULL OR tenant = ?1 ORDER BY form ->> 'name', id"
            );
            all(connection, &query, &[&tenant], integration)
        })
        .await
    }

    /// One integration in a scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn integration(&self, scope: &Scope, id: &str) -> Result<Option<Integration>, DbError> {
        let (tenant, id) = (scope.tenant().map(str::to_owned), id.to_owned());
        self.with(move |connection| {
            let query = format!("SELECT {COLUMNS} FROM integrations WHERE id = ?2 AND (?1 IS NULL OR tenant = ?1)");
            one(connection, &query, &[&tenant, &id], integration)
        })
        .await
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
    ) -> Result<bool, DbError> {
        let name = form.name.clone();
        let (id, tenant, form) = (id.to_owned(), tenant.to_owned(), form.json());
        let created = Timestamp::now().to_string();
        self.transact(move |connection| {
            if is_taken(connection, &tenant, &id, &name)? {
                return Ok(false);
            }
            let add = "INSERT INTO integrations (id, tenant, form, next_due, created) VALUES (?1, ?2, ?3, ?4, ?5)";
            execute(connection, add, &[&id, &tenant, &form, &next_due, &created])?;
            put_secrets(connection, &id, &secrets)?;
            Ok(true)
        })
        .await
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
    ) -> Result<bool, DbError> {
        let (tenant, name) = (before.tenant.clone(), form.name.clone());
        let (id, version, form) = (before.id.clone(), before.version, form.json());
        self.transact(move |connection| {
            if is_taken(connection, &tenant, &id, &name)? {
                return Ok(false);
            }
            let change = "UPDATE integrations SET form = ?3, next_due = ?4, version = version + 1, faults = 0 \
                 WHERE id = ?1 AND version = ?2";
            let changed = execute(connection, change, &[&id, &version, &form, &next_due])?;
            if changed {
                put_secrets(connection, &id, &secrets)?;
            }
            Ok(changed)
        })
        .await
    }

    /// An integration's secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets(&self, integration: &str) -> Result<Vec<StoredSecret>, DbError> {
        let integration = integration.to_owned();
        let secret = |row: &Row<'_>| Ok(StoredSecret { key: row.get(0)?, sealed: row.get(1)?, set_on: row.get(2)? });
        self.with(move |connection| {
            let query = "SELECT key, sealed, set_on FROM secrets WHERE integration = ?1 ORDER BY key";
            all(connection, query, &[&integration], secret)
        })
        .await
    }

    /// Every secret of every integration, with the integration's identifier: to be sealed again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn all_secrets(&self) -> Result<Vec<(String, StoredSecret)>, DbError> {
        let secret = |row: &Row<'_>| {
            Ok((row.get(0)?, StoredSecret { key: row.get(1)?, sealed: row.get(2)?, set_on: row.get(3)? }))
        };
        let query = "SELECT integration, key, sealed, set_on FROM secrets";
        self.with(move |connection| all(connection, query, &[], secret)).await
    }

    /// Pauses an integration's schedule, or goes on with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_paused(&self, id: &str, paused: bool, next_due: Option<i64>) -> Result<(), DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let set = "UPDATE integrations SET paused = ?2, next_due = ?3, faults = 0 WHERE id = ?1";
            execute(connection, set, &[&id, &paused, &next_due]).map(|_| ())
        })
        .await
    }

    /// Notes how often the connector has failed, one time after another; gives the new number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_fault(&self, id: &str, is_fault: bool) -> Result<i64, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            let note = "UPDATE integrations SET faults = CASE WHEN ?2 THEN faults + 1 ELSE 0 END \
                 WHERE id = ?1 RETURNING faults";
            Ok(one(connection, note, &[&id, &is_fault], |row| row.get(0))?.unwrap_or(0))
        })
        .await
    }

    /// The integrations that are due: neither paused nor at work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due(&self, now: i64) -> Result<Vec<Integration>, DbError> {
        self.with(move |connection| {
            let query = format!(
                "SELECT {COLUMNS} FROM integrations WHERE next_due <= ?1 AND paused = 0 ORDER BY next_due LIMIT 100"
            );
            all(connection, &query, &[&now], integration)
        })
        .await
    }

    /// When something is due next, in seconds since 1970.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self) -> Result<Option<i64>, DbError> {
        self.with(|connection| {
            let query = "SELECT min(next_due) FROM integrations WHERE next_due IS NOT NULL AND paused = 0";
            Ok(one(connection, query, &[], |row| row.get::<_, Option<i64>>(0))?.flatten())
        })
        .await
    }

    /// Sets when an integration is due next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_next_due(&self, id: &str, next_due: Option<i64>) -> Result<(), DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            execute(connection, "UPDATE integrations SET next_due = ?2 WHERE id = ?1", &[&id, &next_due]).map(|_| ())
        })
        .await
    }

    /// Removes an integration with its secrets and runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_integration(&self, scope: &Scope, id: &str) -> Result<bool, DbError> {
        let (tenant, id) = (scope.tenant().map(str::to_owned), id.to_owned());
        self.transact(move |connection| {
            let remove = "DELETE FROM integrations WHERE id = ?2 AND (?1 IS NULL OR tenant = ?1)";
            execute(connection, remove, &[&tenant, &id])
        })
        .await
    }

    /// Replaces sealed bytes by others of the same content.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reseal_secrets(&self, secrets: Vec<(String, StoredSecret)>) -> Result<(), DbError> {
        self.transact(move |connection| {
            secrets.iter().try_for_each(|(integration, secret)| {
                put_secrets(connection, integration, std::slice::from_ref(secret))
            })
        })
        .await
    }
}

/// Whether another integration of the tenant has this name.
fn is_taken(connection: &rusqlite::Connection, tenant: &str, id: &str, name: &str) -> Result<bool, DbError> {
    let query = "SELECT form ->> 'name' FROM integrations WHERE tenant = ?1 AND id <> ?2";
    let names = all(connection, query, &[&tenant, &id], |row| row.get::<_, Option<String>>(0))?;
    Ok(names.iter().flatten().any(|other| key(other) == key(name)))
}

fn put_secrets(connection: &rusqlite::Connection, integration: &str, secrets: &[StoredSecret]) -> Result<(), DbError> {
    let put = "INSERT INTO secrets (integration, key, sealed, set_on) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (integration, key) DO UPDATE SET sealed = excluded.sealed, set_on = excluded.set_on";
    secrets.iter().try_for_each(|StoredSecret { key, sealed, set_on }| {
        execute(connection, put, &[&integration, key, sealed, set_on]).map(|_| ())
    })
}
