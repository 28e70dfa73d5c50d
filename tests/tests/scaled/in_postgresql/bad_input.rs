//! What a server or a worker cannot be started with: one clear line each, exit code 2, and nothing half made.

use std::path::Path;
use std::process::{Command, Stdio};

use connector_service::keys::Keys;
use tempfile::TempDir;
use whole_system_tests::postgres_server::PostgresServer;

use super::old_server;
use crate::HARNESS;
use crate::system::Sql;

/// Starts a server and a worker, and gives what both say before they end with exit code 2: in one line.
fn refusal(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let key = key_in(&folder);
    refusal_without_key(&[arguments, &["--key-file", &key]].concat())
}

fn key_in(folder: &TempDir) -> String {
    let key = folder.path().join("key");
    Keys::none().with_new().unwrap().write(&key).unwrap();
    key.to_string_lossy().into_owned()
}

fn refusal_without_key(arguments: &[&str]) -> String {
    let said = ["serve", "worker"].map(|command| {
        let folder = tempfile::tempdir().unwrap();
        said(command, folder.path(), arguments)
    });
    let [server, worker] = said;
    assert_eq!(server, worker, "both say the same");
    server
}

fn said(command: &str, folder: &Path, arguments: &[&str]) -> String {
    let mut process = Command::new(HARNESS);
    process.arg(command).arg("--data").arg(folder.join("data")).args(arguments);
    if command == "serve" {
        process.args(["--listen", "127.0.0.1:0"]);
    }
    for variable in ["HARNESS_KEY", "HARNESS_DATABASE", "HARNESS_QUEUE", "HARNESS_LOG"] {
        process.env_remove(variable);
    }
    let output = process.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{command} {arguments:?}: {said}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let lines: Vec<&str> = said.lines().collect();
    let [line] = lines.as_slice() else { panic!("one line: {said}") };
    (*line).to_owned()
}

fn has(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("only-in-tests") && !said.contains("swordfish"), "a password: {said}");
}

#[test]
fn a_url_that_is_none_or_leads_nowhere() {
    has(&refusal(&["--database", "mysql://user:swordfish@127.0.0.1/db"]), &["postgres://"]);
    has(&refusal(&["--database", "127.0.0.1"]), &["postgres://"]);
    has(&refusal(&["--database", "postgres://user:swordfish@127.0.0.1:1/db"]), &["127.0.0.1:1/db", "check the host"]);
    let database = PostgresServer::shared().database().unwrap();
    has(&refusal(&["--database", &database.url, "--queue", "http://127.0.0.1"]), &["nats://"]);
    let nowhere = refusal(&["--database", &database.url, "--queue", "nats://user:swordfish@127.0.0.1:1"]);
    has(&nowhere, &["127.0.0.1:1", "check"]);
}

#[test]
fn a_password_that_is_wrong() {
    let database = PostgresServer::shared().database().unwrap();
    let wrong = database.url.replace("only-in-tests", "swordfish");
    has(&refusal(&["--database", &wrong]), &["refuses the password of the user", &database.name]);
}

#[test]
fn a_database_that_does_not_exist() {
    let database = PostgresServer::shared().database().unwrap();
    has(&refusal(&["--database", &format!("{}x", database.url)]), &["does not exist", "CREATE DATABASE"]);
}

#[test]
fn a_user_who_may_not_make_tables() {
    let [one, other] = [(); 2].map(|()| PostgresServer::shared().database().unwrap());
    // The other database's user: they may connect here, and no more.
    let (server, _) = other.url.rsplit_once('/').unwrap();
    let url = format!("{server}/{}", one.name);
    let grant = format!("GRANT CREATE ON DATABASE \"{}\" TO \"{}\"", one.name, other.name);
    has(&refusal(&["--database", &url]), &["does not let its user make tables", &grant]);
    let mut sql = Sql::open(&one.superuser_url);
    assert_eq!(sql.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'connector'"), 0, "nothing is half made");
}

#[test]
fn a_server_that_is_too_old() {
    let port = old_server::start("120022", "12.22");
    let said = refusal(&["--database", &format!("postgres://user:swordfish@127.0.0.1:{port}/db?sslmode=disable")]);
    has(&said, &["is PostgreSQL 12.22, and at least 13 is needed"]);
}

#[test]
fn a_database_of_a_newer_version() {
    let database = PostgresServer::shared().database().unwrap();
    let (folder, mut sql) = (tempfile::tempdir().unwrap(), Sql::open(&database.superuser_url));
    let key = key_in(&folder);
    // A worker makes the tables, and is ended.
    let mut worker = Command::new(HARNESS);
    worker.arg("worker").arg("--data").arg(folder.path().join("data")).args([
        "--database",
        &database.url,
        "--key-file",
        &key,
    ]);
    drop(crate::system::Process::start(&mut worker, crate::system::READY));
    let components = sql.column("SELECT component FROM connector.schema_versions ORDER BY component");
    assert!(components.len() >= 3, "{components:?}");
    for component in components {
        let set =
            |to: &str| format!("UPDATE connector.schema_versions SET version = {to} WHERE component = '{component}'");
        sql.execute(&set("version + 90"));
        has(&refusal(&["--database", &database.url]), &["written by a newer harness", "use the newer harness"]);
        sql.execute(&set("version - 90"));
    }
}

#[test]
fn a_queue_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let key = key_in(&folder);
    let said = said("serve", folder.path(), &["--queue", "nats://127.0.0.1:4222", "--key-file", &key]);
    has(&said, &["a queue needs a database", "--database"]);
    assert!(!folder.path().join("data").exists(), "nothing is half made");
}

#[test]
fn no_key() {
    let database = PostgresServer::shared().database().unwrap();
    has(&refusal_without_key(&["--database", &database.url]), &["need the same key", "--key-file", "harness keys new"]);
}
