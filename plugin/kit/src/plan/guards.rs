//! Guards against a source gone wrong (rule S19): more than a few of the changes that hurt wait for a person.

use super::count;
use crate::bindings::elearnio::connector::types::{AccountStatus, Action, Change, Field, GuardHit, Operation, Verdict};
use crate::codes;
use crate::plan::changes::status_name;

/// How often an operation does what a guard looks for.
type Hurt = fn(&Operation) -> usize;

/// Judges a whole plan. `linked` is how many linked accounts there are before it.
#[must_use]
pub fn judge(actions: &[Action], linked: usize) -> Verdict {
    let limit = text_key::guards::limit(linked);
    let guards: [(&str, Hurt); 3] = [
        (codes::GUARD_DEACTIVATIONS, deactivations),
        (codes::GUARD_EMAIL_CHANGES, email_changes),
        (codes::GUARD_CLEARS, clears),
    ];
    let hits: Vec<GuardHit> = guards.into_iter().filter_map(|(guard, hurt)| hit(guard, hurt, actions, limit)).collect();
    if hits.is_empty() { Verdict::Ready } else { Verdict::NeedsApproval(hits) }
}

fn hit(guard: &str, hurt: Hurt, actions: &[Action], limit: usize) -> Option<GuardHit> {
    let mut actual = 0;
    let mut employees = Vec::new();
    for action in actions {
        let times = hurt(&action.operation);
        if times > 0 {
            actual += times;
            employees.push(action.employee.clone());
        }
    }
    if actual <= limit {
        return None;
    }
    employees.sort_unstable_by(|left, right| super::roster::by_id(left, right));
    employees.dedup();
    Some(GuardHit { guard: guard.to_owned(), limit: count(limit), actual: count(actual), employees })
}

fn deactivations(operation: &Operation) -> usize {
    let inactive = status_name(&AccountStatus::Inactive);
    changed(operation, |change| change.field == Field::Status && change.after.as_deref() == Some(inactive))
}

fn email_changes(operation: &Operation) -> usize {
    changed(operation, |change| change.field == Field::Email)
}

fn clears(operation: &Operation) -> usize {
    match operation {
        Operation::SetSupervisor(change) => usize::from(change.after.is_none()),
        other => changed(other, |change| change.after.is_none()),
    }
}

fn changed(operation: &Operation, of_interest: impl Fn(&Change) -> bool) -> usize {
    match operation {
        Operation::Update(changes) => changes.iter().filter(|change| of_interest(change)).count(),
        _ => 0,
    }
}
