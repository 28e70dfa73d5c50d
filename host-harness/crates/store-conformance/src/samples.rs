//! Sample accounts, actions, mails and runs.

use connector_host::contract::{
    Account, AccountStatus, Action, Change, Counts, Directory, Field, Group, GroupAddition, NewAccount, Operation,
    Plan, SupervisorChange, Verdict,
};
use connector_sync::mail::Mail;
use connector_sync::plan_file::IssuedPlan;
use connector_sync::run::{Outcome, RunReport, RunVerdict};
use jiff::Timestamp;

pub(crate) const ADA: &str = "ada@store.example";
pub(crate) const BEN: &str = "ben@store.example";
pub(crate) const CLEO: &str = "cleo@store.example";
pub(crate) const SALES: &str = "Sales";

/// Ada is linked to employee 1, Ben to nobody; there is one group.
pub(crate) fn start() -> Directory {
    let mut ada = account("ada", "Ada", ADA);
    ada.employee = Some("1".to_owned());
    ada.team = Some("North".to_owned());
    let groups = vec![Group { id: "sales".to_owned(), name: SALES.to_owned() }];
    Directory { accounts: vec![ada, account("ben", "Ben", BEN)], groups }
}

fn account(id: &str, first_name: &str, email: &str) -> Account {
    Account {
        id: id.to_owned(),
        version: 1,
        employee: None,
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: email.to_owned(),
        first_name: first_name.to_owned(),
        last_name: "Müller".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
        supervisor: None,
        protected: false,
        created_by_connector: false,
        invited: false,
        groups: Vec::new(),
    }
}

/// An action about somebody, with their account as it was read, or without one.
fn action(employee: &str, account: Option<&Account>, operation: Operation) -> Action {
    Action {
        id: format!("{employee}-{}", connector_host::names::operation_name(&operation)),
        employee: employee.to_owned(),
        account: account.map(|account| account.id.clone()),
        version: account.map(|account| account.version),
        operation,
        reason: "source-differs".to_owned(),
    }
}

pub(crate) fn create(employee: &str, email: &str) -> Action {
    let new = NewAccount {
        email: email.to_owned(),
        first_name: "Cleo".to_owned(),
        last_name: "Öztürk".to_owned(),
        status: AccountStatus::Preboarding,
        gender: None,
        position: None,
        department: Some(SALES.to_owned()),
        location: None,
        team: None,
    };
    action(employee, None, Operation::Create(new))
}

pub(crate) fn link(employee: &str, account: &Account) -> Action {
    action(employee, Some(account), Operation::Link)
}

pub(crate) fn update(employee: &str, account: &Account, changes: Vec<Change>) -> Action {
    action(employee, Some(account), Operation::Update(changes))
}

pub(crate) fn change(field: Field, after: Option<&str>) -> Change {
    Change { field, before: None, after: after.map(str::to_owned) }
}

/// A change as a plan has it, with what the account holds.
pub(crate) fn moved(field: Field, before: Option<&str>, after: Option<&str>) -> Change {
    Change { before: before.map(str::to_owned), ..change(field, after) }
}

pub(crate) fn rename(employee: &str, account: &Account, name: &str) -> Action {
    update(employee, account, vec![change(Field::LastName, Some(name))])
}

pub(crate) fn readdress(employee: &str, account: &Account, email: &str) -> Action {
    update(employee, account, vec![change(Field::Email, Some(email))])
}

pub(crate) fn supervise(employee: &str, account: &Account, supervisor: &str) -> Action {
    let change = SupervisorChange { before: None, after: Some(supervisor.to_owned()) };
    action(employee, Some(account), Operation::SetSupervisor(change))
}

pub(crate) fn join(employee: &str, account: Option<&Account>, group: &Group) -> Action {
    let addition = GroupAddition { group: group.id.clone(), name: group.name.clone() };
    action(employee, account, Operation::AddToGroup(addition))
}

pub(crate) fn invite(employee: &str, account: Option<&Account>) -> Action {
    action(employee, account, Operation::Invite)
}

/// An operation that no version of the contract has.
pub(crate) fn delete(employee: &str, account: &Account) -> Action {
    action(employee, Some(account), Operation::Other("delete".to_owned()))
}

pub(crate) fn mail(message_id: &str, to: &str) -> Mail {
    Mail {
        message_id: message_id.to_owned(),
        from: "no-reply@store.example".to_owned(),
        to: vec![to.to_owned(), "second@store.example".to_owned()],
        subject: "Übersicht".to_owned(),
        text: "Text\nin two lines\n".to_owned(),
        html: "<p>Text</p>".to_owned(),
        date: 1_700_000_000,
    }
}

/// A plan that was saved for the tenant of [`run`].
pub(crate) fn saved(hash: &str, seal: &str) -> IssuedPlan {
    IssuedPlan { hash: hash.to_owned(), seal: seal.to_owned(), tenant: "Store".to_owned() }
}

/// A run that applied a plan which needed an approval, or did not.
pub(crate) fn run(name: &str, hash: &str, guarded: bool, applied: Vec<(Action, Outcome)>) -> RunReport {
    let (actions, outcomes) = applied.into_iter().unzip();
    let verdict = if guarded { Verdict::NeedsApproval(Vec::new()) } else { Verdict::Ready };
    let mut run = RunReport::blank("Store", Timestamp::UNIX_EPOCH);
    run.take_plan(
        Plan { verdict, actions, notices: Vec::new(), counts: Counts::default(), complete: true },
        hash.to_owned(),
    );
    name.clone_into(&mut run.run);
    run.verdict = RunVerdict::Done;
    run.outcomes = outcomes;
    run
}
