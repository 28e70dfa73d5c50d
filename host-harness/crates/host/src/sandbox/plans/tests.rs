//! Valid and invalid plans, one row each.

mod safety;

use super::*;
use crate::contract::{
    Account, AccountStatus, Action, Change, Field, Group, GroupAddition, Learner, NewAccount, Notice, Problem, Reading,
    SourceRecord, StatusReading, SupervisorChange,
};

fn learner(employee: &str) -> SourceRecord {
    SourceRecord::Learner(Learner {
        employee: employee.to_owned(),
        // Employee 2 has the address of account b.
        email: Reading::Value(if employee == "2" {
            "B@example.com".to_owned()
        } else {
            format!("{employee}@example.com")
        }),
        first_name: Reading::Hidden,
        last_name: Reading::Hidden,
        status: StatusReading::Known(AccountStatus::Active),
        gender: Reading::Hidden,
        position: Reading::Hidden,
        department: Reading::Hidden,
        location: Reading::Hidden,
        team: Reading::Hidden,
        supervisor: Reading::Hidden,
    })
}

fn account(id: &str, employee: Option<&str>, protected: bool) -> Account {
    Account {
        id: id.to_owned(),
        version: 7,
        employee: employee.map(str::to_owned),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: format!("{id}@example.com"),
        first_name: String::new(),
        last_name: String::new(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
        supervisor: None,
        protected,
        created_by_connector: !protected,
        invited: false,
        groups: Vec::new(),
    }
}

/// Employees 1 to 3; account a is 1's, b is nobody's, c is an administrator's (3), d is that of somebody not in the source.
fn shown() -> (SourceRead, Directory) {
    let records = vec![learner("1"), learner("2"), learner("3")];
    let accounts = vec![
        account("a", Some("1"), false),
        account("b", None, false),
        account("c", Some("3"), true),
        account("d", Some("4"), false),
    ];
    let groups = vec![Group { id: "g".to_owned(), name: "Vertrieb".to_owned() }];
    (SourceRead { records, hidden: Vec::new(), total: None, ended: true }, Directory { accounts, groups })
}

fn action(employee: &str, account: Option<&str>, operation: Operation) -> Action {
    Action {
        id: format!("{employee}-{operation:?}"),
        employee: employee.to_owned(),
        account: account.map(str::to_owned),
        version: account.map(|_| 7),
        operation,
        reason: "source-differs".to_owned(),
    }
}

fn create() -> Operation {
    Operation::Create(NewAccount {
        email: "n@example.com".to_owned(),
        first_name: "Nora".to_owned(),
        last_name: "Neu".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
    })
}

fn change(field: Field, before: Option<&str>, after: Option<&str>) -> Operation {
    Operation::Update(vec![Change { field, before: before.map(str::to_owned), after: after.map(str::to_owned) }])
}

fn status(after: &str) -> Operation {
    change(Field::Status, Some("active"), Some(after))
}

fn supervisor(after: &str) -> Operation {
    Operation::SetSupervisor(SupervisorChange { before: None, after: Some(after.to_owned()) })
}

fn group(id: &str) -> Operation {
    Operation::AddToGroup(GroupAddition { group: id.to_owned(), name: "Vertrieb".to_owned() })
}

fn plan(actions: Vec<Action>) -> Plan {
    Plan { verdict: Judgement::Ready, actions, notices: Vec::new(), counts: Counts::default(), complete: true }
}

fn words(plan: &Plan, limits: &Limits) -> Option<String> {
    let (source, target) = shown();
    let given = Given { source: &source, target: &target, invites: true };
    check(plan, given, limits).err().map(|verdict| verdict.to_string())
}

#[test]
fn what_a_connector_may_plan_passes() {
    let actions = vec![
        action("2", None, create()),
        action("1", Some("a"), status("inactive")),
        action("3", Some("c"), status("absent")),
        action("2", None, supervisor("1")),
        action("1", Some("a"), supervisor("2")),
        action("1", Some("a"), group("g")),
        action("2", None, Operation::Invite),
    ];
    assert_eq!(words(&plan(actions), &Limits::default()), None);
    let linking = vec![action("2", Some("b"), Operation::Link), action("2", Some("b"), status("active"))];
    assert_eq!(words(&plan(linking), &Limits::default()), None);
}

#[test]
fn forbidden_plans_are_refused_with_the_reason() {
    let stale = Action { version: Some(6), ..action("1", Some("a"), status("active")) };
    let homeless = Action { version: Some(1), ..action("2", None, create()) };
    let cases = [
        (vec![action("1", Some("z"), status("active"))], "an account that the connector was not shown"),
        (vec![action("9", None, create())], "somebody who is not synced"),
        (vec![stale], "another version"),
        (vec![homeless], "a version but no account"),
        (vec![action("1", Some("d"), status("active"))], "another person's account"),
        (vec![action("2", Some("b"), status("active"))], "an account without a link"),
        (vec![action("3", Some("c"), status("inactive"))], "locks an administrator out"),
        (vec![action("1", Some("a"), create())], "creates an account that exists"),
        (vec![action("1", None, create())], "a second account"),
        (vec![action("2", None, Operation::Invite), action("2", None, create())], "does not create before it"),
        (vec![action("1", Some("a"), supervisor("2"))], "a supervisor without an account"),
        (vec![action("1", Some("a"), group("z"))], "a group that the connector was not shown"),
        (vec![action("1", Some("a"), group("g")), action("1", Some("a"), group("g"))], "the same ID"),
        (vec![action("2", None, create()), action("2", Some("b"), status("absent"))], "an account without a link"),
        (vec![action("2", None, create()), action("2", None, status("absent"))], "the plan itself creates"),
        (vec![action("1", Some("a"), Operation::Link)], "links an account that has a link"),
        (vec![action("1", Some("b"), Operation::Link)], "links an account with another address"),
        (vec![action("2", None, create()), action("2", Some("b"), Operation::Link)], "a second account to one person"),
        (vec![action("2", None, Operation::Link)], "links no account"),
        (
            vec![action("1", Some("a"), change(Field::Status, Some("absent"), Some("active")))],
            "a different previous value",
        ),
        (vec![action("1", Some("a"), change(Field::Team, Some("x"), None))], "a different previous value"),
        (vec![action("1", Some("a"), change(Field::Email, Some("a@example.com"), None))], "must never be cleared"),
        (
            vec![action("1", Some("a"), change(Field::Supervisor, None, Some("x")))],
            "a field that updates must not change",
        ),
        (vec![action("1", Some("a"), renamed_group())], "gives a group another name"),
        (vec![action("1", Some("a"), former_supervisor())], "a different previous supervisor"),
        (vec![action("3", Some("c"), Operation::Invite)], "no connector created"),
        (
            vec![action("1", Some("a"), status("absent")), action("1", Some("a"), Operation::Invite)],
            "neither preboarding nor active",
        ),
        (
            vec![action("1", Some("a"), Operation::Invite), again(action("1", Some("a"), Operation::Invite))],
            "a second time",
        ),
    ];
    for (actions, sign) in cases {
        let words = words(&plan(actions), &Limits::default()).unwrap_or_default();
        assert!(words.contains(sign), "expected {sign:?}, got {words:?}");
    }
}

fn renamed_group() -> Operation {
    Operation::AddToGroup(GroupAddition { group: "g".to_owned(), name: "Einkauf".to_owned() })
}

fn former_supervisor() -> Operation {
    Operation::SetSupervisor(SupervisorChange { before: Some("b".to_owned()), after: None })
}

fn again(action: Action) -> Action {
    Action { id: "again".to_owned(), ..action }
}

#[test]
fn s23_counts_that_do_not_add_up_are_an_invalid_response() {
    let mut plan = plan(Vec::new());
    plan.counts.read = 1;
    assert!(words(&plan, &Limits::default()).is_some());
    plan.counts.excluded = 1;
    assert!(words(&plan, &Limits::default()).is_some(), "an exclusion without a reason");
    plan.counts.excluded = 0;
    plan.counts.created = 1;
    assert_eq!(words(&plan, &Limits::default()), None);
}

#[test]
fn counts_that_overflow_are_an_invalid_response_and_no_panic() {
    let mut plan = plan(Vec::new());
    plan.counts.created = u64::MAX;
    plan.counts.linked = u64::MAX;
    assert!(words(&plan, &Limits::default()).is_some());
}

#[test]
fn a_blocked_plan_has_no_actions() {
    let mut plan = plan(vec![action("2", None, create())]);
    let (code, message, remedy) = ("no-employees".to_owned(), String::new(), String::new());
    plan.verdict = Judgement::Blocked(Problem { code, subject: None, message, remedy });
    assert!(words(&plan, &Limits::default()).is_some());
}

#[test]
fn actions_and_notices_pass_at_their_limit_and_not_past_it() {
    let limits = Limits::default().actions(1).notices(1);
    let mut plan = plan(vec![action("2", None, create())]);
    let notice = Notice { code: "flag-lost".to_owned(), count: 1, employees: Vec::new(), detail: None };
    plan.notices = vec![notice.clone()];
    assert_eq!(words(&plan, &limits), None);
    plan.notices.push(notice);
    assert!(words(&plan, &limits).unwrap_or_default().ends_with("notices is set to 1"));
    plan.notices.clear();
    plan.actions.push(action("2", None, Operation::Invite));
    assert!(words(&plan, &limits).unwrap_or_default().ends_with("actions is set to 1"));
}
