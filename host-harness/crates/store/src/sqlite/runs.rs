//! The run log and the approvals that were used up.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use connector_host::contract::{Operation, Verdict};
use connector_host::names::{field_name, operation_name, status_name};
use connector_sync::run::{Failure, LastChange, Outcome, RunReport, RunVerdict, StoredRun};

const RUN: &str = "INSERT INTO runs (id, tenant, started, verdict, plan_hash, pages, employees, total, complete) \
     VALUES (:id, :tenant, :started, :verdict, :plan_hash, :pages, :employees, :total, :complete)";
const ACTION: &str = "INSERT INTO run_actions (run, number, action, employee, operation, reason, outcome, failure) \
     VALUES (:run, :number, :action, :employee, :operation, :reason, :outcome, :failure)";
const CHANGE: &str = "INSERT INTO last_changes (employee, field, run, before, after) \
     VALUES (:employee, :field, :run, :before, :after) ON CONFLICT (employee, field) DO UPDATE SET run = excluded.run, \
     before = excluded.before, after = excluded.after";
const CHANGES: &str = "SELECT field, run, started, before, after FROM last_changes JOIN runs ON id = run \
     WHERE employee = ?1 ORDER BY field";
const PLATFORM: &str = "INSERT INTO platform_notices (code, subject, day) VALUES (?1, ?2, ?3) \
     ON CONFLICT (code, subject) DO UPDATE SET day = excluded.day WHERE day <> excluded.day";
const APPROVAL: &str = "INSERT INTO approvals (plan_hash, run) VALUES (?1, ?2)";
const RUNS: &str = "SELECT id, tenant, started, verdict, plan_hash, pages, employees, total, complete, \
     count(*) FILTER (WHERE outcome = 'applied') AS applied, \
     count(*) FILTER (WHERE outcome = 'stale') AS stale, \
     count(*) FILTER (WHERE outcome = 'failed') AS failed \
     FROM runs LEFT JOIN run_actions ON run = id GROUP BY id ORDER BY id";

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
    }
    note_changes(connection, run)?;
    use_approval(connection, run)
}

/// Notes the last change of each field, for whoever asks why an account has what it has.
fn note_changes(connection: &Connection, run: &RunReport) -> rusqlite::Result<()> {
    let mut note = connection.prepare_cached(CHANGE)?;
    for (action, _) in run.actions().filter(|(_, outcome)| **outcome == Outcome::Applied) {
        for (field, before, after) in changes(&action.operation) {
            note.execute(named_params! {
                ":employee": action.employee, ":field": field, ":run": run.run, ":before": before, ":after": after,
            })?;
        }
    }
    Ok(())
}

/// What an operation changes: the field's name, and its value before and after.
fn changes(operation: &Operation) -> Vec<(&str, Option<&str>, Option<&str>)> {
    match operation {
        Operation::Create(new) => {
            let status = status_name(&new.status);
            let mut made = vec![
                ("email", None, Some(new.email.as_str())),
                ("first-name", None, Some(new.first_name.as_str())),
                ("last-name", None, Some(new.last_name.as_str())),
                ("status", None, Some(status)),
            ];
            let optional = [
                ("gender", &new.gender),
                ("position", &new.position),
                ("department", &new.department),
                ("location", &new.location),
                ("team", &new.team),
            ];
            made.extend(optional.into_iter().filter_map(|(field, value)| Some((field, None, Some(value.as_deref()?)))));
            made
        }
        Operation::Update(changes) => changes
            .iter()
            .map(|change| (field_name(&change.field), change.before.as_deref(), change.after.as_deref()))
            .collect(),
        Operation::SetSupervisor(change) => vec![("supervisor", change.before.as_deref(), change.after.as_deref())],
        Operation::Link | Operation::AddToGroup(_) | Operation::Invite | Operation::Other(_) => Vec::new(),
    }
}

/// Notes that a notice was reported on a day; false if it was before on that day.
pub(super) fn note_for_platform(connection: &Connection, notice: &Failure, day: &str) -> rusqlite::Result<bool> {
    let subject = notice.subject.as_deref().unwrap_or_default();
    Ok(connection.prepare_cached(PLATFORM)?.execute([&notice.code, subject, day])? > 0)
}

/// The last change of each field of one employee's account, by field.
pub(super) fn last_changes(connection: &Connection, employee: &str) -> rusqlite::Result<Vec<LastChange>> {
    let change = |row: &Row<'_>| {
        Ok(LastChange {
            field: row.get(0)?,
            run: row.get(1)?,
            started: row.get(2)?,
            before: row.get(3)?,
            after: row.get(4)?,
        })
    };
    connection.prepare_cached(CHANGES)?.query_map([employee], change)?.collect()
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
    connection.prepare_cached(RUNS)?.query_map([], stored_run)?.collect()
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
