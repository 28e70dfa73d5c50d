//! The example connector, run like any other: people in a CSV file on a web server.

#![allow(clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::fs;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use connector_host::http::{Live, Origin};
use connector_host::sandbox::Host;
use connector_settings::file::SettingsFile;
use connector_store::sqlite::SqliteDirectory;
use connector_sync::mail::NoMails;
use connector_sync::progress::Silent;
use connector_sync::run::{RunReport, RunVerdict};
use connector_sync::sleeper::TokioSleeper;
use connector_sync::tenant_builder::{self, TenantBuilder};
use connector_sync::{self as sync, Options, SyncContext};
use jiff::Timestamp;
use whole_system_tests::guests;

const FILE: &str = "\
id,first_name,last_name,email,status,department,team,location,position,gender,supervisor,sync
1,Ada,Berg,ada@firma.example,active,Vertrieb,,Berlin,Leitung,female,,ja
2,\"Bo, Jr.\",Carl,bo@firma.example,onboarding,Vertrieb,Nord,Berlin,,,1,ja
3,Cleo,Dorn,cleo@firma.example,active,,,,,,1,nein
4,Dan,Ende,no address,active,,,,,,1,ja
";

/// `printf 'reader:geheim-nur-im-test' | base64`.
const AUTHORIZATION: &str = "Basic cmVhZGVyOmdlaGVpbS1udXItaW0tdGVzdA==";

/// Serves the file to whoever has the password; gives the server's origin.
async fn serve(file: &'static str) -> std::io::Result<String> {
    let answer = move |headers: HeaderMap| async move {
        if headers.get("authorization").is_some_and(|value| value == AUTHORIZATION) {
            (StatusCode::OK, file)
        } else {
            (StatusCode::UNAUTHORIZED, "who are you?")
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/employees.csv", get(answer))).await });
    Ok(origin)
}

/// A tenant's folder, and two syncs with it.
async fn sync_twice(file: &'static str, user: &str) -> anyhow::Result<(SqliteDirectory, [RunReport; 2])> {
    let endpoint = serve(file).await?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("secret.txt"), "geheim-nur-im-test")?;
    let settings = folder.path().join("settings.toml");
    let form = format!(
        "name = \"CSV\"\ntype = \"csv\"\nuser = \"{user}\"\npassword = {{ file = \"secret.txt\" }}\n\
         url = \"{endpoint}/employees.csv\""
    );
    fs::write(&settings, form)?;
    let connector = Host::builder().build()?.load(&guests::component("csv-connector")?).await?;
    let settings = SettingsFile::open(&settings)?.settings_for(connector.description())?;
    let mut directory = SqliteDirectory::open(&folder.path().join("directory.db"))?;
    let mut reports = Vec::new();
    for _ in 0..2 {
        let policy = tenant_builder::policy(&connector, [Origin::parse(&endpoint)?]);
        let live = Arc::new(Live::new(policy.clone())?);
        let mut tenant = TenantBuilder::new(&connector, policy, live).start(&settings).await?;
        let job = SyncContext { tenant: &mut tenant, settings: &settings, progress: &Silent, sleeper: &TokioSleeper };
        reports.push(sync::sync(job, &mut directory, &NoMails, &Options::default(), Timestamp::now()).await?);
    }
    let reports = reports.try_into().map_err(|_| anyhow::anyhow!("two reports"))?;
    Ok((directory, reports))
}

#[tokio::test]
async fn s20_a_csv_file_is_synced_and_the_second_run_has_nothing_to_do() -> anyhow::Result<()> {
    let (directory, [first, second]) = sync_twice(FILE, "reader").await?;
    assert_eq!(first.verdict, RunVerdict::Done, "{:?}", first.failures);
    let counts = first.plan.as_ref().map(|plan| &plan.counts).expect("a plan");
    assert_eq!((counts.read, counts.created, counts.excluded, counts.rejected), (4, 2, 1, 1));
    assert!(first.read.complete);
    let accounts = directory.snapshot()?.accounts;
    let bo = accounts.iter().find(|account| account.employee.as_deref() == Some("2")).expect("Bo's account");
    let ada = accounts.iter().find(|account| account.employee.as_deref() == Some("1")).expect("Ada's account");
    assert_eq!((bo.first_name.as_str(), bo.team.as_deref(), bo.position.as_deref()), ("Bo, Jr.", Some("Nord"), None));
    assert_eq!(bo.supervisor.as_ref(), Some(&ada.id));
    assert_eq!((second.verdict, second.actions().count()), (RunVerdict::Done, 0));
    Ok(())
}

#[tokio::test]
async fn s07_a_file_without_a_needed_column_blocks_the_run() -> anyhow::Result<()> {
    let (_, [first, _]) =
        sync_twice("id,first_name,last_name,email,status\n1,Ada,Berg,ada@firma.example,active\n", "reader").await?;
    assert_eq!(first.verdict, RunVerdict::Blocked);
    assert_eq!(first.problems().first().map(|problem| problem.code.as_str()), Some("hidden-required-attribute"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_reported() -> anyhow::Result<()> {
    let (_, [first, _]) = sync_twice(FILE, "somebody").await?;
    assert_eq!(first.problems().first().map(|problem| problem.code.as_str()), Some("wrong-credentials"));
    Ok(())
}

#[tokio::test]
async fn it_imports_nothing_but_the_contract() -> anyhow::Result<()> {
    let host = Host::builder().build()?;
    let inspection = host.inspect(&guests::component("csv-connector")?)?;
    let names: Vec<String> = inspection.imports.iter().map(ToString::to_string).collect();
    let contract =
        ["elearnio:connector/http", "elearnio:connector/log", "elearnio:connector/types", "wasi:clocks/wall-clock"];
    assert!(names.iter().all(|name| contract.iter().any(|known| name.starts_with(known))), "{names:?}");
    Ok(())
}
