//! A platform that builds a tenant's settings itself, not from a file that would have refused them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]

use std::sync::Arc;

use host_harness::contract::Operation;
use host_harness::directory::sqlite::SqliteDirectory;
use host_harness::http::Replay;
use host_harness::http::cassette::read_folder;
use host_harness::run::RunReport;
use host_harness::sandbox::Host;
use host_harness::settings::{Settings, file};
use host_harness::sync::progress::Silent;
use host_harness::sync::wait::RealTime;
use host_harness::sync::{self, Job, Options};
use host_harness::wiring;
use jiff::Timestamp;
use whole_system_tests::{component, fixture};

async fn sync(settings: &Settings, directory: &mut SqliteDirectory) -> RunReport {
    let connector = Host::builder().build().unwrap().load(&component()).await.unwrap();
    let policy = wiring::policy(&connector, []);
    let replay = Replay::of(read_folder(&fixture("acme").join("exchanges")).unwrap());
    let mut wired = wiring::wire(&connector, settings, policy, Arc::new(replay)).await.unwrap();
    let job = Job { tenant: &mut wired.tenant, secret: wired.secret, settings, progress: &Silent, wait: &RealTime };
    sync::sync(job, directory, &Options::default(), Timestamp::now()).await.unwrap()
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
    assert!(settings.send_invitations);
    assert_eq!(invitations(&sync(&settings, &mut directory).await), 0);
    settings.mail = mail;
    assert!(invitations(&sync(&settings, &mut directory).await) > 0, "as soon as there is mail, they are made up for");
}
