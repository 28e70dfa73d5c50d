//! No output of a run holds a secret, and none names a person unless that was asked for, at any log level.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;

use axum::Router;
use axum::http::Uri;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use whole_system_tests::component;
use whole_system_tests::desk::{Desk, Ran, SECRET};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// The token that the recorded log-in gives, in the body and in a header.
const TOKEN: &str = "papi-recorded-for-acme-opens-nothing";

fn desk(level: &str) -> Desk {
    Desk::furnished(HARNESS, "acme").variable("HARNESS_LOG", level)
}

/// Where answers come from.
const REPLAY: [&str; 2] = ["--replay", "exchanges"];

/// Every byte that a plan, its approval and a sync leave behind, by where it is.
fn everything(desk: &Desk, source: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let component = component();
    let component = component.to_string_lossy();
    let run = |verb: &str, more: &[&str]| {
        let those = ["--settings", "settings.toml", "--directory", "accounts.db", "--component", &*component];
        desk.harness(&[&[verb], &those[..], source, more].concat())
    };
    let keep = |name: &str, ran: Ran| {
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
        [(format!("{name}'s stdout"), ran.stdout.into_bytes()), (format!("{name}'s stderr"), ran.stderr.into_bytes())]
    };
    let mut left: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    left.extend(keep("plan", run("plan", &["--save", "plan.json"])));
    left.extend(keep("sync", run("sync", &["--format", "json"])));
    left.extend(keep("sync again", run("sync", &[])));
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
    // "papi-" alone is not a secret: half of one is long enough to be nothing else.
    assert!(half.len() >= 12);
    vec![secret.to_owned(), half, encoded]
}

/// Nothing that was left behind holds a secret, and the log says that each of these was at work.
fn hold_no_secret(left: &BTreeMap<String, Vec<u8>>, logged: &[&str]) {
    for part in ["plan's stderr", "sync's stdout", "./accounts.db", "./plan.json"] {
        assert!(left.contains_key(part), "{part} was not looked at: {:?}", left.keys());
    }
    assert_eq!(left.keys().filter(|place| place.starts_with("outbox/")).count(), 4, "{:?}", left.keys());
    let log = left.get("sync's stderr").expect("looked at");
    for words in logged {
        assert!(holds(log, words), "{words} was not logged, so that it was not looked at");
    }
    for (place, bytes) in left {
        for secret in forms(SECRET).iter().chain(&forms(TOKEN)) {
            assert!(!holds(bytes, secret), "{place} holds {secret}");
        }
    }
}

#[test]
fn no_byte_of_a_run_at_the_loudest_level_holds_a_secret() {
    let desk = desk("trace");
    hold_no_secret(&everything(&desk, &REPLAY), &["TRACE"]);
}

/// Serves the cassette over a socket until the runtime goes; every answer repeats the secrets in a header field.
fn serve(desk: &Desk) -> (tokio::runtime::Runtime, String) {
    let recorded: BTreeMap<String, Value> = desk
        .files("exchanges")
        .into_values()
        .map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("JSON"))
        .map(|exchange| {
            let url: Uri = exchange["request"]["url"].as_str().and_then(|url| url.parse().ok()).expect("a URL");
            (url.path().to_owned(), exchange["response"]["json"].clone())
        })
        .collect();
    let answer = move |uri: Uri| async move {
        let body = axum::Json(recorded.get(uri.path()).cloned());
        let headers = [("x-echo", format!("{SECRET} {TOKEN}")), ("authorization", format!("Bearer {TOKEN}"))];
        (headers, body).into_response() as Response
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    runtime.spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (runtime, origin)
}

#[test]
fn no_byte_of_a_live_run_at_the_loudest_level_holds_a_secret() {
    let desk = desk("trace");
    let (_runtime, origin) = serve(&desk);
    desk.settings("type = \"personio\"", &format!("type = \"personio\"\nendpoint = \"{origin}\""));
    let left = everything(&desk, &["--live", "--allow-origin", &origin]);
    // What reqwest and hyper say of each connection.
    hold_no_secret(&left, &["TRACE", "starting new connection", "Http::connect"]);
}

/// Names and addresses of everybody in the cassette.
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
