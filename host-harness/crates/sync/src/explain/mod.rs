//! Why one person's account is as it is, or why they have none: the question that support gets most.
//!
//! [`gather`] looks at a source, a directory or both; [`explain()`] is a pure function of what it found, so that the
//! command line and a page in a browser give the same answer. It decides nothing itself: what the filter said is in the
//! read, what would be done is in the connector's plan, and what was done is in the directory's log. A second
//! implementation of the matching rules, which could answer in more detail, was rejected: it would be right until one of
//! the two is changed.
//!
//! An [`Explanation`] holds no value unless [`Values::Shown`] asks for them: code that renders it cannot show one by
//! mistake.

mod account;
mod evidence;
mod id;
mod model;
mod obstacles;
mod past;
mod source;
#[cfg(test)]
mod tests;

use connector_host::contract::{Operation, Plan, SourceRecord, Verdict};
use connector_host::names::operation_name;

pub use evidence::{Evidence, gather};
pub use id::{NotAnId, employee_id};
pub use model::{
    AccountFacts, AccountFinding, Attribute, Decision, DoneAction, Explanation, Filter, Found, Guard, Kind, LastChange,
    LinkDecision, Obstacle, ObstacleKind, Past, PlanFinding, PlannedAction, PlannedChange, RunRef, SourceFinding,
    State, Status, Values,
};

use crate::changes::{FieldChange, changes};
use account::Accounts;

/// Explains one person by what was found. `employee` is an ID as [`employee_id`] gives it.
#[must_use]
pub fn explain(employee: &str, evidence: &Evidence, values: Values) -> Explanation {
    let person = Person::of(employee, evidence);
    Explanation {
        employee: employee.to_owned(),
        status: person.status(),
        values: values == Values::Shown,
        name: values.keep(person.name().as_deref()),
        source: evidence.source.as_ref().map(|read| source::finding(&person, read, values)),
        account: person.accounts.as_ref().map(|accounts| accounts.finding(&person, values)),
        plan: person.plan_finding(values),
        held_by: obstacles::of(&person, values),
        history: evidence.directory.as_ref().map(|_| past::of(&evidence.history, values)),
        failures: evidence.failures.clone(),
    }
}

/// What was found, seen from one person.
struct Person<'a> {
    employee: &'a str,
    evidence: &'a Evidence,
    /// Of several records with the ID the last, which counts (rule S17).
    record: Option<&'a SourceRecord>,
    /// None if no directory was looked at.
    accounts: Option<Accounts<'a>>,
}

impl<'a> Person<'a> {
    fn of(employee: &'a str, evidence: &'a Evidence) -> Self {
        let records = evidence.source.iter().flat_map(|read| read.records.iter().rev());
        let accounts = evidence.directory.as_ref().map(|directory| Accounts::of(employee, &directory.accounts));
        Self { employee, evidence, record: source::record_of(employee, records), accounts }
    }

    fn plan(&self) -> Option<&'a Plan> {
        self.evidence.plan.as_ref().map(|(plan, _)| plan)
    }

    /// The person's own operations; none without a directory, whose accounts they would be for.
    fn operations(&self) -> impl Iterator<Item = &'a Operation> {
        let plan = self.plan().filter(|_| self.accounts.is_some());
        let actions = plan.into_iter().flat_map(|plan| &plan.actions);
        actions.filter(|action| action.employee == self.employee).map(|action| &action.operation)
    }

    /// True if the plan has a notice with one of these codes about the person.
    fn is_noticed(&self, codes: &[&str]) -> bool {
        let mut notices = self.plan().into_iter().flat_map(|plan| &plan.notices);
        notices.any(|notice| {
            codes.contains(&notice.code.as_str()) && notice.employees.iter().any(|employee| employee == self.employee)
        })
    }

    fn is_blocked(&self) -> bool {
        self.plan().is_some_and(|plan| matches!(plan.verdict, Verdict::Blocked(_)))
    }

    /// True if the directory has the ID in any place.
    fn is_on_file(&self) -> bool {
        self.accounts.as_ref().is_some_and(Accounts::know_the_id) || !self.evidence.history.is_empty()
    }

    fn status(&self) -> Status {
        if self.evidence.source.is_none() {
            return if self.evidence.failures.is_empty() { self.status_on_file() } else { Status::NotRead };
        }
        match self.record {
            None => self.status_of_absence(),
            Some(SourceRecord::Excluded(_)) => Status::Excluded,
            Some(SourceRecord::Rejected(_)) => Status::Rejected,
            Some(SourceRecord::Learner(_)) => self.status_of_learner(),
        }
    }

    /// By the directory alone.
    fn status_on_file(&self) -> Status {
        match self.accounts.as_ref().map(|accounts| (accounts.linked.as_slice(), accounts.now_linked_to())) {
            Some(([_], _)) => Status::HasAccount,
            Some(([_, _, ..], _)) => Status::InConflict,
            Some(([], Some(_))) => Status::EarlierId,
            _ if self.is_on_file() => Status::NoAccount,
            _ => Status::NeverSeen,
        }
    }

    /// Of somebody of whom no record was read.
    fn status_of_absence(&self) -> Status {
        if !self.is_read_whole() {
            Status::NotRead
        } else if self.accounts.is_none() || self.is_on_file() {
            Status::NotInSource
        } else {
            Status::NeverSeen
        }
    }

    /// Rule S17, as the connector has judged it.
    fn is_read_whole(&self) -> bool {
        self.plan().is_some_and(|plan| plan.complete)
    }

    /// Of somebody whom the filter lets through.
    fn status_of_learner(&self) -> Status {
        let Some(accounts) = &self.accounts else {
            return if self.is_blocked() { Status::NothingPlanned } else { Status::Selected };
        };
        if accounts.supersede() {
            return Status::Excluded;
        }
        if self.plan().is_none() || self.is_blocked() {
            return Status::NothingPlanned;
        }
        let mut status = None;
        for operation in self.operations() {
            match operation {
                Operation::Create(_) => return Status::ToCreate,
                Operation::Link => return Status::ToLink,
                Operation::Update(_) | Operation::SetSupervisor(_) => status = Some(Status::ToUpdate),
                Operation::AddToGroup(_) | Operation::Invite | Operation::Other(_) => {}
            }
        }
        status.unwrap_or_else(|| self.status_without_action(accounts))
    }

    fn status_without_action(&self, accounts: &Accounts<'_>) -> Status {
        match accounts.linked.as_slice() {
            [account] if self.is_address_disputed(account) => Status::InConflict,
            [_] => Status::Unchanged,
            [_, _, ..] => Status::InConflict,
            [] if self.is_noticed(obstacles::CONFLICTS) => Status::InConflict,
            [] => Status::Rejected,
        }
    }

    fn name(&self) -> Option<String> {
        let read = self.record.and_then(source::name);
        read.or_else(|| self.accounts.as_ref().and_then(Accounts::name))
    }

    fn plan_finding(&self, values: Values) -> Option<PlanFinding> {
        let (plan, hash) = self.evidence.plan.as_ref().filter(|_| self.accounts.is_some())?;
        let theirs = plan.actions.iter().filter(|action| action.employee == self.employee);
        let planned = theirs.map(|action| PlannedAction {
            id: action.id.clone(),
            operation: operation_name(&action.operation).to_owned(),
            reason: action.reason.clone(),
            changes: changes(&action.operation).iter().map(|change| planned_change(change, values)).collect(),
        });
        let verdict = match &plan.verdict {
            Verdict::Ready => "planned",
            Verdict::NeedsApproval(_) => "needs-approval",
            Verdict::Blocked(_) => "blocked",
        };
        Some(PlanFinding { verdict, plan_hash: hash.clone(), actions: planned.collect() })
    }
}

fn planned_change(change: &FieldChange<'_>, values: Values) -> PlannedChange {
    let FieldChange { field, before, after } = *change;
    PlannedChange {
        field: field.to_owned(),
        change: Kind::of(before, after),
        before: values.keep(before),
        after: values.keep(after),
    }
}
