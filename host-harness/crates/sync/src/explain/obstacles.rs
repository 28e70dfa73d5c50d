//! What holds back somebody or a part of their data: notices about them, guards, and what blocks the plan.

use connector_common::codes;
use connector_host::contract::{GuardHit, Notice, Verdict};
use connector_host::names::field_name;

use super::{Guard, Obstacle, ObstacleKind, Person, Values};
use crate::run::Failure;

/// For whom nothing is written until a person has decided.
pub(super) const CONFLICTS: &[&str] = &[
    codes::EMAIL_DUPLICATE_IN_SOURCE,
    codes::EMAIL_MATCHES_SEVERAL_ACCOUNTS,
    codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT,
    codes::EMAIL_BELONGS_TO_PROTECTED_ACCOUNT,
    codes::EMAIL_BELONGS_TO_UNLINKED_ACCOUNT,
    codes::EMPLOYEE_LINKED_TWICE,
];

/// Notices about nobody in particular that are about everybody.
const ABOUT_ALL: &[&str] = &[codes::ATTRIBUTE_HIDDEN, codes::READ_INCOMPLETE, codes::ANSWER_DAMAGED];

/// Notices about records that may be anybody's, for they name nobody.
const NAMELESS: &[&str] = &[codes::ID_MISSING, codes::BROKEN_RECORD];

/// Notices whose detail is a field or an employee's ID. That of any other may be a value.
const DETAIL_IS_NO_VALUE: &[&str] = &[
    codes::ATTRIBUTE_HIDDEN,
    codes::VALUE_SHAPE_UNKNOWN,
    codes::VALUE_DAMAGED,
    codes::EMAIL_BELONGS_TO_LINKED_ACCOUNT,
    codes::EMAIL_CHANGE_CONFLICT,
];

/// Notices that depend on accounts and groups: planned for an empty directory, they say nothing.
const OF_THE_DIRECTORY: &[&str] =
    &[codes::GROUP_MISSING, codes::GROUP_AMBIGUOUS, codes::SUPERVISOR_NOT_SYNCED, codes::STATUS_UNKNOWN_NEW];

pub(super) fn of(person: &Person<'_>, values: Values) -> Vec<Obstacle> {
    let Some(plan) = person.plan() else { return Vec::new() };
    let mut all = Vec::new();
    match &plan.verdict {
        Verdict::Blocked(problem) => all.push(Obstacle {
            kind: ObstacleKind::Blocked,
            code: problem.code.clone(),
            detail: problem.subject.clone(),
            guard: None,
            problem: Some(Failure::from(problem)),
        }),
        // A plan that does nothing for somebody is nothing to be held back.
        Verdict::NeedsApproval(hits) if person.operations().next().is_some() => {
            all.extend(hits.iter().map(|hit| guard(hit, person.employee)));
        }
        Verdict::NeedsApproval(_) | Verdict::Ready => {}
    }
    let is_about = |notice: &&Notice| is_about(notice, person);
    all.extend(plan.notices.iter().filter(is_about).map(|notice| self::notice(notice, values)));
    all
}

fn is_about(notice: &Notice, person: &Person<'_>) -> bool {
    let is = |codes: &[&str]| codes.contains(&notice.code.as_str());
    if person.accounts.is_none() && is(OF_THE_DIRECTORY) {
        return false;
    }
    let names_others_too = notice.count > notice.employees.len() as u64;
    notice.employees.iter().any(|employee| employee == person.employee)
        || is(ABOUT_ALL)
        || (person.record.is_none() && names_others_too && is(NAMELESS))
}

fn notice(notice: &Notice, values: Values) -> Obstacle {
    let is_no_value = DETAIL_IS_NO_VALUE.contains(&notice.code.as_str());
    let values = if is_no_value { Values::Shown } else { values };
    Obstacle {
        kind: ObstacleKind::Notice,
        code: notice.code.clone(),
        detail: values.keep(notice.detail.as_deref()),
        guard: None,
        problem: None,
    }
}

fn guard(hit: &GuardHit, employee: &str) -> Obstacle {
    let is_hit = hit.employees.iter().any(|hit| hit == employee);
    Obstacle {
        kind: ObstacleKind::Guard,
        code: hit.guard.clone(),
        detail: hit.field.as_ref().map(|field| field_name(field).to_owned()),
        guard: Some(Guard { limit: hit.limit, actual: hit.actual, is_hit }),
        problem: None,
    }
}
