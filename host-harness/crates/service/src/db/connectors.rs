//! The connectors that an operator has loaded, and what they were granted.

use connector_database::{Result, Row};
use connector_host::http::Origin;

use super::Db;

/// A connector, as it was when it was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConnector {
    /// Its name, which is an integration's type.
    pub name: String,
    /// Its file, by an absolute path.
    pub path: String,
    /// The file's SHA-256, in lower-case hexadecimal.
    pub digest: String,
    /// Its own version.
    pub version: String,
    /// The contract's version that it was built for.
    pub contract: String,
    /// The origins that its manifest asks for.
    pub asked: Vec<String>,
    /// Those of them that it may reach, and others that it may reach too.
    pub granted: Vec<String>,
}

impl StoredConnector {
    /// The granted origins, as origins.
    #[must_use]
    pub fn granted_origins(&self) -> Vec<Origin> {
        self.granted.iter().filter_map(|origin| Origin::parse(origin).ok()).collect()
    }
}

const COLUMNS: &str = "name, path, digest, version, contract, asked, granted";

fn connector(row: &Row<'_>) -> Result<StoredConnector> {
    // Lists that this crate has written itself.
    let list = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(StoredConnector {
        name: row.get(0)?,
        path: row.get(1)?,
        digest: row.get(2)?,
        version: row.get(3)?,
        contract: row.get(4)?,
        asked: list(row.get(5)?),
        granted: list(row.get(6)?),
    })
}

impl Db {
    /// Every connector, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connectors(&self) -> Result<Vec<StoredConnector>> {
        self.all(&format!("SELECT {COLUMNS} FROM connectors ORDER BY name"), &[], connector).await
    }

    /// The connector of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connector(&self, name: &str) -> Result<Option<StoredConnector>> {
        self.one(&format!("SELECT {COLUMNS} FROM connectors WHERE name = ?1"), &[&name], connector).await
    }

    /// Adds a connector, or replaces the one of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_connector(&self, stored: &StoredConnector) -> Result<()> {
        let list = |list: &[String]| serde_json::to_string(list).unwrap_or_default();
        let put = "INSERT INTO connectors (name, path, digest, version, contract, asked, granted, added) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, now_utc()) ON CONFLICT (name) DO UPDATE SET path = excluded.path, \
             digest = excluded.digest, version = excluded.version, contract = excluded.contract, \
             asked = excluded.asked, granted = excluded.granted, added = excluded.added";
        let StoredConnector { name, path, digest, version, contract, asked, granted } = stored;
        self.execute(put, &[name, path, digest, version, contract, &list(asked), &list(granted)]).await.map(|_| ())
    }

    /// Removes a connector; false if there is none of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_connector(&self, name: &str) -> Result<bool> {
        self.execute("DELETE FROM connectors WHERE name = ?1", &[&name]).await
    }
}
