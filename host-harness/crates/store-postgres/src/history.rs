//! What the log has about one person, and the last change of each of their fields.

use std::collections::BTreeMap;

use connector_host::contract::{Action, Operation};
use connector_sync::changes::{FieldChange, changes};
use connector_sync::directory::Result;
use connector_sync::history::{PastAction, PastChange, PastDecision, PersonHistory};
use connector_sync::run::{Outcome, RunReport};
use tokio_postgres::Row;

use crate::Key;
use crate::session::{Session, Statement};
use crate::text::{Text, read, read_maybe};

/// The last change of each field that was applied.
pub const KEEP: &str = "INSERT INTO directory_last_changes (directory, tenant, run, employee, field, before, after) \
     SELECT $1, $2, $3, w.employee, w.field, w.before, w.after \
     FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) AS w (employee, field, before, after) \
     ON CONFLICT (directory, employee, field) DO UPDATE SET run = excluded.run, before = excluded.before, \
     after = excluded.after";
const FORGET: &str = "DELETE FROM directory_last_changes WHERE directory = $1 AND employee = $2";
const ACTIONS: &str = "SELECT run, started, operation, reason, outcome, failure FROM directory_run_actions AS actions \
     JOIN directory_runs AS runs ON runs.directory = actions.directory AND runs.id = run \
     WHERE actions.directory = $1 AND employee = $2 ORDER BY run, number";
const CHANGES: &str = "SELECT field, run, started, before, after FROM directory_last_changes AS changes \
     JOIN directory_runs AS runs ON runs.directory = changes.directory AND runs.id = run \
     WHERE changes.directory = $1 AND employee = $2 ORDER BY field";
const DECISIONS: &str = "SELECT decided, kind, account, employee, earlier, reason FROM directory_decisions \
     WHERE directory = $1 AND (employee = $2 OR earlier = $2) ORDER BY number";

/// What the actions that were applied have changed: of each person's field the last. What a new account was created with is
/// in the account, and in no other place.
pub fn last_changes(run: &RunReport) -> BTreeMap<(&str, &str), FieldChange<'_>> {
    let keeps = |action: &Action| matches!(action.operation, Operation::Update(_) | Operation::SetSupervisor(_));
    let applied = run.actions().filter(|(action, outcome)| **outcome == Outcome::Applied && keeps(action));
    let each = applied.flat_map(|(action, _)| {
        let employee = action.employee.as_str();
        changes(&action.operation).into_iter().map(move |change| ((employee, change.field), change))
    });
    each.collect()
}

/// Forgets what the fields of an employee were before. The server's own sweep overwrites it.
pub async fn forget(session: &mut Session, key: &Key, employee: &str) -> Result<()> {
    session.query(FORGET, &[key.directory(), &Text(employee)]).await.map(|_| ())
}

/// What is on file about an employee ID. The log has no index for it: one would cost every run, and this is asked by hand.
pub async fn of(session: &mut Session, key: &Key, employee: &str) -> Result<PersonHistory> {
    let employee = Text(employee);
    let statements = [ACTIONS, CHANGES, DECISIONS].map(|sql| Statement::new(sql, &[key.directory(), &employee]));
    let [actions, changes, decisions] = session.all(statements).await?;
    Ok(PersonHistory {
        actions: actions.iter().map(action).collect::<Result<_>>()?,
        changes: changes.iter().map(change).collect::<Result<_>>()?,
        decisions: decisions.iter().map(decision).collect::<Result<_>>()?,
    })
}

fn action(row: &Row) -> Result<PastAction> {
    Ok(PastAction {
        run: read(row, 0)?,
        started: read(row, 1)?,
        operation: read(row, 2)?,
        reason: read(row, 3)?,
        outcome: read(row, 4)?,
        failure: read_maybe(row, 5)?,
    })
}

fn change(row: &Row) -> Result<PastChange> {
    Ok(PastChange {
        field: read(row, 0)?,
        run: read(row, 1)?,
        started: read(row, 2)?,
        before: read_maybe(row, 3)?,
        after: read_maybe(row, 4)?,
    })
}

fn decision(row: &Row) -> Result<PastDecision> {
    Ok(PastDecision {
        decided: read(row, 0)?,
        kind: read(row, 1)?,
        account: read(row, 2)?,
        employee: read_maybe(row, 3)?,
        earlier: read_maybe(row, 4)?,
        reason: read(row, 5)?,
    })
}
