//! The saved plans that the directory issued.

use connector_sync::directory::{Issue, KEPT_PLANS, Result};
use connector_sync::plan_file::IssuedPlan;
use jiff::Timestamp;

use crate::Key;
use crate::error::failed;
use crate::session::{Session, Statement};
use crate::text::Text;

const ISSUE: &str = "INSERT INTO directory_issued_plans (directory, tenant, seal, plan_hash, name, issued) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (directory, seal) DO NOTHING";
/// Numbers are of all directories, so those of one have gaps.
const FORGET: &str = "DELETE FROM directory_issued_plans WHERE directory = $1 AND number <= \
     (SELECT number FROM directory_issued_plans WHERE directory = $1 ORDER BY number DESC OFFSET $2 LIMIT 1)";
const ISSUED: &str =
    "SELECT applied FROM directory_issued_plans WHERE directory = $1 AND seal = $2 AND plan_hash = $3 AND name = $4";
const USE_UP: &str = "UPDATE directory_issued_plans SET applied = true \
     WHERE directory = $1 AND seal = $2 AND plan_hash = $3 AND name = $4";

/// Remembers a plan, and forgets what is older than the last [`KEPT_PLANS`].
pub async fn issue(session: &mut Session, key: &Key, plan: &IssuedPlan, at: Timestamp) -> Result<()> {
    let (seal, hash, name) = (Text(&plan.seal), Text(&plan.hash), Text(&plan.tenant));
    let (at, kept) = (at.to_string(), i64::from(KEPT_PLANS));
    let statements = [
        Statement::new(ISSUE, &[key.directory(), key.tenant(), &seal, &hash, &name, &at]),
        Statement::new(FORGET, &[key.directory(), &kept]),
    ];
    session.all(statements).await.map(|_| ())
}

/// What is known of a plan.
pub async fn issued(session: &mut Session, key: &Key, plan: &IssuedPlan) -> Result<Issue> {
    let (seal, hash, name) = (Text(&plan.seal), Text(&plan.hash), Text(&plan.tenant));
    let rows = session.query(ISSUED, &[key.directory(), &seal, &hash, &name]).await?;
    let Some(row) = rows.first() else { return Ok(Issue::Unknown) };
    Ok(if row.try_get(0).map_err(failed)? { Issue::Applied } else { Issue::Open })
}

/// Notes that a plan is applied.
pub async fn use_up(session: &mut Session, key: &Key, plan: &IssuedPlan) -> Result<()> {
    let (seal, hash, name) = (Text(&plan.seal), Text(&plan.hash), Text(&plan.tenant));
    session.query(USE_UP, &[key.directory(), &seal, &hash, &name]).await.map(|_| ())
}
