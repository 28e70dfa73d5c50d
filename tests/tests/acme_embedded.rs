//! A platform that builds a tenant's settings itself, not from a file that would have refused them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]

use std::sync::Arc;

use connector_cassette::Replay;
use connector_cassette::cassette::read_folder;
use connector_host::contract::Operation;
use connector_host::sandbox::Host;
use connector_mail::TenantMails;
use connector_settings::{Settings, file};
use connector_store::sqlite::SqliteDirectory;
use connector_sync::progress::Silent;
use connector_sync::run::RunReport;
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{self, TenantBuilder};
use connector_sync::{self as sync, Options, SyncContext};
use jiff::Timestamp;
use whole_system_tests::{component, fixture};

async fn sync(settings: &Settings, directory: &mut SqliteDirectory) -> RunReport {
    let connector = Host::builder().build().unwrap().load(&component()).await.unwrap();
    let policy = tenant_builder::policy(&connector, []);
    let replay = Replay::of(read_folder(&fixture("acme").join("exchanges")).unwrap());
    let builder = TenantBuilder::new(&connector, policy, Arc::new(replay));
    let mut tenant = builder.start(settings).await.unwrap();
    let job = SyncContext { tenant: &mut tenant, settings, progress: &Silent, sleeper: &TokioSleeper };
    let mails = TenantMails::new(settings);
    sync::sync(job, directory, &mails, &Options::default(), Timestamp::now()).await.unwrap()
}

fn invitations(report: &RunReport) -> usize {
    report.actions().filter(|(action, _)| action.operation == Operation::Invite).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn s16_without_mail_settings_no_invitation_is_planned_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut directory = SqliteDirectory::open(&folder.path().join("acme.db")).unwrap();
    let mut settings = file::load_with(&fixture("acme").join("settings.toml"), |_| Some("any".to_owned())).unwrap();
    let mail = settings.mail.take();
    assert!(settings.connector.send_invitations);
    assert_eq!(invitations(&sync(&settings, &mut directory).await), 0);
    settings.mail = mail;
    assert!(invitations(&sync(&settings, &mut directory).await) > 0, "as soon as there is mail, they are made up for");
}
