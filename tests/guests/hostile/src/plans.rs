//! Plans that no honest connector makes.

use crate::calls::problem;
use crate::elearnio::connector::types::*;
use crate::number;

/// The plan that `what` names; one that does nothing if it names none.
pub fn plan(what: &str, source: &SourceRead, target: &Directory) -> Plan {
    let mut plan = Plan { complete: source.ended, ..empty() };
    let (kind, value) = what.split_once(' ').unwrap_or((what, ""));
    let text = || value.to_owned();
    match kind {
        "act" => plan.actions.extend(act(value, target)),
        // So many people's accounts, from the first.
        "deactivate" => {
            plan.actions = update_each(value, target, |_| change(Field::Status, "active", Some("inactive")))
        }
        "readdress" => {
            plan.actions =
                update_each(value, target, |account| change(Field::Email, &account.email, Some("n@example.com")));
        }
        // So many people's accounts lose the last field that they all have.
        "empty" => plan.actions = update_each(value, target, |_| change(Field::Location, "Köln", None)),
        // So many people at a domain of their own.
        "strangers" => plan.actions = (0..number(value)).map(stranger).collect(),
        "clear" => plan.actions = update_each(value, target, |_| change(Field::Team, "Team", None)),
        "twice" => plan.actions = vec![join(target, "a"), join(target, "a")],
        "memberships" => plan.actions = (0..number(value)).map(|at| join(target, &at.to_string())).collect(),
        "actions" => plan.actions = vec![join(target, "a"); number(value)],
        "false-counts" => plan.counts.created = u64::MAX,
        "claim-complete" => plan.complete = true,
        "notices" => plan.notices = vec![notice(); number(value)],
        "guards" => plan.verdict = Verdict::NeedsApproval(vec![guard(); number(value)]),
        "notice-code" => plan.notices.push(Notice { code: text(), ..notice() }),
        "notice-detail" => plan.notices.push(Notice { detail: Some(text()), ..notice() }),
        "notice-employee" => plan.notices.push(Notice { employees: vec![text()], ..notice() }),
        "exclusion-code" => plan.counts.exclusions.push(ExclusionCount { code: text(), count: 0 }),
        "guard-code" => plan.verdict = Verdict::NeedsApproval(vec![GuardHit { guard: text(), ..guard() }]),
        "guard-employee" => {
            plan.verdict = Verdict::NeedsApproval(vec![GuardHit { employees: vec![text()], ..guard() }])
        }
        "block" => plan.verdict = Verdict::Blocked(problem(text())),
        "block-code" => plan.verdict = Verdict::Blocked(Problem { code: text(), ..problem(String::new()) }),
        "action-id" => plan.actions.push(join(target, value)),
        "action-reason" => plan.actions.push(Action { reason: text(), ..join(target, "a") }),
        "operation" => plan.actions.push(Action { operation: Operation::Other(text()), ..join(target, "a") }),
        _ => {}
    }
    plan
}

/// `OPERATION EMPLOYEE ACCOUNT`: an action about an account, shown or not.
fn act(what: &str, target: &Directory) -> Option<Action> {
    let mut words = what.split(' ');
    let (operation, employee, account) = (words.next()?, words.next()?, words.next()?);
    let shown = target.accounts.iter().find(|one| one.id == account);
    let operation = match operation {
        "link" => Operation::Link,
        "invite" => Operation::Invite,
        "move" => Operation::Update(vec![change(Field::Team, "Team", Some("Another"))]),
        "stale" => Operation::Update(vec![change(Field::Team, "What it was", Some("Another"))]),
        "rob" => Operation::Update(vec![change(Field::Email, &shown?.email, None)]),
        other => Operation::Other(other.to_owned()),
    };
    Some(action(employee, account, shown.map_or(1, |one| one.version), operation))
}

fn update_each(count: &str, target: &Directory, change: impl Fn(&Account) -> Change) -> Vec<Action> {
    let update = |account: &Account| {
        let operation = Operation::Update(vec![change(account)]);
        Some(action(account.employee.as_ref()?, &account.id, account.version, operation))
    };
    target.accounts.iter().filter_map(update).take(number(count)).collect()
}

fn change(field: Field, before: &str, after: Option<&str>) -> Change {
    Change { field, before: Some(before.to_owned()), after: after.map(str::to_owned) }
}

/// A new account at an address that no company of the tests has.
fn stranger(at: usize) -> Action {
    let account = NewAccount {
        email: format!("p{at}@strangers.example"),
        first_name: "S".to_owned(),
        last_name: "S".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
    };
    Action {
        id: format!("create {at}"),
        employee: format!("9{at:06}"),
        account: None,
        version: None,
        operation: Operation::Create(account),
        reason: "flagged-without-account".to_owned(),
    }
}

/// An action that may be: the first account joins the first group.
fn join(target: &Directory, id: &str) -> Action {
    let (account, group) = (&target.accounts[0], &target.groups[0]);
    let operation = Operation::AddToGroup(GroupAddition { group: group.id.clone(), name: group.name.clone() });
    let employee = account.employee.as_deref().unwrap_or_default();
    Action { id: id.to_owned(), ..action(employee, &account.id, account.version, operation) }
}

fn action(employee: &str, account: &str, version: u64, operation: Operation) -> Action {
    Action {
        id: format!("{employee} {account}"),
        employee: employee.to_owned(),
        account: Some(account.to_owned()),
        version: Some(version),
        operation,
        reason: "source-differs".to_owned(),
    }
}

fn notice() -> Notice {
    Notice { code: "flag-lost".to_owned(), count: 1, employees: Vec::new(), detail: None }
}

fn guard() -> GuardHit {
    GuardHit { guard: "guard-clears".to_owned(), field: None, limit: 3, actual: 4, employees: Vec::new() }
}

fn empty() -> Plan {
    Plan {
        verdict: Verdict::Ready,
        actions: Vec::new(),
        notices: Vec::new(),
        counts: Counts {
            read: 0,
            created: 0,
            linked: 0,
            updated: 0,
            unchanged: 0,
            excluded: 0,
            rejected: 0,
            conflicts: 0,
            supervisors: 0,
            group_additions: 0,
            invitations: 0,
            exclusions: Vec::new(),
        },
        complete: false,
    }
}
