//! The run log and the approvals that were used up.

use connector_host::contract::Verdict;
use connector_host::names::operation_name;
use connector_sync::directory::Result;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict, StoredRun};
use tokio_postgres::Row;

use crate::Key;
use crate::error::failed;
use crate::history::{KEEP, last_changes};
use crate::session::{Session, Statement};
use crate::text::{Text, maybe, read, read_maybe, texts};

const RUN: &str = "INSERT INTO directory_runs (directory, tenant, id, name, started, verdict, plan_hash, pages, employees, \
     total, complete, applied, stale, failed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const ACTIONS: &str = "INSERT INTO directory_run_actions (directory, tenant, run, number, action, employee, operation, reason, \
     outcome, failure) SELECT $1, $2, $3, w.number, w.action, w.employee, w.operation, w.reason, w.outcome, w.failure \
     FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY \
     AS w (action, employee, operation, reason, outcome, failure, number)";
const APPROVAL: &str = "INSERT INTO directory_approvals (directory, tenant, plan_hash, run) VALUES ($1, $2, $3, $4)";
const USED: &str = "SELECT 1 FROM directory_approvals WHERE directory = $1 AND plan_hash = $2";
const PLATFORM: &str = "INSERT INTO directory_platform_notices AS known (directory, tenant, code, subject, day) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (directory, code, subject) DO UPDATE SET day = excluded.day \
     WHERE known.day <> excluded.day RETURNING 1";
const RUNS: &str = "SELECT id, name, started, verdict, plan_hash, pages, employees, total, complete, applied, stale, failed \
     FROM directory_runs WHERE directory = $1 ORDER BY id";
const FIND: &str = "SELECT id, name, started, verdict, plan_hash, pages, employees, total, complete, applied, stale, failed \
     FROM directory_runs WHERE directory = $1 AND id = $2";

/// Files a run with every action and its outcome, and uses up its plan's approval: one trip.
pub async fn record(session: &mut Session, key: &Key, run: &RunReport) -> Result<()> {
    let (id, name, started) = (Text(&run.run), Text(&run.tenant), run.started.to_string());
    let (verdict, hash) = (run.verdict.as_str(), maybe(run.plan_hash.as_ref()));
    let (pages, employees, total) = (stored(run.read.pages), stored(run.read.employees), run.read.total.map(stored));
    let count = |word: &str| stored(run.actions().filter(|(_, outcome)| outcome.as_str() == word).count() as u64);
    let [applied, stale, failed] = ["applied", "stale", "failed"].map(count);
    let actions = texts(run.actions().map(|(action, _)| &action.id));
    let of = texts(run.actions().map(|(action, _)| &action.employee));
    let operations: Vec<Text<'_>> = run.actions().map(|(action, _)| Text(operation_name(&action.operation))).collect();
    let why = texts(run.actions().map(|(action, _)| &action.reason));
    let outcomes: Vec<&str> = run.actions().map(|(_, outcome)| outcome.as_str()).collect();
    let failures: Vec<Option<&str>> = run.actions().map(|(_, outcome)| failure(outcome)).collect();
    let changes = last_changes(run);
    let whose: Vec<Text<'_>> = changes.keys().map(|(employee, _)| Text(employee)).collect();
    let fields: Vec<&str> = changes.keys().map(|(_, field)| *field).collect();
    let before: Vec<Option<Text<'_>>> = changes.values().map(|change| change.before.map(Text)).collect();
    let after: Vec<Option<Text<'_>>> = changes.values().map(|change| change.after.map(Text)).collect();
    let (directory, tenant) = (key.directory(), key.tenant());
    let complete = run.read.complete;
    let mut statements = vec![Statement::new(
        RUN,
        &[
            directory, tenant, &id, &name, &started, &verdict, &hash, &pages, &employees, &total, &complete, &applied,
            &stale, &failed,
        ],
    )];
    if !actions.is_empty() {
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
            [directory, tenant, &id, &actions, &of, &operations, &why, &outcomes, &failures];
        statements.push(Statement::new(ACTIONS, &values));
    }
    if !changes.is_empty() {
        statements.push(Statement::new(KEEP, &[directory, tenant, &id, &whose, &fields, &before, &after]));
    }
    if uses_approval(run) {
        statements.push(Statement::new(APPROVAL, &[directory, tenant, &hash, &id]));
    }
    session.each(&statements).await.map(|_| ())
}

const fn failure(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed(code) => Some(*code),
        Outcome::Planned | Outcome::Applied | Outcome::Stale => None,
    }
}

/// A plan that needs an approval and was applied had one.
fn uses_approval(run: &RunReport) -> bool {
    let guarded = run.plan.as_ref().is_some_and(|plan| matches!(plan.verdict, Verdict::NeedsApproval(_)));
    guarded && run.plan_hash.is_some() && run.verdict == RunVerdict::Done
}

/// The server's integers are signed; no count comes near.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Notes that a notice was reported on a day; false if it was before on that day.
pub async fn note_for_platform(session: &mut Session, key: &Key, notice: &Failure, day: &str) -> Result<bool> {
    let (code, subject) = (Text(&notice.code), Text(notice.subject.as_deref().unwrap_or_default()));
    let noted = session.query(PLATFORM, &[key.directory(), key.tenant(), &code, &subject, &day]).await?;
    Ok(!noted.is_empty())
}

/// True if an approval of this plan was used up.
pub async fn approval_used(session: &mut Session, key: &Key, plan_hash: &str) -> Result<bool> {
    Ok(!session.query(USED, &[key.directory(), &Text(plan_hash)]).await?.is_empty())
}

/// The whole log, by run ID: oldest first.
pub async fn all(session: &mut Session, key: &Key) -> Result<Vec<StoredRun>> {
    session.query(RUNS, &[key.directory()]).await?.iter().map(stored_run).collect()
}

/// One run of it.
pub async fn find(session: &mut Session, key: &Key, id: &str) -> Result<Option<StoredRun>> {
    session.query(FIND, &[key.directory(), &Text(id)]).await?.first().map(stored_run).transpose()
}

fn stored_run(row: &Row) -> Result<StoredRun> {
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(failed);
    Ok(StoredRun {
        id: read(row, 0)?,
        tenant: read(row, 1)?,
        started: read(row, 2)?,
        verdict: read(row, 3)?,
        plan_hash: read_maybe(row, 4)?,
        pages: number(5)?,
        employees: number(6)?,
        total: row.try_get(7).map_err(failed)?,
        complete: row.try_get(8).map_err(failed)?,
        applied: number(9)?,
        stale: number(10)?,
        failed: number(11)?,
    })
}
