//! Accounts, plans and runs to fill a directory with.

use connector_host::contract::{
    Account, AccountStatus, Action, Change, Counts, Directory, Field, Group, GroupAddition, NewAccount, Operation,
    Plan, SupervisorChange, Verdict,
};
use connector_mail::TenantMails;
use connector_settings::{ConnectorSettings, Language, MailSettings, SettingValue, Settings};
use connector_sync::mail::Mail;
use connector_sync::run::{RunReport, RunVerdict};
use connector_sync::{Options, Silent, finish, hash};
use jiff::Timestamp;

/// Linked people, one group.
pub fn start(people: usize) -> Directory {
    let account = |number: usize| Account {
        id: format!("account-{number}"),
        version: 1,
        employee: Some(format!("e{number}")),
        earlier_employees: Vec::new(),
        foreign_employees: Vec::new(),
        email: format!("{number}@acme.example"),
        first_name: "Ada".to_owned(),
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
    };
    let groups = vec![Group { id: "sales".to_owned(), name: "Sales".to_owned() }];
    Directory { accounts: (0..people).map(account).collect(), groups }
}

pub fn action(employee: &str, account: Option<&str>, operation: Operation) -> Action {
    Action {
        id: format!("{employee}-{}", connector_host::names::operation_name(&operation)),
        employee: employee.to_owned(),
        account: account.map(str::to_owned),
        version: account.map(|_| 1),
        operation,
        reason: "source-differs".to_owned(),
    }
}

pub fn create(employee: &str) -> Action {
    let new = NewAccount {
        email: format!("{employee}@new.example"),
        first_name: "Cleo".to_owned(),
        last_name: "Öztürk".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
    };
    action(employee, None, Operation::Create(new))
}

pub fn rename(number: usize, name: &str) -> Action {
    let change = Change { field: Field::LastName, before: Some("Müller".to_owned()), after: Some(name.to_owned()) };
    action(&format!("e{number}"), Some(&format!("account-{number}")), Operation::Update(vec![change]))
}

/// New people, each with a supervisor, in a group and invited; and as many whose names change: five actions for each two.
pub fn plan(people: usize) -> Vec<Action> {
    let new = |number: usize| format!("new-{number}");
    let group = || GroupAddition { group: "sales".to_owned(), name: "Sales".to_owned() };
    let supervisor = || SupervisorChange { before: None, after: Some("e0".to_owned()) };
    let mut actions: Vec<Action> = (0..people).map(|number| create(&new(number))).collect();
    actions.extend((0..people).map(|number| rename(number, "Byron")));
    actions.extend((0..people).map(|number| action(&new(number), None, Operation::SetSupervisor(supervisor()))));
    actions.extend((0..people).map(|number| action(&new(number), None, Operation::AddToGroup(group()))));
    actions.extend((0..people).map(|number| action(&new(number), None, Operation::Invite)));
    actions
}

pub fn mail(message_id: &str) -> Mail {
    Mail {
        message_id: message_id.to_owned(),
        from: "no-reply@acme.example".to_owned(),
        to: vec!["a@acme.example".to_owned(), "b@acme.example".to_owned()],
        subject: "Übersicht".to_owned(),
        text: "Text".to_owned(),
        html: "<p>".to_owned(),
        date: 1_700_000_000,
    }
}

/// A run whose plan has these actions and needs no approval.
pub fn report(actions: Vec<Action>, identity: Option<&str>) -> RunReport {
    let plan =
        Plan { verdict: Verdict::Ready, actions, notices: Vec::new(), counts: Counts::default(), complete: true };
    let mut report = RunReport::blank("Acme", Timestamp::UNIX_EPOCH);
    let hash = hash::of(&plan, "Acme", identity);
    report.take_plan(plan, hash);
    report
}

/// A run that was done, with every action applied.
pub fn done(name: &str, actions: Vec<Action>) -> RunReport {
    let mut report = report(actions, None);
    name.clone_into(&mut report.run);
    report.verdict = RunVerdict::Done;
    report.outcomes.fill(connector_sync::Outcome::Applied);
    report
}

pub fn settings() -> Settings {
    let mut connector = ConnectorSettings::new("Acme")
        .with("client-id", SettingValue::Text("client".to_owned()))
        .with("client-secret", SettingValue::Secret("a secret".into()));
    connector.send_invitations = true;
    Settings {
        mail: Some(MailSettings {
            to: vec!["hr@acme.example".to_owned()],
            from: "elearnio@acme.example".to_owned(),
            language: Language::En,
            smtp: None,
        }),
        ..Settings::new("personio", connector)
    }
}

/// Applies a plan as a sync does, with its run and its mails, whatever guard it hits.
pub async fn applied(
    directory: &mut dyn connector_sync::Directory,
    actions: Vec<Action>,
) -> connector_sync::directory::Result<RunReport> {
    let identity = directory.id().await?;
    let settings = settings();
    let mails = TenantMails::new(&settings);
    let first = report(actions.clone(), identity.as_deref());
    let seen = finish(first, directory, &mails, &Options { dry_run: true, approve: None }, &Silent).await?;
    let approve = seen.plan_hash.clone();
    finish(report(actions, identity.as_deref()), directory, &mails, &Options { dry_run: false, approve }, &Silent).await
}
