//! `harness check`: passes for connectors that keep the contract, and for each promise that one breaks, its own check
//! fails and no other. Every check has a component here that fails it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use connector_conformance::{Finding, Fixture, Judgement, Outcome, Report, check};
use connector_host::sandbox::Host;
use personio_mock::company::Company;
use personio_mock::{CLIENT_ID, CLIENT_SECRET, MockOptions, Server};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use whole_system_tests::{component, fixture, guests};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

async fn host() -> &'static Host {
    static HOST: OnceCell<Host> = OnceCell::const_new();
    HOST.get_or_init(|| async { Host::builder().tenants(16).build().expect("a host") }).await
}

/// A source of three people on two pages, for a connector that breaks one promise.
fn company(breaks: &str, connector: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let exchanges = folder.path().join("exchanges");
    fs::create_dir(&exchanges).unwrap();
    let settings =
        format!("name = \"{breaks}\"\ntype = \"{connector}\"\nclient-id = \"id\"\nclient-secret = {{ env = \"X\" }}\n");
    fs::write(folder.path().join("settings.toml"), settings).unwrap();
    let person =
        |id: u32| format!(r#"{{"id":"{id}","email":"p{id}@example.com","first":"Ada{id}","last":"Lace{id}"}}"#);
    let (one, two, three) = (person(1), person(22), person(333));
    let get = |path: &str, more: &str| format!(r#"{{"method":"GET","url":"https://api.example.com{path}"{more}}}"#);
    let login =
        r#"{"method":"POST","url":"https://api.example.com/login","form":{"id":"id","secret":{"secret":true}}}"#;
    let bearer = r#","authorization":"bearer""#;
    for (number, request, answer) in [
        (1, login.to_owned(), r#"{"token":"papi-token-for-nothing"}"#.to_owned()),
        (2, get("/people?from=0", bearer), format!(r#"{{"people":[{one},{two}],"next":2,"total":3}}"#)),
        (3, get("/people?from=2", bearer), format!(r#"{{"people":[{three}],"total":3}}"#)),
        // What only those ask for that want the token in their own hands.
        (4, get("/session", ""), r#"{"token":"papi-another-for-nothing"}"#.to_owned()),
    ] {
        let text = format!(r#"{{"request":{request},"response":{{"status":200,"json":{answer}}}}}"#);
        fs::write(exchanges.join(format!("000{number}.json")), text).unwrap();
    }
    folder
}

async fn report(component: &Path, folder: &Path) -> Report {
    check(host().await, component, Some(&Fixture::open(folder).unwrap())).await
}

fn failed(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| finding.outcome == Outcome::Failed).collect()
}

/// One row: what is broken, the checks that fail, and words of the first one's reason.
async fn fails(breaks: &str, checks: &[&str], words: &str) {
    let component = guests::component("broken").unwrap();
    let report = report(&component, company(breaks, "broken").path()).await;
    let failed = failed(&report);
    assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), checks, "{}", report.text());
    assert!(failed[0].reason.contains(words), "{}", report.text());
}

/// Rows to tests.
macro_rules! broken {
    ($($name:ident: $breaks:literal => $($check:literal)|+, $words:literal;)+) => {
        /// The checks that a row fails.
        const FAILED: &[&str] = &[$($($check),+),+];

        $(
            #[tokio::test]
            async fn $name() {
                fails($breaks, &[$($check),+], $words).await;
            }
        )+
    };
}

broken! {
    takes_any_settings: "takes-any-settings" => "settings", "when group-assignment is unknown: it accepts the settings";
    names_no_setting: "names-no-setting" => "settings", "no problem names this setting as its subject";
    gives_no_remedy: "gives-no-remedy" => "settings", "its problem has an empty remedy";
    asks_before_it_checks: "asks-before-it-checks" => "settings", "it sends a request before it checks the settings";
    turns_pages_round: "turns-pages-round" => "pages", "has different employees when asked for again";
    remembers_cursors: "remembers-cursors" => "pages", "Never gave that cursor";
    goes_elsewhere: "goes-elsewhere" => "origins", "1 requests went to origins that its manifest does not name";
    maps_by_mood: "maps-by-mood" => "mapping", "a record is mapped differently when asked again";
    mixes_mapped_pages: "mixes-mapped-pages" => "mapping", "fetch-mapped: records different from";
    loses_in_mapped_pages: "loses-in-mapped-pages" => "mapping", "fetch-mapped: records different from";
    ends_mapped_pages: "ends-mapped-pages" => "mapping", "fetch-mapped: next cursor different from";
    plans_by_mood: "plans-by-mood" => "planning", "a different plan for the same source and directory";
    plans_by_order: "plans-by-order" => "planning", "different notices when employees and accounts come in another order";
    never_done: "never-done" => "convergence", "after 3 actions were applied, 3 are left, the first of them";
    forgets_damaged_records: "forgets-damaged-records" => "mapping", "fetch-mapped: records different from";
    panics_at_its_first_page: "panics-at-first-page" => "pages", "fetch-page: the connector panicked";
    panics_at_records: "panics-at-records" => "junk", "given nothing: map-employee: the connector panicked";
    panics_at_cursors: "panics-at-cursors" => "junk", "given nothing as a cursor: fetch-page: the connector panicked";
    panics_at_settings: "panics-at-settings" => "junk", "given nothing as partner-id: configure: the connector panicked";
    panics_at_answers: "panics-at-answers" => "junk", "given nothing as the source's response: fetch-page: the connector";
    panics_at_plans: "panics-at-plans" => "junk", "given nobody: plan-actions: the connector panicked";
    logs_the_token: "logs-the-token" => "secrets", "a secret is in the log";
    puts_the_token_into_a_url: "puts-the-token-into-a-url" => "secrets", "plain text in the URL of a request to /people";
    hungry: "hungry" => "resources", "MiB of memory: more than half of the limit memory-mib = 256";
}

#[tokio::test]
async fn a_connector_that_breaks_nothing_passes_every_check() {
    let component = guests::component("broken").unwrap();
    let report = report(&component, company("well", "broken").path()).await;
    assert!(report.findings.iter().all(|finding| finding.outcome == Outcome::Passed), "{}", report.text());
    assert_eq!(report.findings.len(), 13);
}

/// What is broken before there are settings: a name written over the one in the component's bytes, the one check that
/// fails, and words of its reason.
const OUTSIDE: [(&str, &str, &str); 2] = [
    ("requires-nothing", "manifest", "it requires no attribute"),
    ("works-at-once", "unconfigured", "fetch-page: it works before `configure`"),
];

/// The component's bytes, with another name in the place that says what it breaks.
fn renamed(breaks: &str) -> Vec<u8> {
    let mut bytes = fs::read(guests::component("broken").unwrap()).unwrap();
    let (from, to) = (b"breaks:nothing-outside----------", format!("{:-<32}", format!("breaks:{breaks}")));
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert_eq!(places.len(), 1, "the name stands once in the component");
    bytes[places[0]..places[0] + from.len()].copy_from_slice(to.as_bytes());
    bytes
}

#[tokio::test]
async fn what_is_broken_before_there_are_settings_fails_its_own_check() {
    for (breaks, check, words) in OUTSIDE {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), renamed(breaks)).unwrap();
        let report = report(file.path(), company("well", "broken").path()).await;
        let failed = failed(&report);
        assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), [check], "{}", report.text());
        assert!(failed[0].reason.contains(words), "{}", report.text());
    }
}

/// The component with this name in its bytes, judged with a fixture or without.
async fn renamed_report(breaks: &str, folder: Option<&Path>) -> Report {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), renamed(breaks)).unwrap();
    check(host().await, file.path(), folder.map(|folder| Fixture::open(folder).unwrap()).as_ref()).await
}

/// Without traffic it logs in at a source that takes anybody, and is asked for its first page there.
#[tokio::test]
async fn a_connector_that_panics_at_its_first_page_fails_without_a_fixture_too() {
    let report = renamed_report("panics-at-first-page", None).await;
    let failed = failed(&report);
    assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["junk"], "{}", report.text());
    let words = "given a log-in that succeeds as the source's response: fetch-page: the connector panicked";
    assert!(failed[0].reason.contains(words), "{}", report.text());
}

#[tokio::test]
async fn a_connector_that_makes_no_requests_is_checked_whole() {
    let report = renamed_report("asks-nobody", None).await;
    assert_eq!(report.judgement(), Judgement::Passed, "without a fixture: {}", report.text());
    let folder = company("well", "broken");
    fs::remove_dir_all(folder.path().join("exchanges")).unwrap();
    for exchanges in ["there is no folder", "the folder is empty"] {
        let report = renamed_report("asks-nobody", Some(folder.path())).await;
        assert_eq!(
            (report.judgement(), report.findings.len()),
            (Judgement::Passed, 13),
            "{exchanges}: {}",
            report.text()
        );
        assert!(report.text().contains("contacted no origin"), "{exchanges}: {}", report.text());
        let report = renamed_report("asks-nobody-and-panics", Some(folder.path())).await;
        let failed = failed(&report);
        assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["pages"], "{}", report.text());
        fs::create_dir_all(folder.path().join("exchanges")).unwrap();
    }
    let report = renamed_report("asks-nobody-and-panics", None).await;
    assert!(failed(&report)[0].reason.contains("fetch-page: the connector panicked"), "{}", report.text());
}

#[tokio::test]
async fn a_connector_that_makes_requests_fails_with_an_empty_fixture() {
    let folder = company("well", "broken");
    fs::remove_dir_all(folder.path().join("exchanges")).unwrap();
    let report = report(&guests::component("broken").unwrap(), folder.path()).await;
    let failed = failed(&report);
    assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["pages"], "{}", report.text());
    assert!(failed[0].reason.contains("the fixture has no recorded exchanges"), "{}", report.text());
}

#[tokio::test]
async fn every_import_is_listed_by_its_full_name_and_by_what_is_behind_it() {
    let ours = check(host().await, &component(), None).await;
    let imports = ours.findings.iter().find(|finding| finding.check == "imports").unwrap();
    assert!(imports.reason.starts_with("4 of the contract: elearnio:connector/http@0.2.0, "), "{}", imports.reason);
    assert!(!imports.reason.contains("of WASI"), "{}", imports.reason);
    let bytes = guests::dummy_of_contract(
        "package test:test;
         world test {
             include elearnio:connector/plugin@0.2.0;
             import wasi:cli/environment@0.2.0;
             import wasi:sockets/tcp@0.2.0;
         }
         package wasi:cli@0.2.0 { interface environment { get-arguments: func() -> list<string>; } }
         package wasi:sockets@0.2.0 { interface tcp { resource tcp-socket; drop: func(it: tcp-socket); } }",
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes.unwrap()).unwrap();
    let report = check(host().await, file.path(), None).await;
    let imports = report.findings.iter().find(|finding| finding.check == "imports").unwrap();
    let stubs = "2 of WASI, linked with nothing granted: wasi:cli/environment@0.2.0, wasi:sockets/tcp@0.2.0";
    assert!(imports.outcome == Outcome::Passed && imports.reason.contains(stubs), "{}", report.text());
    assert_eq!(report.imports.stubbed, ["wasi:cli/environment@0.2.0", "wasi:sockets/tcp@0.2.0"]);
}

#[tokio::test]
async fn every_check_has_a_component_that_fails_it() {
    let component = guests::component("broken").unwrap();
    let report = report(&component, company("well", "broken").path()).await;
    let checks: BTreeSet<&str> = report.findings.iter().map(|finding| finding.check).collect();
    let outside = OUTSIDE.iter().map(|(_, check, _)| *check);
    let failed: BTreeSet<&str> = FAILED.iter().copied().chain(outside).chain(FOREIGN).collect();
    assert_eq!(failed, checks);
}

/// The checks that a component for another host fails.
const FOREIGN: [&str; 2] = ["contract", "imports"];

#[tokio::test]
async fn components_for_another_host_fail_before_anything_runs() {
    let world = |version: &str, import: &str, package: &str| {
        guests::dummy(&format!(
            "package test:test;
             world test {{
                 {import}
                 export elearnio:connector/manifest@{version};
                 export elearnio:connector/connector@{version};
             }}
             package elearnio:connector@{version} {{
                 interface manifest {{ describe: func(); }}
                 interface connector {{ configure: func(); }}
             }}
             {package}"
        ))
        .unwrap()
    };
    let http = "package wasi:http@0.2.0 { interface types { now: func(); } }";
    for (bytes, check_name, words) in [
        (world("0.1.0", "", ""), "contract", "it uses version 0.1.0"),
        (world("0.2.0", "import wasi:http/types@0.2.0;", http), "imports", "it imports wasi:http/types@0.2.0"),
        (b"\0asm\x01\0\0\0".to_vec(), "contract", "it is a core WebAssembly module"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        let report = check(host().await, file.path(), None).await;
        let failed = failed(&report);
        assert_eq!(failed.iter().map(|finding| finding.check).collect::<Vec<_>>(), [check_name], "{}", report.text());
        assert!(FOREIGN.contains(&check_name) && failed[0].reason.contains(words), "{}", report.text());
        let ran = |finding: &&Finding| finding.outcome != Outcome::Skipped;
        assert!(report.findings.iter().filter(ran).all(|finding| FOREIGN.contains(&finding.check)));
        assert_eq!(report.findings.len(), 13);
    }
}

/// The command, with a fixture if there is one: its exit code and what it printed.
fn command(component: &Path, fixtures: Option<PathBuf>, format: &str) -> (Option<i32>, String) {
    let mut command = Command::new(HARNESS);
    command.arg("check").arg(component).args(["--format", format]);
    if let Some(folder) = fixtures {
        command.arg("--fixtures").arg(folder);
    }
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn ours_and_the_second_connector_pass_every_check() {
    let csv = guests::component("csv-connector").unwrap();
    for (component, company) in [(component(), "acme"), (component(), "nordwind"), (csv, "csv")] {
        let (code, text) = command(&component, Some(fixture(company)), "text");
        assert_eq!(code, Some(0), "{text}");
        assert!(text.trim_end().ends_with("passed: 13 passed, 0 failed, 0 skipped"), "{text}");
    }
}

#[test]
fn what_needs_traffic_is_skipped_without_it_and_that_is_no_pass() {
    let csv = guests::component("csv-connector").unwrap();
    let (code, text) = command(&csv, None, "text");
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("skipped  pages         needs recorded traffic: give --fixtures DIR"), "{text}");
    let end = "incomplete: 5 passed, 0 failed, 8 skipped\n\
               not checked, so not passed: pages, origins, mapping, planning, convergence, junk, secrets, resources\n";
    assert!(text.ends_with(end), "{text}");
    let (code, text) = command(&csv, None, "json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &json["verdict"], &json["not_checked"][0]), (Some(4), &"incomplete".into(), &"pages".into()));
}

/// Plain http on this machine, which no manifest may name: the settings do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cassette_of_the_stand_in_is_a_fixture() {
    let server = Server::start(MockOptions::new(Company::generate("firma", 130, 3))).await.unwrap();
    let origin = server.origin();
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "name = \"Stand-in\"\ntype = \"personio\"\nclient-id = \"{CLIENT_ID}\"\nclient-secret = {{ env = \"X\" }}\n\
         endpoint = \"{origin}\"\n"
    );
    fs::write(folder.path().join("settings.toml"), settings).unwrap();
    let recorded = Command::new(HARNESS)
        .current_dir(folder.path())
        .args(["record", "--settings", "settings.toml", "--to", "exchanges", "--allow-origin", &origin, "--component"])
        .arg(component())
        .env("X", CLIENT_SECRET)
        .output()
        .unwrap();
    assert!(recorded.status.success(), "{}", String::from_utf8_lossy(&recorded.stderr));
    let (code, text) = command(&component(), Some(folder.path().to_owned()), "text");
    assert_eq!(code, Some(0), "{text}");
    let origins = format!("contacted {origin}, as the settings say; https://api.personio.de is in the manifest");
    assert!(text.contains(&origins) && text.contains("passed: 13 passed"), "{text}");
}

#[test]
fn the_json_and_the_exit_code_report_the_failure() {
    let broken = guests::component("broken").unwrap();
    let folder = company("never-done", "broken");
    let (code, text) = command(&broken, Some(folder.path().to_owned()), "json");
    assert_eq!(code, Some(1), "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["verdict"], &json["connector"]), (&"failed".into(), &"broken".into()));
    let convergence = json["checks"].as_array().unwrap().iter().find(|check| check["check"] == "convergence").unwrap();
    assert_eq!(convergence["outcome"], "failed");
    assert!(json["figures"]["peak_memory_bytes"].as_u64().unwrap() > 0);
    assert_eq!((&json["format_version"], &json["not_checked"]), (&2.into(), &serde_json::json!([])));
    assert_eq!(json["imports"]["foreign"], serde_json::json!([]));
}
