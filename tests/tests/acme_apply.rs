//! A plan that is saved, approved and applied by hand (rules S19 and S21).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use serde_json::Value;
use whole_system_tests::desk::{Desk, Ran};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// An acme without administrators, whose addresses no sync changes (rule S4), in which four addresses change at once: one
/// more than the guard lets through.
fn guarded() -> Desk {
    let desk = Desk::with(HARNESS, "acme");
    let mut directory: Value = serde_json::from_slice(&desk.read("directory.json")).unwrap();
    for account in directory["accounts"].as_array_mut().unwrap() {
        account["protected"] = false.into();
        if account["id"] == "a-hoffmann" {
            account["employee"] = "4705".into();
        }
        if ["a-hoffmann", "a-aydin", "a-nowak"].iter().any(|id| account["id"] == *id) {
            account["email"] = format!("{}@before.example", account["id"].as_str().unwrap()).into();
        }
    }
    desk.write("directory.json", directory.to_string());
    import(&desk, "directory.json", "accounts.db");
    desk
}

fn import(desk: &Desk, file: &str, directory: &str) {
    let ran = desk.harness(&["directory", "import", file, "--directory", directory]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

fn accounts(desk: &Desk) -> Value {
    let ran = desk.harness(&["directory", "show", "--directory", "accounts.db", "--format", "json"]);
    let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
    shown["accounts"].clone()
}

/// The command that a run says approves its plan.
fn command(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(3), "{}{}", ran.stdout, ran.stderr);
    let mut lines = ran.stdout.lines();
    lines.find(|line| *line == "  To approve exactly this plan, once:").expect(&ran.stdout);
    lines.next().unwrap().trim().to_owned()
}

/// Applies a saved plan.
fn apply(desk: &Desk, more: &[&str]) -> Ran {
    let arguments =
        [&["apply", "plan.json", "--settings", "settings.toml", "--directory", "accounts.db"][..], more].concat();
    desk.harness(&arguments)
}

fn planned(desk: &Desk) -> Value {
    let ran = desk.replay("plan", &["--save", "plan.json"]);
    assert!(ran.stderr.ends_with("plan saved to plan.json\n"), "{}", ran.stderr);
    serde_json::from_slice(&desk.read("plan.json")).unwrap()
}

/// Changes the saved plan.
fn forge(desk: &Desk, from: &str, to: &str) {
    let text = String::from_utf8(desk.read("plan.json")).unwrap();
    assert!(text.contains(from), "{from}");
    desk.write("plan.json", text.replace(from, to));
}

#[test]
fn s19_what_each_verb_prints_approves_exactly_that_plan_when_it_is_typed() {
    for (verb, more, becomes) in [
        ("sync", &["--outbox", "die Post", "--approve", "0000"][..], " sync "),
        ("sync", &["--dry-run", "--outbox=die Post"], " sync "),
        ("plan", &[], " sync "),
        ("plan", &["--save", "Plan vom Chef.json"], " apply 'Plan vom Chef.json' "),
    ] {
        let desk = guarded();
        let before = accounts(&desk);
        let command = command(&desk.replay(verb, more));
        assert!(command.contains(becomes), "{command}");
        assert_eq!(accounts(&desk), before);
        let ran = desk.shell(&command);
        assert_eq!(ran.code, Some(0), "{command}\n{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("done, the plan was applied."), "{command}\n{}", ran.stdout);
        let outbox = if verb == "sync" { "die Post" } else { "outbox" };
        assert!(!desk.files(outbox).is_empty(), "{command}");
    }
}

#[test]
fn s19_apply_says_how_to_approve_too_and_refuses_another_hash_with_both() {
    let desk = guarded();
    let hash = planned(&desk)["hash"].as_str().unwrap().to_owned();
    let other = "f".repeat(64);
    let ran = apply(&desk, &["--approve", &other]);
    assert!(
        ran.stdout.contains(&format!("The approval is for plan {other}, but this is plan {hash}.")),
        "{}",
        ran.stdout
    );
    let command = command(&ran);
    let ran = desk.shell(&command);
    assert_eq!(ran.code, Some(0), "{command}\n{}{}", ran.stdout, ran.stderr);
}

#[test]
fn s21_a_saved_plan_does_what_a_sync_would() {
    let (desk, synced) = (Desk::furnished(HARNESS, "acme"), Desk::furnished(HARNESS, "acme"));
    planned(&desk);
    assert_eq!(apply(&desk, &["--dry-run"]).code, Some(0));
    assert!(!desk.path("outbox").exists());
    let ran = apply(&desk, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("3 mails in outbox\n"), "{}", ran.stderr);
    assert_eq!(synced.replay("sync", &[]).code, Some(0));
    assert_eq!(accounts(&desk), accounts(&synced));
}

#[test]
fn s21_what_changed_since_is_skipped_and_reported_and_the_others_go_on() {
    let desk = Desk::furnished(HARNESS, "acme");
    planned(&desk);
    let text = String::from_utf8(desk.read("directory.json")).unwrap();
    desk.write("changed.json", text.replace("Geschäftsführerin (kommissarisch)", "Gründerin"));
    import(&desk, "changed.json", "accounts.db");
    let ran = apply(&desk, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let updates: Vec<&str> = ran.stdout.lines().filter(|line| line.trim_start().starts_with("update ")).collect();
    let status = |name: &str| updates.iter().find(|line| line.contains(name)).unwrap().split_whitespace().nth(1);
    assert_eq!(status("Katharina Böhm (4701)"), Some("stale"), "{updates:?}");
    assert_eq!(status("Tomasz Nowak (4706)"), Some("applied"), "{updates:?}");
    assert!(ran.stdout.contains("    updated               2  (planned; 1 done)\n"), "{}", ran.stdout);
    let summary = desk.files("outbox").into_iter().find(|(name, _)| name.starts_with("summary")).unwrap().1;
    let mail = mail_parser::MessageParser::default().parse(&summary).unwrap().body_text(0).unwrap().into_owned();
    assert!(mail.contains("1 von 2 geplant"), "{mail}");
}

/// A refusal writes nothing; gives what it said.
fn refused(desk: &Desk, directory: &str) -> String {
    let before = desk.read(directory);
    let arguments = ["apply", "plan.json", "--settings", "settings.toml", "--directory", directory];
    let ran = desk.harness(&arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert!(desk.read(directory) == before && !desk.path("outbox").exists());
    ran.stderr
}

#[test]
fn s19_a_plan_that_is_not_this_one_is_refused_with_the_reason() {
    let desk = Desk::furnished(HARNESS, "acme");
    let plan = planned(&desk);
    let hash = plan["hash"].as_str().unwrap();

    forge(&desk, "\"2.0\"", "\"3.0\"");
    let told = "error: plan.json has format 3.0, but this harness reads 2.0; use the harness that wrote it\n";
    assert_eq!(refused(&desk, "accounts.db"), told);
    forge(&desk, "\"3.0\"", "\"1.1\"");
    let told = "error: plan.json was saved by an earlier harness (format 1.1), and its plans can no longer be applied; plan again\n";
    assert_eq!(refused(&desk, "accounts.db"), told);

    forge(&desk, "\"1.1\"", "\"2.0\"");
    forge(&desk, "jonas.albrecht@acme.example", "eve@evil.example");
    let told = refused(&desk, "accounts.db");
    let actual = told.split("but holds plan ").nth(1).unwrap().split(':').next().unwrap();
    assert!(actual.len() == 64 && actual != hash, "{told}");
    assert_eq!(
        told,
        format!(
            "error: plan.json should hold plan {hash}, but holds plan {actual}: it was changed after it was saved; plan \
             again\n"
        )
    );

    let plan = planned(&desk);
    desk.settings("Personio Acme", "Personio Beta");
    let told = "error: plan.json is a plan for \"Personio Acme\", but the settings are for \"Personio Beta\"; use that tenant's settings\n";
    assert_eq!(refused(&desk, "accounts.db"), told);
    desk.settings("Personio Beta", "Personio Acme");

    // The same accounts in another directory: IDs and versions agree.
    import(&desk, "directory.json", "other.db");
    let told = refused(&desk, "other.db");
    let planned = plan["directory"].as_str().unwrap();
    let actual = told.split("this is directory ").nth(1).unwrap().split(';').next().unwrap();
    assert_ne!(planned, actual);
    assert!(told.starts_with(&format!("error: plan.json is a plan for directory {planned}, but this is ")), "{told}");
    assert_eq!(apply(&desk, &[]).code, Some(0), "it is still good for its own");
}
