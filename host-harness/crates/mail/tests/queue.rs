//! A run's mails in its transaction (rule S16): who is invited, and which invitation waits.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use connector_host::contract::{AccountStatus, Action, Change, Field, NewAccount, Operation, Plan, Verdict};
use connector_mail::TenantMails;
use connector_settings::{Settings, file};
use connector_store::SqliteDirectory;
use connector_sync::directory::{Directory as _, DirectoryError};
use connector_sync::mail::Mail;
use connector_sync::progress::Silent;
use connector_sync::run::{Outcome, RunReport};
use connector_sync::{Options, finish, hash, samples};
use tempfile::TempDir;

/// A directory and what one tenant's runs do to it.
struct Place {
    folder: TempDir,
    directory: SqliteDirectory,
    runs: i64,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
        Self { folder, directory, runs: 0 }
    }

    fn settings(&self, mail: &str) -> Settings {
        let path = self.folder.path().join("acme.toml");
        let form = "name = 'Acme'\ntype = 'personio'\nclient-id = 'id'\nclient-secret = { env = 'SECRET' }\n";
        std::fs::write(&path, format!("{form}{mail}")).unwrap();
        file::load_with(&path, |_| Some("s3cret".to_owned())).unwrap()
    }

    /// Applies these actions as a run of their own.
    async fn run(&mut self, mail: &str, actions: Vec<Action>) -> RunReport {
        let settings = self.settings(mail);
        self.runs += 1;
        let started = jiff::Timestamp::from_second(1_795_456_209 + self.runs).unwrap();
        let mut report = RunReport::blank("Acme", started);
        let counts = samples::all_well().plan.unwrap().counts;
        let plan = Plan { verdict: Verdict::Ready, actions, notices: Vec::new(), counts, complete: true };
        let hash = hash::of(&plan, "Acme", None);
        report.take_plan(plan, hash);
        let mails = TenantMails::new(&settings);
        finish(report, &mut self.directory, &mails, &Options::default(), &Silent).await.unwrap()
    }

    /// Notes a mail as delivered, or as dead-lettered for a reason.
    async fn note(&mut self, id: &str, why: Option<&str>) -> Result<(), DirectoryError> {
        let mut transaction = self.directory.begin().await?;
        match why {
            Some(why) => transaction.dead_letter(id, why).await?,
            None => transaction.delivered(id).await?,
        }
        transaction.commit().await
    }

    /// The invitations that wait.
    fn invitations(&self) -> Vec<Mail> {
        let is_invitation = |mail: &Mail| mail.message_id.starts_with("invitation.");
        self.directory.queued().unwrap().into_iter().filter(is_invitation).collect()
    }

    fn version(&self) -> u64 {
        self.directory.snapshot().unwrap().accounts.first().unwrap().version
    }
}

const MAIL: &str = "[mail]\nto = 'hr@acme.example'\n";

fn action(operation: Operation, version: Option<u64>) -> Action {
    Action {
        id: format!("{}:1", connector_host::names::operation_name(&operation)),
        employee: "1".to_owned(),
        account: version.map(|_| "a-000001".to_owned()),
        version,
        operation,
        reason: "source-differs".to_owned(),
    }
}

fn create() -> Action {
    let new = NewAccount {
        email: "ida@old.example".to_owned(),
        first_name: "Ida".to_owned(),
        last_name: "Berg".to_owned(),
        status: AccountStatus::Active,
        gender: None,
        position: None,
        department: None,
        location: None,
        team: None,
    };
    action(Operation::Create(new), None)
}

fn readdress(version: u64, email: &str) -> Action {
    let change = Change { field: Field::Email, before: None, after: Some(email.to_owned()) };
    action(Operation::Update(vec![change]), Some(version))
}

#[tokio::test]
async fn s16_without_mail_settings_nobody_is_noted_as_invited() {
    let mut place = Place::new();
    let report = place.run("", vec![create(), action(Operation::Invite, None)]).await;
    assert_eq!(report.outcomes, [Outcome::Applied, Outcome::Failed("mail-missing")]);
    assert!(place.directory.snapshot().unwrap().accounts.iter().all(|account| !account.invited));
    let version = place.version();
    let report = place.run(MAIL, vec![action(Operation::Invite, Some(version))]).await;
    assert_eq!((report.outcomes, place.invitations().len()), (vec![Outcome::Applied], 1));
}

#[tokio::test]
async fn s16_an_invitation_that_is_not_out_yet_follows_its_reader_to_a_new_address() {
    let mut place = Place::new();
    place.run(MAIL, vec![create(), action(Operation::Invite, None)]).await;
    let first = place.invitations();
    let id = first.first().unwrap().message_id.clone();
    assert_eq!(first.first().unwrap().to, ["ida@old.example"]);

    let version = place.version();
    place.run(MAIL, vec![readdress(version, "ida@new.example")]).await;
    let waiting = place.invitations();
    let mail = waiting.first().unwrap();
    assert_eq!((waiting.len(), &mail.message_id, &*mail.to), (1, &id, &["ida@new.example".to_owned()][..]));
    assert!(mail.text.contains("ida@new.example") && !mail.text.contains("ida@old.example"));

    place.note(&id, Some("nobody there")).await.unwrap();
    assert!(place.invitations().is_empty());
    let version = place.version();
    place.run(MAIL, vec![readdress(version, "ida@third.example")]).await;
    assert_eq!(place.invitations().first().unwrap().to, ["ida@third.example"], "what was set aside has hope again");

    place.note(&id, None).await.unwrap();
    let version = place.version();
    place.run(MAIL, vec![readdress(version, "ida@fourth.example")]).await;
    assert!(place.invitations().is_empty(), "once ever");
}

#[tokio::test]
async fn s16_two_tenants_of_one_name_have_invitations_of_their_own() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut place = Place::new();
        place.run(MAIL, vec![create(), action(Operation::Invite, None)]).await;
        ids.push(place.invitations().first().unwrap().message_id.clone());
    }
    assert_ne!(ids[0], ids[1]);
}
