//! Directories that an earlier version synced go on with this one, without a single needless action.
//!
//! They are kept as that version left them (`tests/directories`). The cassettes are the ones that it read, so the source says the
//! same as then, and whatever this version would do, it would do for no reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::Value;
use whole_system_tests::desk::Desk;
use whole_system_tests::repository;

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// The schema that version left.
const OLD_SCHEMA: i64 = 2;
const COMPANIES: [&str; 2] = ["acme", "nordwind"];

fn kept(company: &str) -> PathBuf {
    repository().join("tests/directories/0.1.0").join(format!("{company}.sqlite"))
}

/// The database's own mark of its schema.
fn schema(path: &std::path::Path) -> i64 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// The accounts as the harness shows them.
fn accounts(desk: &Desk) -> Value {
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap_or_else(|_| panic!("{}", shown.stderr));
    shown["accounts"].clone()
}

fn actions(ran: &str) -> usize {
    let report: Value = serde_json::from_str(ran).expect("a report in JSON");
    report["actions"].as_array().expect("actions").len()
}

#[test]
fn a_directory_of_contract_0_1_goes_on_without_a_needless_action() {
    for company in COMPANIES {
        let desk = Desk::with(HARNESS, company);
        desk.write("accounts.db", fs::read(kept(company)).expect("a kept directory"));
        assert_eq!(schema(&desk.path("accounts.db")), OLD_SCHEMA, "{company}");

        let ran = desk.replay("sync", &["--format", "json"]);
        assert_eq!(ran.code, Some(0), "{company}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(actions(&ran.stdout), 0, "{company}: {}", ran.stdout);
        let new = Desk::furnished(HARNESS, company);
        assert_eq!(
            schema(&desk.path("accounts.db")),
            schema(&new.path("accounts.db")),
            "{company}: the schema of today"
        );

        // What is in it is what this version makes of the company from the beginning.
        let ran = new.replay("sync", &[]);
        assert_eq!(ran.code, Some(0), "{company}: {}", ran.stderr);
        let is_linked = |account: &&Value| !account["employee"].is_null();
        let linked = |accounts: &Value| accounts.as_array().expect("accounts").iter().filter(is_linked).count();
        let (old, new) = (accounts(&desk), accounts(&new));
        assert!(linked(&old) > 0);
        assert_eq!(linked(&old), linked(&new), "{company}");
    }
}
