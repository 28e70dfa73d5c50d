//! No output of a run holds a secret, and none that is not asked for holds a person, however much is asked for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;

use serde_json::Value;
use whole_system_tests::desk::{Desk, Ran, SECRET};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// The token that the recorded log-in gives, in the body and in a header.
const TOKEN: &str = "papi-recorded-for-acme-opens-nothing";

fn desk(level: &str) -> Desk {
    Desk::furnished(HARNESS, "acme").variable("HARNESS_LOG", level)
}

/// Every byte that a plan, its approval and a sync leave behind, by where it is.
fn everything(desk: &Desk) -> BTreeMap<String, Vec<u8>> {
    let keep = |name: &str, ran: Ran| {
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
        [(format!("{name}'s stdout"), ran.stdout.into_bytes()), (format!("{name}'s stderr"), ran.stderr.into_bytes())]
    };
    let mut left: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    left.extend(keep("plan", desk.replay("plan", &["--save", "plan.json"])));
    left.extend(keep("sync", desk.replay("sync", &["--format", "json"])));
    left.extend(keep("sync again", desk.replay("sync", &[])));
    left.extend(keep("show", desk.harness(&["directory", "show", "--directory", "accounts.db"])));
    for folder in [".", "outbox"] {
        let ours = desk.files(folder).into_iter().filter(|(name, _)| name != "settings.toml");
        left.extend(ours.map(|(name, bytes)| (format!("{folder}/{name}"), bytes)));
    }
    left
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A secret in the forms in which it could slip through.
fn forms(secret: &str) -> Vec<String> {
    let half = secret.get(..secret.len() / 2).expect("ASCII").to_owned();
    let encoded = secret.replace('-', "%2D");
    // "papi-" alone is no secret: half of one is long enough to be nothing else.
    assert!(half.len() >= 12);
    vec![secret.to_owned(), half, encoded]
}

#[test]
fn no_byte_of_a_run_at_the_loudest_level_holds_a_secret() {
    let desk = desk("trace");
    let left = everything(&desk);
    for part in ["plan's stderr", "sync's stdout", "./accounts.db", "./plan.json"] {
        assert!(left.contains_key(part), "{part} was not looked at: {:?}", left.keys());
    }
    assert_eq!(left.keys().filter(|place| place.starts_with("outbox/")).count(), 4, "{:?}", left.keys());
    let log = left.get("sync's stderr").expect("looked at");
    assert!(holds(log, "TRACE") || holds(log, "DEBUG"), "nothing was logged, so that nothing was looked for");
    for (place, bytes) in &left {
        for secret in forms(SECRET).iter().chain(&forms(TOKEN)) {
            assert!(!holds(bytes, secret), "{place} holds {secret}");
        }
    }
}

/// Names and addresses of everybody in the recording.
fn people(desk: &Desk) -> Vec<String> {
    let pages = desk.files("exchanges").into_values();
    let pages = pages.map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("JSON"));
    let rows: Vec<Value> = pages
        .filter_map(|page| page.pointer("/response/json/data").and_then(Value::as_array).cloned())
        .flatten()
        .collect();
    let texts = rows.iter().flat_map(|row| {
        ["first_name", "last_name", "email"]
            .map(|name| row["attributes"][name]["value"].as_str().unwrap_or_default().to_owned())
    });
    texts.filter(|text| !text.is_empty()).collect()
}

#[test]
fn stderr_names_nobody_up_to_the_level_info() {
    for level in ["info", "warn", "error"] {
        let desk = desk(level);
        let people = people(&desk);
        assert_eq!(people.len(), 12 * 3 - 1, "everybody but one has an address");
        for verb in ["plan", "sync"] {
            let ran = desk.replay(verb, &[]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            assert!(ran.stdout.contains("Jonas Albrecht"), "the person who asked is told");
            for person in &people {
                assert!(!ran.stderr.contains(person.as_str()), "{level}: {person} in {}", ran.stderr);
            }
        }
    }
}
