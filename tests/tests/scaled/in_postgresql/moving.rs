//! Moving an embedded service into a database: everything is there afterwards, or nothing was moved.

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;
use serde_json::Value;
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};
use whole_system_tests::service_client::{Console, Customer, Options, Source};

use crate::HARNESS;
use crate::system::Sql;

/// A service with a customer whose people are synced, and who has a plan to approve.
struct Embedded {
    console: Console,
    customer: Customer,
    integration: String,
    waiting: Value,
    _source: Source,
}

impl Embedded {
    fn start() -> Self {
        let source = Source::of(12);
        let console = Console::start(Options::new(HARNESS, &source.origin()));
        let customer = console.customer("Acme");
        let integration = customer.integration("Personio", &source.origin());
        let synced = customer.done(&integration, "sync");
        assert_eq!(synced["verdict"], "done", "{synced}");
        source.fault("join=4@1");
        let waiting = customer.done(&integration, "preview");
        assert_eq!(waiting["verdict"], "planned", "{waiting}");
        Self { console, customer, integration, waiting, _source: source }
    }

    fn directory(&self) -> Connection {
        let folder = self.console.service.data().join("tenants").join(&self.customer.id).join(&self.integration);
        Connection::open(folder.join("directory.db")).unwrap()
    }

    fn migrate(&self, database: &TestDatabase) -> Output {
        migrate(self.console.service.data(), database)
    }

    /// Has the service run over the database, in a folder of its own and with the key of the old one.
    fn start_over(&mut self, database: &TestDatabase) {
        let service = &mut self.console.service;
        let (key, folder) = (service.data().join("service.key"), service.beside().join("new"));
        service.move_to(&folder);
        service.options = service
            .options
            .clone()
            .argument("--key-file", &key.display().to_string())
            .variable("HARNESS_DATABASE", &database.url);
        service.start_again();
    }
}

fn harness(arguments: &[&str], database: &TestDatabase) -> Output {
    let mut command = Command::new(HARNESS);
    command.args(arguments).env_remove("HARNESS_KEY").env("HARNESS_DATABASE", &database.url).output().unwrap()
}

fn migrate(folder: &Path, database: &TestDatabase) -> Output {
    harness(&["migrate", "sqlite", &folder.display().to_string()], database)
}

fn refused(output: &Output, code: i32, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(why), "{why}: {said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_service_is_moved_with_its_people_its_plans_and_everybody_signed_in() {
    let mut embedded = Embedded::start();
    let database = PostgresServer::shared().database().unwrap();
    embedded.console.service.stop();
    // A character that the database cannot keep, in what a source said of somebody.
    let accounts = embedded.directory();
    let changed = accounts.execute(
        "UPDATE accounts SET position = 'Welt' || char(0) || 'reise' WHERE id = (SELECT min(id) FROM accounts)",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
    let of = |query: &str| accounts.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    let (people, actions) = (of("SELECT count(*) FROM accounts"), of("SELECT count(*) FROM run_actions"));

    let moved = embedded.migrate(&database);
    let said = String::from_utf8_lossy(&moved.stdout);
    assert!(moved.status.success(), "{said}{}", String::from_utf8_lossy(&moved.stderr));
    for line in
        [format!("{people:>9}  accounts  "), format!("{actions:>9}  actions  "), "        1  tenants  ".to_owned()]
    {
        assert!(said.contains(&line), "{line}: {said}");
    }
    assert!(said.ends_with("Keep the folder until the new service has run.\n"), "{said}");

    embedded.start_over(&database);
    let Embedded { console, customer, integration, waiting, .. } = &embedded;
    // Tokens and sessions are good, and the plan that waited is applied.
    assert_eq!(customer.run(waiting["id"].as_str().unwrap())["plan_hash"], waiting["plan_hash"]);
    let applied = customer.ended(&customer.approve(waiting));
    assert_eq!((&applied["verdict"], &applied["applied"]), (&"done".into(), &waiting["actions"]), "{applied}");
    // The position is corrected by the next sync, which finds nothing else to do: everybody was known again.
    let next = customer.done(integration, "sync");
    assert_eq!((&next["verdict"], &next["applied"]), (&"done".into(), &1.into()), "{next}");
    let tenants = console.api.get("/api/v1/tenants");
    assert!(tenants.status == 200 && tenants.body.contains("Acme"), "{tenants:?}");
    let mut sql = Sql::open(&database.superuser_url);
    assert_eq!(sql.number("SELECT count(*) FROM connector.directory_accounts"), people + 4);
}

#[test]
fn the_key_of_a_moved_service_is_exchanged_in_its_database() {
    let mut embedded = Embedded::start();
    let database = PostgresServer::shared().database().unwrap();
    embedded.console.service.stop();
    assert!(embedded.migrate(&database).status.success());
    let key = embedded.console.service.data().join("service.key").display().to_string();
    let rotated = harness(&["keys", "rotate", "--key-file", &key], &database);
    let said = String::from_utf8_lossy(&rotated.stdout);
    assert!(rotated.status.success() && said.contains("sealed again: 1 secrets, 2 runs"), "{said}{rotated:?}");
    embedded.start_over(&database);
    let synced = embedded.customer.done(&embedded.integration, "sync");
    assert_eq!(synced["verdict"], "done", "{synced}");
}

#[test]
fn what_cannot_be_moved_is_refused_and_nothing_is_half_moved() {
    let embedded = Embedded::start();
    let database = PostgresServer::shared().database().unwrap();
    let tenants = "SELECT count(*) FROM connector.tenants";

    refused(&embedded.migrate(&database), 1, "another service is running on");
    refused(&migrate(embedded.console.service.beside(), &database), 2, "is not the data folder of a service");

    let mut embedded = embedded;
    embedded.console.service.stop();
    let audit = embedded.console.service.data().join("audit.jsonl");
    let whole = std::fs::read_to_string(&audit).unwrap();
    std::fs::write(&audit, whole.replacen("tenant.", "tenant-", 1)).unwrap();
    refused(&embedded.migrate(&database), 1, "the audit log of the folder is broken at entry");
    assert_eq!(Sql::open(&database.superuser_url).number(tenants), 0);
    std::fs::write(&audit, whole).unwrap();

    assert!(embedded.migrate(&database).status.success());
    refused(&embedded.migrate(&database), 2, "the database has a service already; name an empty one");
    assert_eq!(Sql::open(&database.superuser_url).number(tenants), 1);
}
