//! What runs and people did before, according to the directory's log.

use super::{DoneAction, Kind, LastChange, LinkDecision, Past, PlannedChange, RunRef, Values};
use crate::history::{PastAction, PastChange, PastDecision, PersonHistory};
use crate::run::Outcome;

pub(super) fn of(history: &PersonHistory, values: Values) -> Past {
    let creates = |action: &&PastAction| action.operation == "create" && action.outcome == Outcome::Applied.as_str();
    Past {
        created: history.actions.iter().find(creates).map(|action| by(&action.run, &action.started)),
        changes: history.changes.iter().map(|change| last(change, values)).collect(),
        actions: history.actions.iter().map(done).collect(),
        decisions: history.decisions.iter().map(|decision| decided(decision, values)).collect(),
    }
}

fn by(run: &str, started: &str) -> RunRef {
    RunRef { run: run.to_owned(), started: started.to_owned() }
}

fn last(change: &PastChange, values: Values) -> LastChange {
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    LastChange {
        change: PlannedChange {
            field: change.field.clone(),
            change: Kind::of(before, after),
            before: values.keep(before),
            after: values.keep(after),
        },
        by: by(&change.run, &change.started),
    }
}

fn done(action: &PastAction) -> DoneAction {
    DoneAction {
        by: by(&action.run, &action.started),
        operation: action.operation.clone(),
        reason: action.reason.clone(),
        status: action.outcome.clone(),
        failure: action.failure.clone(),
    }
}

fn decided(decision: &PastDecision, values: Values) -> LinkDecision {
    LinkDecision {
        decided: decision.decided.clone(),
        decision: decision.kind.clone(),
        account: decision.account.clone(),
        employee: decision.employee.clone(),
        earlier: decision.earlier.clone(),
        reason: values.keep(Some(&decision.reason)),
    }
}
