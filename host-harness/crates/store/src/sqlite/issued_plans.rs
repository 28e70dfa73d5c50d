//! The saved plans that the directory issued.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use connector_sync::directory::{Issue, KEPT_PLANS};
use connector_sync::plan_file::IssuedPlan;

const ISSUE: &str = "INSERT INTO issued_plans (seal, plan_hash, tenant, issued) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (seal) DO NOTHING";
const FORGET: &str = "DELETE FROM issued_plans WHERE number <= (SELECT max(number) FROM issued_plans) - ?1";
const ISSUED: &str = "SELECT applied FROM issued_plans WHERE seal = ?1 AND plan_hash = ?2 AND tenant = ?3";
const USE_UP: &str = "UPDATE issued_plans SET applied = 1 WHERE seal = ?1 AND plan_hash = ?2 AND tenant = ?3";

/// Remembers a plan, and forgets what is older than the last [`KEPT_PLANS`].
pub(super) fn issue(connection: &Connection, plan: &IssuedPlan, at: Timestamp) -> rusqlite::Result<()> {
    let IssuedPlan { hash, seal, tenant } = plan;
    connection.prepare_cached(ISSUE)?.execute(params![seal, hash, tenant, at.to_string()])?;
    connection.prepare_cached(FORGET)?.execute([KEPT_PLANS]).map(|_| ())
}

/// What is known of a plan.
pub(super) fn issued(connection: &Connection, plan: &IssuedPlan) -> rusqlite::Result<Issue> {
    let IssuedPlan { hash, seal, tenant } = plan;
    let applied = connection.prepare_cached(ISSUED)?.query_row([seal, hash, tenant], |row| row.get(0)).optional()?;
    Ok(match applied {
        None => Issue::Unknown,
        Some(false) => Issue::Open,
        Some(true) => Issue::Applied,
    })
}

/// Notes that a plan is applied.
pub(super) fn use_up(connection: &Connection, plan: &IssuedPlan) -> rusqlite::Result<()> {
    let IssuedPlan { hash, seal, tenant } = plan;
    connection.prepare_cached(USE_UP)?.execute([seal, hash, tenant]).map(|_| ())
}
