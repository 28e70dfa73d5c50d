//! View models from a run as the driver reports it: for a page that shows a run that has just ended, and the same for every
//! server. What a store keeps of older runs may be filled in by hand.

use std::collections::BTreeMap;

use connector_host::contract::{Action, GuardHit, Notice, Operation};
use connector_host::names::{field_name, operation_name};
use connector_report::catalogue;
use connector_sync::changes::changes;
use connector_sync::codes;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict};

use super::{ActionRow, Change, Figures, Guard, Person, Remark, RunState};

/// The most people of one remark: a page says how many there are beside them.
const MOST_PEOPLE: usize = 200;

fn person(report: &RunReport, employee: &str) -> Person {
    Person { employee: employee.to_owned(), name: report.names.get(employee).cloned() }
}

fn people(report: &RunReport, employees: &[String]) -> Vec<Person> {
    employees.iter().take(MOST_PEOPLE).map(|employee| person(report, employee)).collect()
}

impl From<RunVerdict> for RunState {
    fn from(verdict: RunVerdict) -> Self {
        match verdict {
            RunVerdict::Done => Self::Done,
            RunVerdict::Planned => Self::Planned,
            RunVerdict::NeedsApproval => Self::NeedsApproval,
            RunVerdict::Blocked => Self::Blocked,
            RunVerdict::Failed => Self::Failed,
        }
    }
}

impl From<&Failure> for Remark {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            count: 1,
            detail: failure.subject.clone(),
            people: Vec::new(),
            message: Some(failure.message.clone()),
            remedy: Some(failure.remedy.clone()),
        }
    }
}

impl Remark {
    /// A notice of a plan. Of a conflict the other person is shown by name.
    #[must_use]
    pub fn notice(report: &RunReport, notice: &Notice) -> Self {
        let named = |detail: &String| {
            if catalogue::names_a_person(&notice.code) { report.display_name(detail) } else { detail.clone() }
        };
        Self {
            code: notice.code.clone(),
            count: notice.count,
            detail: notice.detail.as_ref().map(named),
            people: people(report, &notice.employees),
            message: None,
            remedy: None,
        }
    }

    /// The actions of a run that were not carried out, by why.
    #[must_use]
    pub fn not_carried_out(report: &RunReport) -> Vec<Self> {
        let mut by_code: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (action, outcome) in report.actions() {
            let code = match outcome {
                Outcome::Failed(code) => *code,
                Outcome::Stale => codes::STALE,
                Outcome::Planned | Outcome::Applied => continue,
            };
            by_code.entry(code).or_default().push(action.employee.clone());
        }
        let remark = |(code, employees): (&str, Vec<String>)| Self {
            code: code.to_owned(),
            count: employees.len() as u64,
            people: people(report, &employees),
            ..Self::default()
        };
        by_code.into_iter().map(remark).collect()
    }
}

impl Guard {
    /// A guard that holds the plan back.
    #[must_use]
    pub fn of(report: &RunReport, hit: &GuardHit) -> Self {
        Self {
            code: hit.guard.clone(),
            field: hit.field.as_ref().map(|field| field_name(field).to_owned()),
            limit: hit.limit,
            actual: hit.actual,
            people: people(report, &hit.employees),
        }
    }
}

impl Figures {
    /// The figures of a run that came to a plan.
    #[must_use]
    pub fn of(report: &RunReport) -> Option<Self> {
        let plan = report.plan.as_ref()?;
        Some(Self { counts: plan.counts.clone(), done: report.done() })
    }
}

impl ActionRow {
    /// One action and what became of it.
    #[must_use]
    pub fn of(report: &RunReport, action: &Action, outcome: &Outcome) -> Self {
        let is_supervisor = matches!(action.operation, Operation::SetSupervisor(_));
        let changes = changes(&action.operation).into_iter().map(|change| Change {
            field: change.field.to_owned(),
            before: change.before.map(str::to_owned),
            // Of a supervisor the plan has the employee's ID.
            after: change.after.map(|after| if is_supervisor { report.display_name(after) } else { after.to_owned() }),
        });
        Self {
            id: action.id.clone(),
            operation: operation_name(&action.operation).to_owned(),
            person: person(report, &action.employee),
            changes: changes.collect(),
            reason: action.reason.clone(),
            outcome: outcome.as_str().to_owned(),
            failure: match outcome {
                Outcome::Failed(code) => Some((*code).to_owned()),
                _ => None,
            },
        }
    }
}
