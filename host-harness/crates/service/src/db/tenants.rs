//! Tenants.

use connector_common::key;
use connector_database::{Result, Row};

use super::{Db, Scope, execute};

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

fn tenant(row: &Row<'_>) -> Result<Tenant> {
    Ok(Tenant { id: row.get(0)?, name: row.get(1)?, created: row.get(2)?, limits: row.get(3)? })
}

impl Db {
    /// Every tenant, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        self.all(&format!("SELECT {COLUMNS} FROM tenants ORDER BY name, id"), &[], tenant).await
    }

    /// One tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant(&self, id: &str) -> Result<Option<Tenant>> {
        self.one(&format!("SELECT {COLUMNS} FROM tenants WHERE id = ?1"), &[&id], tenant).await
    }

    /// Adds a tenant; false if there is one of this name already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_tenant(&self, id: &str, name: &str) -> Result<bool> {
        let mut transaction = self.0.write(&Scope::All).await?;
        let names = transaction.all("SELECT name FROM tenants", &[], |row| row.get::<String>(0)).await?;
        if names.iter().any(|other| key(other) == key(name)) {
            return Ok(false);
        }
        let add = "INSERT INTO tenants (id, name, created) VALUES (?1, ?2, now_utc())";
        let is_added = execute(&mut transaction, add, &[&id, &name]).await?;
        transaction.commit().await?;
        Ok(is_added)
    }

    /// Changes a tenant's name and limits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_tenant(&self, id: &str, name: &str, limits: &str) -> Result<bool> {
        self.execute("UPDATE tenants SET name = ?2, limits = ?3 WHERE id = ?1", &[&id, &name, &limits]).await
    }

    /// Removes a tenant and all that is the tenant's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_tenant(&self, id: &str) -> Result<bool> {
        self.execute("DELETE FROM tenants WHERE id = ?1", &[&id]).await
    }
}
