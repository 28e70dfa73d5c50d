//! `harness mock` as a command: a company's file, faults from the command line and from a file, and a sync with it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it fails")]

use std::fs;
use std::process::Command;

use personio_mock::CLIENT_SECRET;
use serde_json::{Value, json};
use whole_system_tests::mock_process::MockProcess;
use whole_system_tests::{component, repository};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

fn body(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_company_a_flag_and_a_scenario_are_what_a_sync_meets() {
    let arguments = [
        "--company",
        "tests/fixtures/mock/company.json",
        "--scenario",
        "tests/fixtures/mock/scenario.toml",
        "--fault",
        "gzip@auth:1",
        "--hide",
        "team",
        "--labels",
        "en",
    ];
    let stand_in = MockProcess::start(HARNESS, repository(), &arguments).unwrap();
    assert!(stand_in.said.contains("with 5 people"), "{}", stand_in.said);
    let faults = body(&stand_in.get("/_admin/faults").unwrap());
    let names: Vec<&Value> = faults["fault"].as_array().unwrap().iter().map(|rule| &rule["fault"]).collect();
    assert_eq!(names, ["gzip", "busy", "bad-gateway", "join"]);

    // The settings it prints, as a person saves them.
    let folder = tempfile::tempdir().unwrap();
    let lines = stand_in.said.lines().skip_while(|line| !line.contains("settings.toml:")).skip(2);
    let settings: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(str::trim).collect();
    fs::write(folder.path().join("settings.toml"), settings.join("\n")).unwrap();
    let output = Command::new(HARNESS)
        .current_dir(folder.path())
        .args(["sync", "--settings", "settings.toml", "--live", "--allow-origin", &stand_in.origin, "--dry-run"])
        .args(["--directory", "directory.db", "--format", "json", "--component"])
        .arg(component())
        .env("MOCK_CLIENT_SECRET", CLIENT_SECRET)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The fifth has no address, and the sixth came while it was read.
    let counts = &run["counts"];
    assert_eq!((&counts["read"], &counts["created"], &counts["rejected"]), (&json!(6), &json!(4), &json!(1)), "{run}");
    assert!(!run["actions"].to_string().contains("Frühschicht"), "the credential may not see teams");

    let requests = body(&stand_in.get("/_admin/requests").unwrap());
    let met = |request: &Value| (request["status"].as_u64().unwrap(), request["faults"].to_string());
    let met: Vec<(u64, String)> = requests.as_array().unwrap().iter().map(met).collect();
    for expected in [(200, "[\"gzip\"]"), (429, "[\"busy\"]"), (502, "[\"bad-gateway\"]"), (200, "[\"join\"]")] {
        assert!(met.iter().any(|(status, faults)| (*status, faults.as_str()) == expected), "{expected:?}: {met:?}");
    }
}

#[test]
fn a_command_that_cannot_start_says_why() {
    for (arguments, words) in [
        (["--company", "no-such-file.json"].as_slice(), "no-such-file.json"),
        (&["--company", "3", "--fault", "bussy"], "did you mean `busy`?"),
        (&["--company", "3", "--hide", "salary"], "salary"),
        (&["--company", "3", "--scenario", "no-such.toml"], "no-such.toml"),
    ] {
        let output = Command::new(HARNESS).arg("mock").args(["--port", "0"]).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && told.contains(words), "{arguments:?}: {told}");
    }
}

#[test]
fn the_help_says_what_every_fault_does_and_what_a_company_is() {
    let output = Command::new(HARNESS).args(["mock", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for (written, meaning) in personio_mock::Fault::table() {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{written} ")));
        assert!(line.is_some_and(|line| line.ends_with(&meaning)), "{written}: {help}");
    }
    assert!(help.contains("first_name") && help.contains("supervisor"), "{help}");
}
