//! Takes a directory out with everything in it: when an integration is deleted, or its tenant goes.

use std::time::Duration;

use connector_database::Postgres;
use connector_sync::directory::Result;

use crate::Key;
use crate::guard::Unguarded;
use crate::session::{Session, Statement};
use crate::text::read;

/// Accounts are deleted only by a transaction that says so (rule S3).
const ERASING: &str = "SELECT set_config('connector.erasing', $1, true)";
/// What refers to a table goes before it.
const TABLES: [&str; 14] = [
    ERASING,
    "DELETE FROM directory_memberships WHERE directory = $1",
    "DELETE FROM directory_earlier_employees WHERE directory = $1",
    "DELETE FROM directory_foreign_employees WHERE directory = $1",
    "DELETE FROM directory_decisions WHERE directory = $1",
    "DELETE FROM directory_accounts WHERE directory = $1",
    "DELETE FROM directory_groups WHERE directory = $1",
    "DELETE FROM directory_run_actions WHERE directory = $1",
    "DELETE FROM directory_runs WHERE directory = $1",
    "DELETE FROM directory_last_changes WHERE directory = $1",
    "DELETE FROM directory_approvals WHERE directory = $1",
    "DELETE FROM directory_issued_plans WHERE directory = $1",
    "DELETE FROM directory_platform_notices WHERE directory = $1",
    "DELETE FROM directory_outbox WHERE directory = $1",
];
const DIRECTORY: &str = "DELETE FROM directories WHERE id = $1";
const OF_TENANT: &str = "SELECT id FROM directories WHERE tenant = $1 ORDER BY id";

/// Erases one directory.
pub async fn directory(server: &Postgres, key: &Key, patience: Duration) -> Result<()> {
    let Some(mut session) = Session::write(server, key, false, patience, &Unguarded).await? else { return Ok(()) };
    let statements = TABLES.map(|sql| Statement::new(sql, &[key.directory()]));
    session.all(statements).await?;
    session.query(DIRECTORY, &[key.directory()]).await?;
    session.commit().await
}

/// The IDs of a tenant's directories.
pub async fn directories_of(server: &Postgres, tenant: &str) -> Result<Vec<String>> {
    let key = Key { tenant: tenant.to_owned(), directory: String::new() };
    let (session, rows) = Session::read(server, &key, Statement::new(OF_TENANT, &[key.tenant()])).await?;
    session.end().await?;
    rows.iter().map(|row| read(row, 0)).collect()
}
