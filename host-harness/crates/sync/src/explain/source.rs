//! What the source said about somebody, attribute by attribute, and what the filter decided (rules S1 and S6).

use connector_common::codes;
use connector_host::contract::{
    Excluded, Exclusion, Field, Learner, Reading, Rejected, SourceRead, SourceRecord, StatusReading,
};
use connector_host::names::{field_name, status_name};

use super::{Attribute, Decision, Filter, Person, SourceFinding, State, Values};

/// The first of the records that is this employee's.
pub(super) fn record_of<'a>(
    employee: &str,
    mut records: impl Iterator<Item = &'a SourceRecord>,
) -> Option<&'a SourceRecord> {
    records.find(|record| match record {
        SourceRecord::Learner(learner) => learner.employee == employee,
        SourceRecord::Excluded(excluded) => excluded.employee == employee,
        SourceRecord::Rejected(rejected) => rejected.employee.as_deref() == Some(employee),
    })
}

/// First and last name, as far as they were read.
pub(super) fn name(record: &SourceRecord) -> Option<String> {
    let SourceRecord::Learner(learner) = record else { return None };
    let names = [&learner.first_name, &learner.last_name].into_iter().filter_map(|reading| match reading {
        Reading::Value(name) => Some(name.as_str()),
        Reading::Hidden | Reading::Empty | Reading::Unusable(_) => None,
    });
    Some(names.collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
}

pub(super) fn finding(person: &Person<'_>, read: &SourceRead, values: Values) -> SourceFinding {
    let attributes = match person.record {
        Some(SourceRecord::Learner(learner)) => attributes(learner, values),
        Some(SourceRecord::Excluded(_) | SourceRecord::Rejected(_)) => vec![id(person.employee, values)],
        None => Vec::new(),
    };
    let complete = person.plan().map_or(read.ended, |plan| plan.complete);
    SourceFinding { complete, filter: person.record.map(|record| filter(person, record, values)), attributes }
}

/// Rules S1 and S12.
fn filter(person: &Person<'_>, record: &SourceRecord, values: Values) -> Filter {
    let left_out = |code: &str, value: Option<&str>| Filter {
        decision: Decision::LeftOut,
        code: Some(code.to_owned()),
        value: values.keep(value),
    };
    match record {
        SourceRecord::Learner(_) if person.accounts.as_ref().is_some_and(super::Accounts::supersede) => {
            left_out(codes::EMPLOYEE_SUPERSEDED, None)
        }
        SourceRecord::Learner(_) => Filter { decision: Decision::Selected, code: None, value: None },
        SourceRecord::Excluded(Excluded { reason, .. }) => match reason {
            Exclusion::NotFlagged => left_out(codes::NOT_FLAGGED, None),
            Exclusion::UnknownFlag(value) => left_out(codes::UNKNOWN_FLAG_VALUE, Some(value)),
            Exclusion::UnusableFlag(_) => left_out(codes::FLAG_UNUSABLE, None),
            Exclusion::Other(code) => left_out(code, None),
        },
        SourceRecord::Rejected(Rejected { problem, .. }) => {
            Filter { decision: Decision::Undecided, code: Some(problem.code.clone()), value: None }
        }
    }
}

fn attributes(learner: &Learner, values: Values) -> Vec<Attribute> {
    let mut all = vec![id(&learner.employee, values)];
    for (field, reading) in learner.readings() {
        all.push(attribute(field_name(&field), reading, values));
        if field == Field::LastName {
            all.push(status_attribute(&learner.status, values));
        }
    }
    all
}

/// The ID is what was asked for, so it is always shown, here as a value.
fn id(employee: &str, values: Values) -> Attribute {
    shown("id", State::Value, None, values.keep(Some(employee)))
}

fn attribute(name: &str, reading: &Reading, values: Values) -> Attribute {
    match reading {
        Reading::Hidden => shown(name, State::Hidden, None, None),
        Reading::Empty => shown(name, State::Empty, None, None),
        Reading::Unusable(code) => shown(name, State::Unusable, Some(code), None),
        Reading::Value(value) => shown(name, State::Value, None, values.keep(Some(value))),
    }
}

/// A status is a value even where the table does not have it (rule S8).
fn status_attribute(status: &StatusReading, values: Values) -> Attribute {
    let name = "status";
    match status {
        StatusReading::Hidden => shown(name, State::Hidden, None, None),
        StatusReading::Unusable(code) => shown(name, State::Unusable, Some(code), None),
        StatusReading::Known(status) => shown(name, State::Value, None, values.keep(Some(status_name(status)))),
        StatusReading::Unknown(value) if value.is_empty() => {
            shown(name, State::Empty, Some(codes::STATUS_UNKNOWN), None)
        }
        StatusReading::Unknown(value) => {
            shown(name, State::Value, Some(codes::STATUS_UNKNOWN), values.keep(Some(value)))
        }
    }
}

pub(super) fn shown(name: &str, state: State, code: Option<&str>, value: Option<String>) -> Attribute {
    Attribute { attribute: name.to_owned(), state, code: code.map(str::to_owned), value }
}
