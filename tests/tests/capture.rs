//! `harness cassette`: a capture from another tool becomes a cassette that works, and a cassette comes back from a capture
//! as it was.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use connector_cassette::cassette::read_folder;
use serde_json::Value as Json;
use whole_system_tests::{component, fixture, repository};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// Whatever of the capture must not be in a cassette of it.
const SECRETS: [&str; 3] =
    ["live-secret-of-a-customer-77", "papi-eyJ0-captured-live-token-0001", "pers_session_5d9f0aa1b2"];
const PEOPLE: [&str; 9] =
    ["rosalind", "achterberg", "ignatius", "quellmann", "philomena", "zwirner", "88001", "88002", "88003"];

fn capture() -> PathBuf {
    repository().join("tests/captures/proxy.har")
}

fn harness(arguments: &[&str]) -> Output {
    Command::new(HARNESS).args(arguments).env("SECRET", "any").output().unwrap()
}

fn cassette(arguments: &[&str]) -> Output {
    harness(&[&["cassette"], arguments].concat())
}

fn shown(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every byte of a folder, in lower case.
fn everything_in(folder: &Path) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect::<String>().to_lowercase()
}

/// Plans with a cassette; gives the run.
fn replayed(recording: &Path) -> Json {
    let place = tempfile::tempdir().unwrap();
    let settings = place.path().join("settings.toml");
    let text =
        "name = \"Capture\"\ntype = \"personio\"\nclient-id = \"papi-capture\"\nclient-secret = { env = \"SECRET\" }\n";
    fs::write(&settings, text).unwrap();
    let (directory, component) = (place.path().join("new.db"), component());
    let output = harness(&[
        "sync",
        "--dry-run",
        "--format",
        "json",
        "--settings",
        path(&settings),
        "--replay",
        path(recording),
        "--directory",
        path(&directory),
        "--component",
        path(&component),
    ]);
    assert!(output.status.success(), "{}", shown(&output));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("never used") && !told.contains("not in the recording"), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_capture_becomes_a_cassette_that_works_and_names_nobody() {
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("recording");
    let output = cassette(&["import", path(&capture()), "--to", path(&recording)]);
    assert!(output.status.success(), "{}", shown(&output));
    let text = everything_in(&recording) + &shown(&output).to_lowercase();
    for gone in SECRETS.iter().chain(&PEOPLE) {
        assert!(!text.contains(&gone.to_lowercase()), "{gone}");
    }
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("left out: OPTIONS https://api.personio.de/v1/auth: this method is not one"), "{told}");
    assert!(
        told.contains("left out: GET https://assets.personio.de/logo.png: its response was captured without"),
        "{told}"
    );
    let run = replayed(&recording);
    assert_eq!(
        (&run["counts"]["read"], &run["counts"]["created"], &run["counts"]["supervisors"]),
        (&3.into(), &2.into(), &1.into()),
        "{run}"
    );
}

/// The capture with something else in it, as a file in a folder.
fn changed(place: &Path, change: impl FnOnce(&mut Vec<Json>)) -> PathBuf {
    let mut har: Json = serde_json::from_slice(&fs::read(capture()).unwrap()).unwrap();
    change(har["log"]["entries"].as_array_mut().unwrap());
    let file = place.join("changed.har");
    fs::write(&file, har.to_string()).unwrap();
    file
}

#[test]
fn what_may_name_somebody_is_left_out_whatever_it_was_answered() {
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("recording");
    let har = changed(place.path(), |entries| {
        for (url, status) in [
            ("https://api.personio.de/v1/company/employees/88001", 404),
            ("https://api.personio.de/v1/company/employees/88001?x=y", 200),
            ("https://api.personio.de/v1/company/employees?last_name=Achterberg", 200),
        ] {
            let mut entry = entries.last().unwrap().clone();
            entry["request"]["url"] = url.into();
            entry["response"]["status"] = status.into();
            entries.push(entry);
        }
    });
    let output = cassette(&["import", path(&har), "--to", path(&recording)]);
    assert!(output.status.success(), "{}", shown(&output));
    let text = everything_in(&recording) + &shown(&output).to_lowercase();
    for gone in PEOPLE {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    let told = shown(&output);
    assert_eq!(told.matches("left out: GET https://api.personio.de/v1/company/…: ").count(), 3, "{told}");
    assert_eq!(replayed(&recording)["counts"]["created"], 2);
}

#[test]
fn cookies_are_secrets_though_the_tool_did_not_take_them_apart() {
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("recording");
    let har = changed(place.path(), |entries| {
        for entry in entries.iter_mut() {
            entry["request"]["cookies"] = Json::Array(Vec::new());
            entry["response"]["cookies"] = Json::Array(Vec::new());
        }
        let text = entries[1]["response"]["content"]["text"].as_str().unwrap();
        entries[1]["response"]["content"]["text"] =
            text.replacen('{', r#"{"note":"HttpOnly pers_session_5d9f0aa1b2","#, 1).into();
    });
    let output = cassette(&["import", path(&har), "--to", path(&recording), "--keep-people"]);
    assert!(output.status.success(), "{}", shown(&output));
    let text = everything_in(&recording);
    assert!(text.contains("httponly [secret]") && !text.contains("pers_session"), "{text}");
}

#[test]
fn what_a_log_in_answers_is_looked_for_elsewhere_and_the_words_beside_it_are_not() {
    for (kind, answer) in [
        ("application/x-www-form-urlencoded; charset=utf-8", "access_token=tok_5d9f0aa1b2&scope=employees%3Aread"),
        ("application/json", r#"{"token":{"value":"tok_5d9f0aa1b2","scope":"employees:read"}}"#),
    ] {
        let place = tempfile::tempdir().unwrap();
        let recording = place.path().join("recording");
        let har = changed(place.path(), |entries| {
            entries[0]["response"]["content"]["mimeType"] = kind.into();
            entries[0]["response"]["content"]["text"] = answer.into();
            let text = entries[1]["response"]["content"]["text"].as_str().unwrap();
            entries[1]["response"]["content"]["text"] =
                text.replacen('{', r#"{"note":"tok_5d9f0aa1b2 may do employees:read","#, 1).into();
        });
        let output = cassette(&["import", path(&har), "--to", path(&recording), "--keep-people"]);
        assert!(output.status.success(), "{}", shown(&output));
        let text = everything_in(&recording);
        assert!(text.contains("[secret] may do employees:read") && !text.contains("tok_5d9f"), "{kind}: {text}");
    }
}

#[test]
fn what_an_export_made_up_is_not_taken_for_a_secret() {
    let place = tempfile::tempdir().unwrap();
    let [first, har, second] = ["first", "it.har", "second"].map(|name| place.path().join(name));
    for arguments in [
        ["import", path(&capture()), "--to", path(&first), "--keep-people"].as_slice(),
        &["export", path(&first), "--to", path(&har)],
        &["import", path(&har), "--to", path(&second), "--keep-people"],
    ] {
        let output = cassette(arguments);
        assert!(output.status.success(), "{}", shown(&output));
    }
    assert!(everything_in(&second).contains("recorded-this-opens-nothing"));
    assert_eq!(everything_in(&second), everything_in(&first));
}

#[test]
fn people_can_be_kept_and_secrets_cannot() {
    let place = tempfile::tempdir().unwrap();
    let recording = place.path().join("recording");
    let output = cassette(&["import", path(&capture()), "--to", path(&recording), "--keep-people"]);
    assert!(shown(&output).contains("WARNING"), "{}", shown(&output));
    let text = everything_in(&recording);
    for kept in PEOPLE {
        assert!(text.contains(kept), "{kept}");
    }
    for gone in SECRETS {
        assert!(!text.contains(&gone.to_lowercase()), "{gone}");
    }
    assert_eq!(replayed(&recording)["counts"]["created"], 2);
}

#[test]
fn a_cassette_survives_the_round_trip_through_har() {
    for company in ["acme", "nordwind"] {
        let place = tempfile::tempdir().unwrap();
        let (har, back) = (place.path().join("it.har"), place.path().join("back"));
        let recording = fixture(company).join("exchanges");
        let output = cassette(&["export", path(&recording), "--to", path(&har)]);
        assert!(output.status.success(), "{}", shown(&output));
        let output = cassette(&["import", path(&har), "--to", path(&back), "--keep-people"]);
        assert!(output.status.success(), "{}", shown(&output));
        assert_eq!(comparable(&back), comparable(&recording), "{company}");
    }
}

/// A cassette's exchanges, without what is redacted on the way: client IDs, credentials in answers, and the fields of their
/// headers that no connector looks at.
fn comparable(folder: &Path) -> Vec<Json> {
    let exchanges = read_folder(folder).unwrap();
    let mut all: Vec<Json> = exchanges.iter().map(|(_, exchange)| serde_json::to_value(exchange).unwrap()).collect();
    for exchange in &mut all {
        if let Some(token) = exchange.pointer_mut("/response/json/data/token") {
            *token = "a token".into();
        }
        if let Some(client) = exchange.pointer_mut("/request/form/client_id") {
            *client = "a client".into();
        }
        if let Some(headers) = exchange.pointer_mut("/response/headers").and_then(Json::as_object_mut) {
            headers.retain(|name, _| name == "content-type");
        }
    }
    all
}

#[test]
fn files_that_are_not_captures_are_told_apart() {
    let place = tempfile::tempdir().unwrap();
    let (file, to) = (place.path().join("x.har"), place.path().join("to"));
    for (text, words) in [
        ("<html>", "is not an HTTP Archive: failed to decode HAR JSON"),
        ("{}", "is not an HTTP Archive: HAR document must contain a top-level `log`"),
        (r#"{"log":{"version":"2.0"}}"#, "unsupported HAR version `2.0`"),
        (r#"{"log":{"version":"1.2","creator":{"name":"","version":""},"entries":[]}}"#, "can be replayed"),
    ] {
        fs::write(&file, text).unwrap();
        let output = cassette(&["import", path(&file), "--to", path(&to)]);
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        assert!(shown(&output).contains(words), "{}", shown(&output));
        assert!(!to.exists());
    }
    let output = cassette(&["import", "no/such.har", "--to", path(&to)]);
    assert!(shown(&output).contains("no/such.har: "), "{}", shown(&output));
    let har = fs::read(capture()).unwrap();
    fs::write(&file, har).unwrap();
    let output = cassette(&["export", path(&fixture("acme").join("exchanges")), "--to", path(&file)]);
    assert_eq!(output.status.code(), Some(1), "a file that is there is left alone: {}", shown(&output));
}
