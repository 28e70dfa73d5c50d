//! What the log has about one person, and the last change of each of their fields.

use rusqlite::{Connection, Row, named_params};

use connector_host::contract::{Action, Operation};
use connector_sync::changes::changes;
use connector_sync::history::{PastAction, PastChange, PastDecision, PersonHistory};

const KEEP: &str = "INSERT INTO last_changes (employee, field, run, before, after) \
     VALUES (:employee, :field, :run, :before, :after) ON CONFLICT (employee, field) \
     DO UPDATE SET run = excluded.run, before = excluded.before, after = excluded.after";
const ACTIONS: &str = "SELECT run, started, operation, reason, outcome, failure \
     FROM run_actions JOIN runs ON id = run WHERE employee = ?1 ORDER BY run, number";
const CHANGES: &str = "SELECT field, run, started, before, after \
     FROM last_changes JOIN runs ON id = run WHERE employee = ?1 ORDER BY field";
const DECISIONS: &str = "SELECT decided, kind, account, employee, earlier, reason \
     FROM decisions WHERE employee = ?1 OR earlier = ?1 ORDER BY number";

/// Forgets what the fields of an employee were before.
pub(super) fn forget(connection: &Connection, employee: &str) -> rusqlite::Result<()> {
    // What is taken out is overwritten in the file too.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.execute("DELETE FROM last_changes WHERE employee = ?1", [employee]).map(|_| ())
}

/// Keeps what an action that was applied has changed. What a new account was created with is in the account, and in no
/// other place.
pub(super) fn keep(connection: &Connection, run: &str, action: &Action) -> rusqlite::Result<()> {
    if !matches!(action.operation, Operation::Update(_) | Operation::SetSupervisor(_)) {
        return Ok(());
    }
    let mut insert = connection.prepare_cached(KEEP)?;
    for change in changes(&action.operation) {
        insert.execute(named_params! {
            ":employee": action.employee, ":field": change.field, ":run": run, ":before": change.before,
            ":after": change.after,
        })?;
    }
    Ok(())
}

/// What is on file about an employee ID. The log has no index for it: one would cost every run, and this is asked by hand.
pub(super) fn of(connection: &Connection, employee: &str) -> rusqlite::Result<PersonHistory> {
    Ok(PersonHistory {
        actions: connection.prepare_cached(ACTIONS)?.query_map([employee], action)?.collect::<Result<_, _>>()?,
        changes: connection.prepare_cached(CHANGES)?.query_map([employee], change)?.collect::<Result<_, _>>()?,
        decisions: connection.prepare_cached(DECISIONS)?.query_map([employee], decision)?.collect::<Result<_, _>>()?,
    })
}

fn action(row: &Row<'_>) -> rusqlite::Result<PastAction> {
    Ok(PastAction {
        run: row.get("run")?,
        started: row.get("started")?,
        operation: row.get("operation")?,
        reason: row.get("reason")?,
        outcome: row.get("outcome")?,
        failure: row.get("failure")?,
    })
}

fn change(row: &Row<'_>) -> rusqlite::Result<PastChange> {
    Ok(PastChange {
        field: row.get("field")?,
        run: row.get("run")?,
        started: row.get("started")?,
        before: row.get("before")?,
        after: row.get("after")?,
    })
}

fn decision(row: &Row<'_>) -> rusqlite::Result<PastDecision> {
    Ok(PastDecision {
        decided: row.get("decided")?,
        kind: row.get("kind")?,
        account: row.get("account")?,
        employee: row.get("employee")?,
        earlier: row.get("earlier")?,
        reason: row.get("reason")?,
    })
}
