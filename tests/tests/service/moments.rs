//! The process is killed at moments that are chosen: between any two of a run's writes.

use std::path::PathBuf;
use std::time::Duration;

use personio_mock::company::Company;
use rusqlite::Connection;
use serde_json::{Value, json};
use whole_system_tests::service_client::{Console, Customer, Options, Source, wait_for};

use super::HARNESS;
use super::faults::{check, folder, mails, rows};

/// A sync that is about to write: held up in its source until the test lets it go on.
struct AboutToWrite {
    source: Source,
    console: Console,
    customer: Customer,
    integration: String,
    run: String,
}

impl AboutToWrite {
    fn new() -> Self {
        let source = Source::with(Company::generate("firma", 80, 7), |options| options.page_limit = 10);
        let console = Console::start(Options::new(HARNESS, &source.origin()));
        let customer = console.customer("Acme");
        let integration = customer.integration("Personio", &source.origin());
        source.fault("slow-drip=20@1x*");
        let run = customer.begin(&integration, "sync");
        wait_for("reading", || Some(customer.run(&run)).filter(|run| run["phase"] == "read"));
        Self { source, console, customer, integration, run }
    }

    fn folder(&self) -> PathBuf {
        folder(&self.console.service, &self.customer, &self.integration)
    }

    fn directory(&self) -> PathBuf {
        self.folder().join("directory.db")
    }

    /// How many rows of the directory a query counts, while the service writes to it.
    fn count(&self, query: &str) -> i64 {
        let connection = Connection::open(self.directory()).unwrap();
        connection.busy_timeout(Duration::from_mins(1)).unwrap();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Kills it, starts it again, and gives the run as it ended.
    fn killed(&mut self) -> Value {
        self.console.service.kill();
        self.console.service.start_again();
        self.source.mend();
        let ended = self.customer.ended(&self.run);
        check(&self.console, &self.customer, &self.integration, "a chosen moment");
        ended
    }

    /// Every mail is delivered, each as one file.
    fn mailed(&self) {
        wait_for("delivery of all mails", || {
            (self.count("SELECT count(*) FROM outbox WHERE delivered = 0") == 0).then_some(())
        });
        let sent = rows(&self.directory(), "SELECT message_id FROM outbox");
        assert_eq!(mails(&self.folder()), sent.iter().map(|id| format!("{id}.eml")).collect());
        assert_eq!(sent.iter().filter(|id| id.starts_with("summary")).count(), 1, "{sent:?}");
    }
}

#[test]
fn a_run_that_is_killed_before_it_is_applied_has_written_nothing() {
    let mut run = AboutToWrite::new();
    let directory = Connection::open(run.directory()).unwrap();
    directory.execute_batch("BEGIN IMMEDIATE").unwrap();
    run.source.mend();
    wait_for("the end of reading", || (run.customer.run(&run.run)["phase"] != "read").then_some(()));
    run.console.service.kill();
    directory.execute_batch("ROLLBACK").unwrap();
    let ended = run.killed();
    assert_eq!((&ended["verdict"], &ended["applied"]), (&json!("interrupted"), &json!(0)), "{ended}");
    assert_eq!(run.count("SELECT count(*) FROM accounts") + run.count("SELECT count(*) FROM outbox"), 0);
    assert_eq!(run.customer.done(&run.integration, "sync")["verdict"], "done");
    run.mailed();
}

#[test]
fn a_run_that_is_killed_after_it_was_applied_is_done_and_is_not_applied_again() {
    let mut run = AboutToWrite::new();
    // Its end cannot be written, but its accounts can.
    let database = run.console.service.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    run.source.mend();
    wait_for("the accounts' log", || (run.count("SELECT count(*) FROM runs") == 1).then_some(()));
    run.console.service.kill();
    database.execute_batch("ROLLBACK").unwrap();
    drop(database);
    let accounts = run.count("SELECT count(*) FROM accounts");
    assert!(accounts > 0);
    let ended = run.killed();
    assert_eq!(ended["verdict"], "done", "{ended}");
    assert_eq!(
        ended["applied"].as_i64().unwrap(),
        run.count("SELECT count(*) FROM run_actions WHERE outcome = 'applied'")
    );
    run.mailed();
    let mut admin = run.customer.admin.clone();
    let page = admin.get(&format!("/runs/{}", run.run));
    assert!(page.status == 200 && !page.body.contains("/events"), "{page:?}");
    let again = run.customer.done(&run.integration, "sync");
    assert_eq!((&again["verdict"], &again["actions"]), (&json!("done"), &json!(0)), "{again}");
    assert_eq!(run.count("SELECT count(*) FROM accounts"), accounts);
}

#[test]
fn a_run_that_is_killed_while_it_mails_mails_the_rest_after_the_restart() {
    let mut run = AboutToWrite::new();
    run.source.mend();
    wait_for("the first mails", || (mails(&run.folder()).len() >= 2).then_some(()));
    let ended = run.killed();
    assert_eq!(ended["verdict"], "done", "{ended}");
    run.mailed();
    assert_eq!(run.customer.api.get("/api/v1/runs").json()["total"], 1, "no other run was needed");
}
