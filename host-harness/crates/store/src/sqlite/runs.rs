//! The run log and the approvals that were used up.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::history;
use connector_host::contract::Verdict;
use connector_host::names::operation_name;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict, StoredRun};

const RUN: &str = "INSERT INTO runs (id, tenant, started, verdict, plan_hash, pages, employees, total, complete) \
     VALUES (:id, :tenant, :started, :verdict, :plan_hash, :pages, :employees, :total, :complete)";
const ACTION: &str = "INSERT INTO run_actions (run, number, action, employee, operation, reason, outcome, failure) \
     VALUES (:run, :number, :action, :employee, :operation, :reason, :outcome, :failure)";
const PLATFORM: &str = "INSERT INTO platform_notices (code, subject, day) VALUES (?1, ?2, ?3) \
     ON CONFLICT (code, subject) DO UPDATE SET day = excluded.day WHERE day <> excluded.day";
const APPROVAL: &str = "INSERT INTO approvals (plan_hash, run) VALUES (?1, ?2)";
const RUNS: &str = "SELECT id, tenant, started, verdict, plan_hash, pages, employees, total, complete, \
     count(*) FILTER (WHERE outcome = 'applied') AS applied, \
     count(*) FILTER (WHERE outcome = 'stale') AS stale, \
     count(*) FILTER (WHERE outcome = 'failed') AS failed \
     FROM runs LEFT JOIN run_actions ON run = id WHERE ?1 IS NULL OR id = ?1 GROUP BY id ORDER BY id";

/// Files a run with every action and its outcome, and uses up its plan's approval.
pub(super) fn record(connection: &Connection, run: &RunReport) -> rusqlite::Result<()> {
    connection.prepare_cached(RUN)?.execute(named_params! {
        ":id": run.run, ":tenant": run.tenant, ":started": run.started.to_string(), ":verdict": run.verdict.as_str(),
        ":plan_hash": run.plan_hash, ":pages": stored(run.read.pages), ":employees": stored(run.read.employees),
        ":total": run.read.total.map(stored), ":complete": run.read.complete,
    })?;
    let mut insert = connection.prepare_cached(ACTION)?;
    for (number, (action, outcome)) in (1_i64..).zip(run.actions()) {
        let failure = match outcome {
            Outcome::Failed(code) => Some(*code),
            _ => None,
        };
        insert.execute(named_params! {
            ":run": run.run, ":number": number, ":action": action.id, ":employee": action.employee,
            ":operation": operation_name(&action.operation), ":reason": action.reason, ":outcome": outcome.as_str(),
            ":failure": failure,
        })?;
        if *outcome == Outcome::Applied {
            history::keep(connection, &run.run, action)?;
        }
    }
    use_approval(connection, run)
}

/// Notes that a notice was reported on a day; false if it was before on that day.
pub(super) fn note_for_platform(connection: &Connection, notice: &Failure, day: &str) -> rusqlite::Result<bool> {
    let subject = notice.subject.as_deref().unwrap_or_default();
    Ok(connection.prepare_cached(PLATFORM)?.execute([&notice.code, subject, day])? > 0)
}

/// A plan that needs an approval and was applied had one.
fn use_approval(connection: &Connection, run: &RunReport) -> rusqlite::Result<()> {
    let guarded = run.plan.as_ref().is_some_and(|plan| matches!(plan.verdict, Verdict::NeedsApproval(_)));
    match &run.plan_hash {
        Some(hash) if guarded && run.verdict == RunVerdict::Done => {
            connection.prepare_cached(APPROVAL)?.execute([hash, &run.run]).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// `SQLite`'s integers are signed; no count comes near.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// True if an approval of this plan was used up.
pub(super) fn approval_used(connection: &Connection, plan_hash: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM approvals WHERE plan_hash = ?1")?;
    statement.query_row([plan_hash], |_| Ok(())).optional().map(|found| found.is_some())
}

/// The whole log, by run ID: oldest first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredRun>> {
    connection.prepare_cached(RUNS)?.query_map([None::<&str>], stored_run)?.collect()
}

/// One run of it.
pub(super) fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<StoredRun>> {
    connection.prepare_cached(RUNS)?.query_row([id], stored_run).optional()
}

fn stored_run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    Ok(StoredRun {
        id: row.get("id")?,
        tenant: row.get("tenant")?,
        started: row.get("started")?,
        verdict: row.get("verdict")?,
        plan_hash: row.get("plan_hash")?,
        pages: row.get("pages")?,
        employees: row.get("employees")?,
        total: row.get("total")?,
        complete: row.get("complete")?,
        applied: row.get("applied")?,
        stale: row.get("stale")?,
        failed: row.get("failed")?,
    })
}
