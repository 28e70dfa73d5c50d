//! `harness record`, live over loopback: what it writes holds no secret and nobody, and replays as it ran.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it fails")]

mod desk;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use connector_store::lock::DirectoryLock;
use personio_mock::company::Company;
use personio_mock::{MockOptions, Server};
use serde_json::{Value as Json, json};
use whole_system_tests::component;

use desk::{Desk, HARNESS, run_of, shown};
use source::{COOKIE, Mishap, SECRET, SESSION, Source, TOKEN, UNASKED};

/// True if a text has this word, whatever its case, and not just as a part of another.
fn has_word(text: &str, word: &str) -> bool {
    let adjoins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word)
        .any(|(at, _)| !adjoins(text[..at].chars().next_back()) && !adjoins(text[at + word.len()..].chars().next()))
}

fn assert_no_secret(text: &str) {
    for secret in [SECRET, TOKEN, COOKIE, SESSION] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

fn assert_nobody(text: &str, source: &Source) {
    let text = text.to_lowercase();
    for word in source.people() {
        assert!(!has_word(&text, &word), "{word}: {text}");
    }
    assert!(!text.contains(&UNASKED.to_lowercase()), "{text}");
}

/// What a plan does, whoever to: operations and reasons, counted.
fn shape(run: &Json) -> (Json, Vec<String>) {
    let actions = run["actions"].as_array().unwrap();
    let mut steps: Vec<_> =
        actions.iter().map(|action| format!("{} {}", action["operation"], action["reason"])).collect();
    steps.sort();
    (run["counts"].clone(), steps)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cassette_names_nobody_and_replays_to_the_very_same_plan() {
    let source = Source::acme();
    let desk = Desk::at(&source).await;
    let output = desk.record(&[]);
    let run = run_of(&output);
    assert_eq!(run["verdict"], "planned");
    let written = desk.recording();
    for text in [&written, &shown(&output)] {
        assert_no_secret(text);
        assert_nobody(text, &source);
    }
    // Departments, teams, offices, positions and choices stay: rules hang on them.
    for kept in ["Vertrieb Nord", "Hamburg", "Leiter Technik", "vielleicht", "sabbatical"] {
        assert!(written.contains(kept), "{kept}");
    }
    // The try that failed is recorded too, without its page.
    assert!(written.contains("502") && written.contains("bytes that are not JSON"), "{written}");
    // One more try than pages: the plan is the same to the last byte, for the run saw what was recorded.
    let replayed = desk.replay();
    assert_eq!(replayed["plan_hash"], run["plan_hash"]);
    assert_eq!(
        (&replayed["actions"], &replayed["counts"], &replayed["notices"]),
        (&run["actions"], &run["counts"], &run["notices"])
    );
}

/// People write what they like into what should be a choice from a list, and a source into its header fields.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cassette_names_nobody_in_free_text_either() {
    let source = Source { content_type: "application/json; from=\"Quentin Fremd\"", ..Source::acme() };
    {
        let mut employees = source.employees.lock().unwrap();
        let hostile = [
            ("status", "krank bis Montag, sagt Fremd"),
            ("status", "krank, ruft Katharina Boehm an"),
            ("position", "Nachfolge NOWAK"),
            ("position", "Leiter (49 171 1234567)"),
            ("position", "Leiter, 0049/171/7654321"),
            ("position", "Hilfe: jemand＠acme.example"),
            ("position", "Hilfe: jemand(at)acme.example"),
        ];
        for (row, (key, text)) in employees["data"].as_array_mut().unwrap().iter_mut().zip(hostile) {
            row["attributes"][key]["value"] = text.into();
            row["attributes"][key]["label"] = "Angaben von Katharina Böhm".into();
        }
        let last = employees["data"].as_array_mut().unwrap().last_mut().unwrap();
        last["attributes"]["department"]["value"]["attributes"]["name"] = "Abteilung Tomasz".into();
        last["attributes"]["team"] = json!({"label": "Team", "value": "vertritt Fr. Çelik"});
    }
    let desk = Desk::with(source::serve(&source).await, "papi-4711-real");
    run_of(&desk.record(&[]));
    let written = desk.recording();
    let told = written.to_lowercase();
    for word in
        ["fremd", "boehm", "böhm", "nowak", "tomasz", "çelik", "1234567", "7654321", "＠", "(at)", "papi-4711-real"]
    {
        assert!(!told.contains(word), "{word}: {written}");
    }
    // It still replays, with another client ID too.
    desk.replay();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_applied_run_sees_real_people_and_its_cassette_does_not() {
    let source = Source::acme();
    let desk = Desk::at(&source).await;
    let output = desk.record(&["--apply", "--directory", "acme.db"]);
    let run = run_of(&output);
    assert_eq!(run["verdict"], "done");
    let directory = Command::new(HARNESS)
        .args(["directory", "show", "--format", "json", "--directory"])
        .arg(desk.path("acme.db"))
        .output()
        .unwrap();
    assert!(shown(&directory).contains("katharina.boehm@acme.example"));
    assert_no_secret(&desk.recording());
    assert_nobody(&desk.recording(), &source);
    // Other people, and the same to do.
    assert_eq!(shape(&desk.replay()), shape(&run));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeping_people_is_said_aloud_and_keeps_no_secret() {
    let source = Source::acme();
    let desk = Desk::at(&source).await;
    let output = desk.record(&["--keep-people"]);
    let run = run_of(&output);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.matches("WARNING").count() == 2 && told.contains("personal data"), "{told}");
    let written = desk.recording();
    assert!(written.contains("katharina.boehm@acme.example"));
    assert_no_secret(&written);
    assert_eq!(desk.replay()["plan_hash"], run["plan_hash"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_cassettes_have_nobody_in_common() {
    let source = Source::acme();
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split('"').filter(|word| word.contains("@people.example"));
        words.map(str::to_owned).collect()
    };
    let mut seen = Vec::new();
    for _ in 0..2 {
        let desk = Desk::at(&source).await;
        run_of(&desk.record(&[]));
        seen.push(words(&desk.recording()));
    }
    assert!(seen[0].len() > 9 && seen[0].is_disjoint(&seen[1]), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_fails_leaves_nothing() {
    let desk = Desk::at(&Source { refuses: true, ..Source::acme() }).await;
    let output = desk.record(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("nothing was recorded"), "{}", shown(&output));
    let left: Vec<_> = fs::read_dir(desk.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["settings.toml"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_the_connector_refuses_are_wrong_settings() {
    let desk = Desk::at(&Source::acme()).await;
    let path = desk.path("settings.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings.replace("endpoint =", "partner-id = \"zwei Wörter\"\nendpoint =")).unwrap();
    let output = desk.record(&["--format", "text"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("setting-invalid: partner-id: "), "{}", shown(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_not_read_to_its_end_is_a_failure() {
    let options = MockOptions {
        client_secret: SECRET.to_owned(),
        faults: vec!["forbidden@2x*".parse().unwrap()],
        ..MockOptions::new(Company::generate("firma", 150, 1))
    };
    let server = Server::start(options).await.unwrap();
    let desk = Desk::with(server.origin(), personio_mock::CLIENT_ID);
    let output = desk.record(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(
        shown(&output).contains("nothing was recorded, because the source was not read to its end"),
        "{}",
        shown(&output)
    );
    assert!(!desk.path("recording").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_is_recorded_without_a_name_or_a_session() {
    for (mishaps, kept) in
        [(&[Mishap::Error, Mishap::Moved], "[…]"), (&[Mishap::Moved, Mishap::Html], "&session=recorded-no-secret")]
    {
        let source = Source { mishaps, ..Source::acme() };
        let desk = Desk::at(&source).await;
        let run = run_of(&desk.record(&[]));
        let written = desk.recording();
        assert_no_secret(&written);
        assert_nobody(&written, &source);
        assert!(written.contains(kept), "{written}");
        assert_eq!(desk.replay()["plan_hash"], run["plan_hash"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_command_replays_the_cassette() {
    let desk = Desk::at(&Source { mishaps: &[], ..Source::acme() }).await;
    let output = desk.harness("record", &["--to", "my recording"]);
    run_of(&output);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = told.lines().find_map(|line| line.strip_prefix("    harness ")).expect("a command");
    let line = format!("'{HARNESS}' {line}");
    let replayed =
        Command::new("sh").args(["-c", &line]).current_dir(desk.folder.path()).env("SECRET", SECRET).output().unwrap();
    let told = shown(&replayed);
    assert!(replayed.status.success() && told.contains("dry run"), "{line}\n{told}");
    assert!(!told.contains("never used") && !told.contains("not in the recording"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s19_a_recorded_run_that_is_applied_takes_the_lock_and_approvals() {
    let source = Source { mishaps: &[], ..Source::acme() };
    let desk = Desk::at(&source).await;
    let apply = |to: &str, more: &[&str]| {
        desk.harness("record", &[&["--to", to, "--apply", "--directory", "acme.db"], more].concat())
    };
    run_of(&apply("first", &[]));
    source.everybody_leaves();
    let held = apply("held", &[]);
    assert_eq!(held.status.code(), Some(3), "{}", shown(&held));
    let held: Json = serde_json::from_slice(&held.stdout).unwrap();
    assert_eq!(held["verdict"], "needs-approval");
    let hash = held["plan_hash"].as_str().unwrap();
    // What approves it reads the source again, and records nothing: the folder is taken.
    let told = shown(&apply("shown", &["--outbox", "my mails", "--format", "text"]));
    let line = told.lines().find(|line| line.contains("--approve ")).expect("a command").trim();
    let words = format!(
        "sync --settings {} --live --directory acme.db --outbox 'my mails' --component {} --allow-origin {} --approve {hash}",
        desk.path("settings.toml").display(),
        component().display(),
        desk.origin
    );
    assert!(line.ends_with(&words), "{line}\n{words}");
    {
        let _lock = DirectoryLock::take(&desk.path("acme.db")).unwrap();
        let locked = apply("locked", &["--approve", hash]);
        assert_eq!(locked.status.code(), Some(1), "{}", shown(&locked));
        assert!(!desk.path("locked").exists());
    }
    let approved = run_of(&apply("approved", &["--approve", hash]));
    assert_eq!(approved["verdict"], "done");
    // Only a run that is applied has anything to approve.
    assert_eq!(desk.record(&["--approve", hash]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_in_use_is_refused_before_the_source_is_asked() {
    let source = Source::acme();
    let desk = Desk::at(&source).await;
    fs::create_dir(desk.path("recording")).unwrap();
    fs::write(desk.path("recording/mine.json"), "{}").unwrap();
    let output = desk.record(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown(&output).contains("recording is not empty; name a new folder"), "{}", shown(&output));
    assert_eq!((source.requests.load(Ordering::SeqCst), desk.recording().as_str()), (0, "{}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_another_source_are_not_guessed_at() {
    let desk = Desk::at(&Source::acme()).await;
    let settings = fs::read_to_string(desk.path("settings.toml")).unwrap().replace("\"personio\"", "\"csv\"");
    fs::write(desk.path("settings.toml"), settings).unwrap();
    let output = desk.record(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("--keep-people records real people"), "{}", shown(&output));
}

#[test]
fn the_recorder_s_words_are_looked_for_as_words() {
    assert!(has_word("\"ben\"", "ben") && has_word("a ben.richter@x", "ben"));
    assert!(!has_word("abend", "ben") && !has_word(Path::new("x").to_str().unwrap(), "ben"));
}
