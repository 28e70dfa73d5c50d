//! The log in a database that several processes share: one chain, whose rows nobody changes.

use connector_database::{Database, DatabaseError, Row, Scope, Transaction};

use super::{AuditError, Entry, START};

const COLUMNS: &str = "number, at, who, tenant, action, subject, before, hash";

#[allow(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
fn failed(error: DatabaseError) -> AuditError {
    let is_full = matches!(error, DatabaseError::DiskFull);
    AuditError { log: "in the database".to_owned(), what: format!("cannot be used: {error}"), is_full }
}

fn entry(row: &Row<'_>) -> connector_database::Result<Entry> {
    Ok(Entry {
        number: row.named("number")?,
        at: row.named("at")?,
        who: row.named("who")?,
        tenant: row.named("tenant")?,
        action: row.named("action")?,
        subject: row.named("subject")?,
        before: row.named("before")?,
        hash: row.named("hash")?,
    })
}

/// The number and the hash of the last entry.
async fn last(transaction: &mut Transaction) -> connector_database::Result<(u64, String)> {
    let query = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
    let last = transaction.one(query, &[], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(last.unwrap_or_else(|| (0, START.to_owned())))
}

pub async fn last_hash(database: &Database) -> Result<String, AuditError> {
    let read = async {
        let mut transaction = database.read(&Scope::All).await?;
        let (_, hash) = last(&mut transaction).await?;
        transaction.commit().await?;
        Ok(hash)
    };
    read.await.map_err(failed)
}

pub async fn add(
    database: &Database,
    who: &str,
    tenant: Option<&str>,
    action: &str,
    subject: &str,
) -> Result<(), AuditError> {
    let write = async {
        // Of those that write in this scope there is one at a time, so no two entries follow the same one.
        let mut transaction = database.write(&Scope::All).await?;
        let last = last(&mut transaction).await?;
        let at = transaction.one("SELECT now_utc()", &[], |row| row.get(0)).await?.unwrap_or_default();
        put(&mut transaction, &Entry::after(last, at, who, tenant, action, subject)).await?;
        transaction.commit().await
    };
    write.await.map_err(failed)
}

/// Puts an entry down as it is.
pub async fn put(transaction: &mut Transaction, entry: &Entry) -> connector_database::Result<()> {
    let add = format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    let Entry { number, at, who, tenant, action, subject, before, hash } = entry;
    transaction.execute(&add, &[number, at, who, tenant, action, subject, before, hash]).await.map(|_| ())
}

pub async fn read(database: &Database) -> Result<(Vec<Entry>, Option<u64>), AuditError> {
    let query = format!("SELECT {COLUMNS} FROM audit ORDER BY number");
    let entries = database.all(&Scope::All, &query, &[], entry).await.map_err(failed)?;
    let mut before = START;
    let mut broken = None;
    for (number, entry) in (1..).zip(&entries) {
        if !entry.fits(number, before) {
            broken = broken.or(Some(number));
        }
        before = &entry.hash;
    }
    Ok((entries, broken))
}
