//! Saved plans that this directory did not issue, by somebody who knows how a plan is hashed and may write any file (rules S4
//! and S19): each is refused with its reason, and changes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use connector_host::contract::Plan;
use connector_sync::hash;
use serde_json::{Value, json};
use whole_system_tests::desk::{Desk, Ran};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Two directories with the same accounts, and a plan saved for each: `plan.json` for `accounts.db`, `other.json` for
/// `other.db`.
fn desk() -> Desk {
    let desk = Desk::furnished(HARNESS, "acme");
    let ran = desk.harness(&["directory", "import", "directory.json", "--directory", "other.db"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    save(&desk, "accounts.db", "plan.json");
    save(&desk, "other.db", "other.json");
    desk
}

fn save(desk: &Desk, directory: &str, plan: &str) {
    let ran = desk.replay_into("plan", directory, &["--save", plan]);
    assert!(ran.stderr.ends_with(&format!("plan saved to {plan}\n")), "{}", ran.stderr);
}

fn json(desk: &Desk, file: &str) -> Value {
    serde_json::from_slice(&desk.read(file)).unwrap()
}

/// Everything that applying could change: the directory's bytes, and mails.
fn state(desk: &Desk, directory: &str) -> (Vec<u8>, bool) {
    (desk.read(directory), desk.path("outbox").exists())
}

fn apply(desk: &Desk, plan: &str, directory: &str) -> Ran {
    desk.harness(&["apply", plan, "--settings", "settings.toml", "--directory", directory])
}

/// Gives the file the hash that it has after a change, as its writer would.
fn rehash(file: &mut Value) {
    let plan: Plan = serde_json::from_value(file["plan"].clone()).unwrap();
    let tenant = file["tenant"].as_str().unwrap();
    file["hash"] = hash::of(&plan, tenant, file["directory"].as_str()).into();
}

/// Changes `plan.json`, recomputes its hash, and has it applied to a directory: refused, with nothing changed. Gives the
/// reason.
fn refused(desk: &Desk, directory: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut file = json(desk, "plan.json");
    edit(&mut file);
    rehash(&mut file);
    desk.write("forged.json", file.to_string());
    refused_as_it_is(desk, "forged.json", directory)
}

fn refused_as_it_is(desk: &Desk, plan: &str, directory: &str) -> String {
    let before = state(desk, directory);
    let ran = apply(desk, plan, directory);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(state(desk, directory) == before, "something was written");
    ran.stderr
}

/// The action of this ID's beginning.
fn action<'a>(file: &'a mut Value, operation: &str) -> &'a mut Value {
    let mut actions = file["plan"]["actions"].as_array_mut().unwrap().iter_mut();
    actions.find(|action| action["operation"].get(operation).is_some()).unwrap()
}

const NOT_ISSUED: &str = "this directory did not issue plan ";

#[test]
fn s19_a_plan_for_no_directory_or_another_one_is_refused() {
    let desk = desk();
    let other = json(&desk, "other.json")["directory"].clone();
    let told = refused(&desk, "other.db", |file| file["directory"] = Value::Null);
    assert!(told.contains("was planned without a directory"), "{told}");
    let told = refused(&desk, "accounts.db", |file| file["directory"] = Value::Null);
    assert!(told.contains("was planned without a directory"), "{told}");
    let told = refused(&desk, "other.db", |file| file["directory"] = other);
    assert!(told.contains(NOT_ISSUED), "{told}");
    let told = refused_as_it_is(&desk, "plan.json", "other.db");
    assert!(told.contains("is a plan for directory "), "{told}");
}

#[test]
fn s19_a_plan_with_changed_values_is_refused_whatever_its_hash() {
    let desk = desk();
    for (what, edit) in [
        (
            "a new account's address",
            (|file| action(file, "Create")["operation"]["Create"]["email"] = json!("eve@evil.example"))
                as fn(&mut Value),
        ),
        ("one action less", |file| drop(file["plan"]["actions"].as_array_mut().unwrap().pop())),
        ("the order", |file| file["plan"]["actions"].as_array_mut().unwrap().reverse()),
        ("somebody's name", |file| file["names"]["4703"] = json!("Somebody Else")),
        ("a notice", |file| file["plan"]["notices"] = json!([])),
        ("how much was read", |file| file["employees"] = json!(9)),
        ("when it was planned", |file| file["planned"] = json!("2030-01-01T00:00:00Z")),
    ] {
        let told = refused(&desk, "accounts.db", edit);
        assert!(told.contains(NOT_ISSUED), "{what}: {told}");
    }
    assert_eq!(apply(&desk, "plan.json", "accounts.db").code, Some(0), "the plan itself is still good");
}

#[test]
fn s19_a_plan_of_another_tenant_is_refused_whatever_its_hash() {
    let desk = desk();
    desk.settings("Personio Acme", "Personio Beta");
    let told = refused(&desk, "accounts.db", |file| file["tenant"] = json!("Personio Beta"));
    assert!(told.contains(NOT_ISSUED), "{told}");
}

#[test]
fn s04_s19_a_plan_that_locks_everybody_out_is_refused_and_asks_for_no_approval() {
    let desk = desk();
    let told = refused(&desk, "accounts.db", |file| {
        let accounts = json(&desk, "directory.json")["accounts"].clone();
        let lock = |account: &Value| {
            let id = account["id"].as_str().unwrap();
            let change = json!({"field": "Status", "before": account["status"], "after": "inactive"});
            json!({"id": format!("update:{id}"), "employee": account["employee"], "account": id, "version": 1,
                "operation": {"Update": [change]}, "reason": "source-differs"})
        };
        let linked = accounts.as_array().unwrap().iter().filter(|account| account["employee"].is_string());
        file["plan"]["actions"] = linked.map(lock).collect();
        file["plan"]["verdict"] = json!("Ready");
    });
    assert!(told.contains(NOT_ISSUED), "{told}");
}

#[test]
fn s19_a_saved_plan_is_applied_once() {
    let desk = desk();
    assert_eq!(apply(&desk, "plan.json", "accounts.db").code, Some(0));
    let before = state(&desk, "accounts.db");
    let ran = apply(&desk, "plan.json", "accounts.db");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("was applied before"), "{}", ran.stderr);
    assert!(state(&desk, "accounts.db") == before);
}
