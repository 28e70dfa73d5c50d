//! Tenants.

use connector_common::key;
use jiff::Timestamp;
use rusqlite::Row;

use super::{Db, DbError, all, execute, one};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// When it was set up: UTC, RFC 3339.
    pub created: String,
    /// Its limits as TOML; empty for the platform's own.
    pub limits: String,
}

const COLUMNS: &str = "id, name, created, limits";

fn tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant { id: row.get(0)?, name: row.get(1)?, created: row.get(2)?, limits: row.get(3)? })
}

impl Db {
    /// Every tenant, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, DbError> {
        self.with(|connection| {
            all(connection, &format!("SELECT {COLUMNS} FROM tenants ORDER BY name, id"), &[], tenant)
        })
        .await
    }

    /// One tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant(&self, id: &str) -> Result<Option<Tenant>, DbError> {
        let id = id.to_owned();
        self.with(move |connection| {
            one(connection, &format!("SELECT {COLUMNS} FROM tenants WHERE id = ?1"), &[&id], tenant)
        })
        .await
    }

    /// Adds a tenant; false if another one has its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_tenant(&self, id: &str, name: &str) -> Result<bool, DbError> {
        let (id, name, created) = (id.to_owned(), name.to_owned(), Timestamp::now().to_string());
        self.transact(move |connection| {
            let names = all(connection, "SELECT name FROM tenants", &[], |row| row.get::<_, String>(0))?;
            if names.iter().any(|other| key(other) == key(&name)) {
                return Ok(false);
            }
            let add = "INSERT INTO tenants (id, name, created) VALUES (?1, ?2, ?3)";
            execute(connection, add, &[&id, &name, &created])
        })
        .await
    }

    /// Changes a tenant's name and limits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_tenant(&self, id: &str, name: &str, limits: &str) -> Result<bool, DbError> {
        let (id, name, limits) = (id.to_owned(), name.to_owned(), limits.to_owned());
        self.with(move |connection| {
            execute(connection, "UPDATE tenants SET name = ?2, limits = ?3 WHERE id = ?1", &[&id, &name, &limits])
        })
        .await
    }

    /// Removes a tenant and all that is the tenant's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_tenant(&self, id: &str) -> Result<bool, DbError> {
        let id = id.to_owned();
        self.transact(move |connection| execute(connection, "DELETE FROM tenants WHERE id = ?1", &[&id])).await
    }
}
