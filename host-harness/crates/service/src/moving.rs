//! Moving a service from its data folder to a database that several processes share: everything, or nothing.
//!
//! Rows are read from the files, put into the database in one transaction, and read back from it before that is made lasting; what was
//! read on both sides is counted and hashed. The files stay as they are. What is of this machine alone stays too: locks, the queue (it
//! is told again what waits), and mails that were written as files.

use std::path::{Path, PathBuf};

use connector_database::{Database, PoolOptions, Scope, ToValue, Transaction, Value};
use connector_host::files;
use connector_store::sqlite::SqliteDirectory;
use connector_store_postgres::{Directories, kept_text};
use connector_sync::directory::DirectoryError;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

use crate::audit::{self, AuditError};
use crate::config::{Config, Shared};
use crate::db::{Db, DbError};
use crate::service::{FolderLock, ServiceError};

/// `PRAGMA application_id` of a directory of accounts.
const DIRECTORY: u32 = 0x656c_6e6f;
/// How many rows go into one statement.
const TOGETHER: usize = 1_000;
/// The largest list of accounts, and the largest connector, in bytes.
const LARGEST: u64 = 1 << 30;

/// Why a service was not moved; nothing is changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// There is no service in the folder.
    #[error("{0} is not the data folder of a service")]
    NoService(PathBuf),
    /// It cannot be read or locked, or the database cannot be used.
    #[error(transparent)]
    Service(#[from] Box<ServiceError>),
    /// The database has a service already.
    #[error("the database has a service already; name an empty one")]
    NotEmpty,
    /// Its process ended in the middle of work.
    #[error("{0} runs were cut off when the service ended; start it once, stop it in order, and move it then")]
    CutOff(u64),
    /// A file.
    #[error("{path} cannot be read: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// What was read back is not what was written.
    #[error("{0} is not the same in the database as in the folder; nothing was moved")]
    Differs(String),
    /// The audit log of the folder does not fit together.
    #[error("the audit log of the folder is broken at entry {0}; keep it, and move without it only if you know why")]
    BrokenAudit(u64),
}

impl From<DbError> for MoveError {
    fn from(error: DbError) -> Self {
        Self::Service(Box::new(error.into()))
    }
}

impl From<ServiceError> for MoveError {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

impl From<DirectoryError> for MoveError {
    fn from(error: DirectoryError) -> Self {
        Self::Service(Box::new(error.into()))
    }
}

impl From<AuditError> for MoveError {
    fn from(error: AuditError) -> Self {
        Self::Service(Box::new(error.into()))
    }
}

/// One kind of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub what: &'static str,
    /// How many.
    pub rows: u64,
    /// The SHA-256 of all of them, as they were read back from the database.
    pub hash: String,
}

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Each kind of rows.
    pub moved: Vec<Moved>,
    /// Connectors whose file is not there: they are to be added again.
    pub missing: Vec<String>,
}

/// A table, and the columns of it that are moved; `order` is what its rows are compared by.
struct Table {
    what: &'static str,
    /// Its columns in the file, under the names that they have in the database.
    read: &'static str,
    from: &'static str,
    into: &'static str,
    columns: &'static str,
    order: &'static str,
}

macro_rules! same {
    ($what:literal, $table:literal, $order:literal, $columns:literal) => {
        Table { what: $what, read: $columns, from: $table, into: $table, columns: $columns, order: $order }
    };
}

/// The service's own, in an order in which each row finds what it belongs to.
const SERVICE: &[Table] = &[
    same!("tenants", "tenants", "id", "id, name, created, limits"),
    same!("users", "users", "id", "id, tenant, email, password, language, created, signed_in"),
    same!("one-time links", "links", "hash", "hash, \"user\", expires"),
    same!("sessions", "sessions", "hash", "hash, \"user\", expires"),
    same!("API tokens", "tokens", "id", "id, hash, \"user\", name, created, used"),
    same!("connectors", "connectors", "name", "name, path, digest, version, contract, asked, granted, added"),
    same!("integrations", "integrations", "id", "id, tenant, form, version, next_due, paused, faults, created"),
    same!("secrets", "secrets", "integration, key", "integration, key, sealed, set_on"),
    same!(
        "runs",
        "runs",
        "id",
        "id, tenant, integration, kind, cause, slot, plan_of, state, verdict, plan_hash, queued, started, ended, pages, \
         employees, total, actions, applied, counts, failures, decided, detail, deliveries, postponed, stop_asked, not_before"
    ),
    // Numbered anew, in the same order.
    same!("decisions", "decisions", "number", "tenant, integration, run, decided, by, kind, about, reason"),
];

/// A directory's, likewise.
const ACCOUNTS: &[Table] = &[
    Table {
        what: "groups",
        read: "id, name",
        from: "groups",
        into: "directory_groups",
        columns: "id, name",
        order: "id",
    },
    Table {
        what: "accounts",
        read: "id, version, employee, email, first_name, last_name, status, gender, position, department, location, team, \
             supervisor, role, protected, created_by_connector, invited",
        from: "accounts",
        into: "directory_accounts",
        columns: "id, version, employee, email, first_name, last_name, status, gender, position, department, location, team, \
             supervisor, role, protected, created_by_connector, invited",
        order: "id",
    },
    Table {
        what: "memberships",
        read: "account_id AS account, group_id",
        from: "memberships",
        into: "directory_memberships",
        columns: "account, group_id",
        order: "account, group_id",
    },
    Table {
        what: "earlier employees",
        read: "employee, account",
        from: "earlier_employees",
        into: "directory_earlier_employees",
        columns: "employee, account",
        order: "employee",
    },
    Table {
        what: "foreign employees",
        read: "account, employee, earlier_of",
        from: "foreign_employees",
        into: "directory_foreign_employees",
        columns: "account, employee, earlier_of",
        order: "account, employee",
    },
    Table {
        what: "decisions about links",
        read: "account, kind, employee, earlier, reason, decided",
        from: "decisions",
        into: "directory_decisions",
        columns: "account, kind, employee, earlier, reason, decided",
        order: "number",
    },
    Table {
        what: "applied runs",
        read: "id, tenant AS name, started, verdict, plan_hash, pages, employees, total, complete, \
             (SELECT count(*) FROM run_actions WHERE run = runs.id AND outcome = 'applied') AS applied, \
             (SELECT count(*) FROM run_actions WHERE run = runs.id AND outcome = 'stale') AS stale, \
             (SELECT count(*) FROM run_actions WHERE run = runs.id AND outcome = 'failed') AS failed",
        from: "runs",
        into: "directory_runs",
        columns: "id, name, started, verdict, plan_hash, pages, employees, total, complete, applied, stale, failed",
        order: "id",
    },
    Table {
        what: "actions",
        read: "run, number, action, employee, operation, reason, outcome, failure",
        from: "run_actions",
        into: "directory_run_actions",
        columns: "run, number, action, employee, operation, reason, outcome, failure",
        order: "run, number",
    },
    Table {
        what: "last changes",
        read: "employee, field, run, before, after",
        from: "last_changes",
        into: "directory_last_changes",
        columns: "employee, field, run, before, after",
        order: "employee, field",
    },
    Table {
        what: "used approvals",
        read: "plan_hash, run",
        from: "approvals",
        into: "directory_approvals",
        columns: "plan_hash, run",
        order: "plan_hash",
    },
    Table {
        what: "issued plans",
        read: "seal, plan_hash, tenant AS name, issued, applied",
        from: "issued_plans",
        into: "directory_issued_plans",
        columns: "seal, plan_hash, name, issued, applied",
        order: "number",
    },
    Table {
        what: "notices to the operator",
        read: "code, subject, day",
        from: "platform_notices",
        into: "directory_platform_notices",
        columns: "code, subject, day",
        order: "code, subject",
    },
    Table {
        what: "mails",
        read: "message_id, delivered, undeliverable, sender, recipients, subject, text, html, date",
        from: "outbox",
        into: "directory_outbox",
        columns: "message_id, delivered, undeliverable, sender, recipients, subject, text, html, date",
        order: "number",
    },
];

/// Rows, counted and hashed as they come.
#[derive(Default)]
struct Seen {
    rows: u64,
    hash: Sha256,
}

impl Seen {
    fn add(&mut self, values: &[Value]) {
        self.rows += 1;
        for value in values {
            let (kind, bytes) = match value {
                Value::Null => (0_u8, Vec::new()),
                Value::Integer(number) => (1, number.to_be_bytes().to_vec()),
                Value::Text(text) => (2, text.clone().into_bytes()),
                Value::Blob(bytes) => (3, bytes.clone()),
            };
            self.hash.update([kind]);
            self.hash.update((bytes.len() as u64).to_be_bytes());
            self.hash.update(bytes);
        }
    }
}

/// What is moved of each kind: written, and read back.
#[derive(Default)]
struct Counted(Vec<(&'static str, Seen, Seen)>);

impl Counted {
    fn add(&mut self, what: &'static str, written: &[Vec<Value>], read: &[Vec<Value>]) {
        let at = self.0.iter().position(|(known, ..)| *known == what).unwrap_or_else(|| {
            self.0.push((what, Seen::default(), Seen::default()));
            self.0.len() - 1
        });
        if let Some((_, before, after)) = self.0.get_mut(at) {
            for row in written {
                before.add(row);
            }
            for row in read {
                after.add(row);
            }
        }
    }

    fn compare(self) -> Result<Vec<Moved>, MoveError> {
        let compared = self.0.into_iter().map(|(what, written, read)| {
            let (before, after) = (written.hash.finalize(), read.hash.finalize());
            if written.rows != read.rows || before != after {
                return Err(MoveError::Differs(what.to_owned()));
            }
            Ok(Moved { what, rows: read.rows, hash: hex::encode(after) })
        });
        compared.collect()
    }
}

/// A row as an object that the database makes a row of.
fn object(columns: &[&str], row: &[Value]) -> serde_json::Value {
    let value = |value: &Value| match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(format!("\\x{}", hex::encode(bytes))),
    };
    let names = columns.iter().map(|column| column.trim_matches('"').to_owned());
    let mut object: Map<String, serde_json::Value> = names.zip(row.iter().map(value)).collect();
    // A list in the file is a list of texts in the database.
    if let Some(recipients) = object.get_mut("recipients")
        && let Some(list) = recipients.as_str().and_then(|text| serde_json::from_str(text).ok())
    {
        *recipients = list;
    }
    serde_json::Value::Object(object)
}

/// A value as the database can keep it: a text may have a character that it cannot.
fn keepable(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(kept_text(text).into_owned()),
        other => other.clone(),
    }
}

impl Table {
    /// What is in the file, as the database can keep it.
    async fn rows(&self, source: &Database) -> Result<Vec<Vec<Value>>, DbError> {
        let Self { read, from, order, .. } = self;
        let query = format!("SELECT {read} FROM {from} ORDER BY {order}");
        source.all(&Scope::All, &query, &[], |row| Ok(row.values().iter().map(keepable).collect())).await
    }

    /// Puts the rows down, those of a directory under its name, and reads them back.
    async fn put(
        &self,
        target: &mut Transaction,
        directory: Option<(&str, &str)>,
        rows: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, DbError> {
        let Self { into, columns, order, .. } = self;
        let names: Vec<&str> = columns.split(", ").collect();
        let put = if directory.is_some() {
            format!(
                "INSERT INTO {into} (directory, tenant, {columns}) SELECT ?2, ?3, {columns} \
                 FROM json_populate_recordset(CAST(NULL AS {into}), CAST(CAST(?1 AS TEXT) AS json))"
            )
        } else {
            format!(
                "INSERT INTO {into} ({columns}) SELECT {columns} FROM json_populate_recordset(CAST(NULL AS {into}), CAST(CAST(?1 AS TEXT) AS json))"
            )
        };
        for rows in rows.chunks(TOGETHER) {
            let list: Vec<_> = rows.iter().map(|row| object(&names, row)).collect();
            let list = serde_json::Value::Array(list).to_string();
            match directory {
                Some((tenant, id)) => target.execute(&put, &[&list, &id, &tenant]).await?,
                None => target.execute(&put, &[&list]).await?,
            };
        }
        let shown = columns.replace("recipients", "CAST(array_to_json(recipients) AS TEXT)");
        let (of, values): (&str, Vec<&dyn ToValue>) = match &directory {
            Some((_, id)) => ("WHERE directory = ?1", vec![id]),
            None => ("", Vec::new()),
        };
        let query = format!("SELECT {shown} FROM {into} {of} ORDER BY {order}");
        target.all(&query, &values, |row| Ok(row.values().to_vec())).await
    }
}

/// Moves the service of a data folder, which must not be running, into an empty database.
///
/// # Errors
/// Why it was not moved; nothing is changed then.
pub async fn move_to(data: &Path, shared: &Shared) -> Result<Report, MoveError> {
    let config = Config::new(data);
    let folder = config.files();
    if !folder.database().is_file() {
        return Err(MoveError::NoService(data.to_owned()));
    }
    let _lock = FolderLock::take(&folder)?;
    let source = Db::open(&folder.database()).await?;
    let cut_off = source.runs_at_work().await?.len() as u64;
    if cut_off > 0 {
        return Err(MoveError::CutOff(cut_off));
    }
    let database = Database::postgres(&shared.database, PoolOptions { connections: shared.connections }).await?;
    let target = Db::in_database(database.clone()).await?;
    Directories::open(&database).await?;
    if !target.tenants().await?.is_empty() || !target.users(None).await?.is_empty() {
        return Err(MoveError::NotEmpty);
    }
    let mut counted = Counted::default();
    let mut transaction = database.write(&Scope::All).await?;
    for table in SERVICE {
        let rows = table.rows(source.database()).await?;
        let read = table.put(&mut transaction, None, &rows).await?;
        counted.add(table.what, &rows, &read);
    }
    let missing = move_files(&folder, &source, &mut transaction, &mut counted).await?;
    for integration in source.integrations(&Scope::All).await? {
        let file = folder.directory(&integration.tenant, &integration.id);
        if file.is_file() {
            move_directory(&file, &integration.tenant, &integration.id, &mut transaction, &mut counted).await?;
        }
    }
    let moved = counted.compare()?;
    transaction.commit().await?;
    Ok(Report { moved, missing })
}

async fn move_directory(
    file: &Path,
    tenant: &str,
    id: &str,
    target: &mut Transaction,
    counted: &mut Counted,
) -> Result<(), MoveError> {
    // An older file is completed first.
    drop(SqliteDirectory::open(file)?);
    let source = Database::sqlite(file, DIRECTORY)?;
    let identity = source.all(&Scope::All, "SELECT id FROM identity", &[], |row| Ok(row.values().to_vec())).await?;
    let Some([Value::Text(name)]) = identity.first().map(Vec::as_slice) else {
        return Err(MoveError::File { path: file.to_owned(), why: "it has no identity".to_owned() });
    };
    let add = "INSERT INTO directories (id, tenant, identity) VALUES (?1, ?2, ?3)";
    target.execute(add, &[&id, &tenant, name]).await?;
    let read = "SELECT identity FROM directories WHERE id = ?1";
    let read = target.all(read, &[&id], |row| Ok(row.values().to_vec())).await?;
    counted.add("directories", &identity, &read);
    for table in ACCOUNTS {
        let rows = table.rows(&source).await?;
        let read = table.put(target, Some((tenant, id)), &rows).await?;
        counted.add(table.what, &rows, &read);
    }
    Ok(())
}

/// Moves what lies in files of its own: connectors, first accounts, the audit log. Gives the connectors that are not there.
async fn move_files(
    folder: &crate::config::Files,
    source: &Db,
    target: &mut Transaction,
    counted: &mut Counted,
) -> Result<Vec<String>, MoveError> {
    let mut missing = Vec::new();
    for stored in source.connectors().await? {
        let file = crate::connectors::file_of(&stored, folder.connectors());
        let bytes = files::read(&file, LARGEST).ok().filter(|bytes| crate::connectors::digest(bytes) == stored.digest);
        match bytes {
            Some(bytes) => {
                let add = "INSERT INTO components (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
                target.execute(add, &[&stored.digest, &bytes]).await?;
            }
            None => missing.push(stored.name),
        }
    }
    for tenant in source.tenants().await? {
        let file = folder.accounts(&tenant.id);
        if !file.is_file() {
            continue;
        }
        let why = |error: files::ReadError| MoveError::File { path: file.clone(), why: error.to_string() };
        let text = files::read_text(&file, LARGEST).map_err(why)?;
        let add = "INSERT INTO first_accounts (tenant, accounts) VALUES (?1, ?2)";
        target.execute(add, &[&tenant.id, &text]).await?;
    }
    if folder.audit().is_file() {
        let (entries, broken) = audit::read(&folder.audit())?;
        if let Some(number) = broken {
            return Err(MoveError::BrokenAudit(number));
        }
        audit::put_all(target, &entries).await?;
        let hashes: Vec<Vec<Value>> = entries.iter().map(|entry| vec![Value::Text(entry.hash.clone())]).collect();
        let read = target.all("SELECT hash FROM audit ORDER BY number", &[], |row| Ok(row.values().to_vec())).await?;
        counted.add("audit log", &hashes, &read);
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_more_or_another_value_is_seen() {
        let text = |text: &str| vec![Value::Text(text.to_owned()), Value::Null];
        let same = |one: &[Vec<Value>], other: &[Vec<Value>]| {
            let mut counted = Counted::default();
            counted.add("rows", one, other);
            counted.compare().is_ok()
        };
        assert!(same(&[text("a")], &[text("a")]));
        assert!(!same(&[text("a")], &[text("b")]));
        assert!(!same(&[text("a")], &[text("a"), text("a")]));
        assert!(!same(&[text("ab"), text("c")], &[text("a"), text("bc")]));
        let mut counted = Counted::default();
        counted.add("runs", &[text("a")], &[text("b")]);
        assert!(matches!(counted.compare(), Err(MoveError::Differs(what)) if what == "runs"));
    }
}
