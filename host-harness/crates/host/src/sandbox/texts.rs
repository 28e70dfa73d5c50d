//! How much text a mapped record holds: what it costs the host to keep it.

use crate::contract::{AccountStatus, Exclusion, Learner, Problem, Reading, SourceRecord, StatusReading};

/// All texts of a record together, in bytes.
pub(super) fn bytes(record: &SourceRecord) -> u64 {
    let bytes = match record {
        SourceRecord::Learner(one) => learner(one),
        SourceRecord::Excluded(one) => one.employee.len() + exclusion(&one.reason),
        SourceRecord::Rejected(one) => one.employee.as_ref().map_or(0, String::len) + problem(&one.problem),
    };
    bytes as u64
}

fn learner(one: &Learner) -> usize {
    let readings = one.readings().into_iter().map(|(_, one)| reading(one));
    one.employee.len() + status(&one.status) + readings.sum::<usize>()
}

const fn reading(reading: &Reading) -> usize {
    match reading {
        Reading::Value(value) | Reading::Unusable(value) => value.len(),
        Reading::Hidden | Reading::Empty => 0,
    }
}

const fn status(status: &StatusReading) -> usize {
    match status {
        StatusReading::Unknown(value)
        | StatusReading::Unusable(value)
        | StatusReading::Known(AccountStatus::Other(value)) => value.len(),
        StatusReading::Known(_) | StatusReading::Hidden => 0,
    }
}

const fn exclusion(reason: &Exclusion) -> usize {
    match reason {
        Exclusion::UnknownFlag(text) | Exclusion::UnusableFlag(text) | Exclusion::Other(text) => text.len(),
        Exclusion::NotFlagged => 0,
    }
}

fn problem(problem: &Problem) -> usize {
    let Problem { code, subject, message, remedy } = problem;
    code.len() + subject.as_ref().map_or(0, String::len) + message.len() + remedy.len()
}
