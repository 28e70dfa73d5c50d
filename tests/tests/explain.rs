//! `harness explain` for the people of acme, each of whom is in a different situation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use serde_json::{Value, json};
use whole_system_tests::component;
use whole_system_tests::desk::{Desk, Ran, SECRET};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");
const DIRECTORY: [&str; 2] = ["--directory", "accounts.db"];

/// What people of the fixture have entered: names, addresses, departments, positions, a status and a flag.
const VALUES: [&str; 14] = [
    "Böhm",
    "Katharina",
    "Hoffmann",
    "Lena",
    "Friedrich",
    "Lindner",
    "@acme.example",
    "@kaffee",
    "Innendienst",
    "Vertrieb",
    "Geschäftsführ",
    "Sachbearbeiter",
    "sabbatical",
    "vielleicht",
];

fn desk() -> Desk {
    Desk::furnished(HARNESS, "acme")
}

/// Asks about somebody, by the source and the directory.
fn both(desk: &Desk, employee: &str, more: &[&str]) -> Ran {
    desk.replay("explain", &[&[employee], more].concat())
}

/// Asks by the source alone.
fn source(desk: &Desk, employee: &str, more: &[&str]) -> Ran {
    let component = component();
    let source = ["--settings", "settings.toml", "--replay", "exchanges", "--component", component.to_str().unwrap()];
    desk.harness(&[&["explain", employee], source.as_slice(), more].concat())
}

/// Asks by the directory alone.
fn directory(desk: &Desk, employee: &str, more: &[&str]) -> Ran {
    desk.harness(&[&["explain", employee], DIRECTORY.as_slice(), more].concat())
}

fn parse(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
}

/// The answer in JSON, without values; that it has none is asserted, of the text as well.
fn asked(desk: &Desk, employee: &str) -> Value {
    let (text, answer) = (both(desk, employee, &[]), both(desk, employee, &["--format", "json"]));
    for ran in [&text, &answer] {
        no_values(ran);
        assert_eq!(ran.code, text.code);
    }
    let answer = parse(&answer);
    let code = answer["status"].as_str().expect("a status");
    assert!(text.stdout.starts_with(&format!("Employee {employee}\n  {code}: ")), "{}", text.stdout);
    answer
}

fn no_values(ran: &Ran) {
    for output in [&ran.stdout, &ran.stderr] {
        assert!(!output.contains(SECRET));
        for value in VALUES {
            assert!(!output.contains(value), "{value} in {output}");
        }
    }
}

/// The states of attributes, by name.
fn state<'a>(answer: &'a Value, attribute: &str) -> &'a str {
    let attributes = answer["source"]["attributes"].as_array().expect("attributes");
    attributes.iter().find(|it| it["attribute"] == attribute).and_then(|it| it["state"].as_str()).expect("a state")
}

fn codes(list: &Value, key: &str) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|it| it[key].as_str().unwrap_or_default().to_owned()).collect()
}

fn sync(desk: &Desk, more: &[&str]) {
    let ran = desk.replay("sync", more);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn everybody_of_acme_is_explained() {
    let desk = desk();
    for (employee, status, found, operations, held_by) in [
        // Linked, with changes.
        ("4701", "to-update", "found-by-link", vec!["update"], vec![]),
        ("4702", "unchanged", "found-by-link", vec![], vec!["protected-kept"]),
        ("4703", "to-create", "found-new", vec!["create", "set-supervisor", "add-to-group", "invite"], vec![]),
        (
            "4705",
            "to-link",
            "found-by-address",
            vec!["link", "update", "set-supervisor"],
            vec!["group-ambiguous", "status-unknown"],
        ),
        // Left out: with an account, without one, and for a value that is neither yes nor no.
        ("4707", "excluded", "found-by-link", vec![], vec!["flag-lost"]),
        ("4708", "excluded", "found-none", vec![], vec![]),
        ("4709", "excluded", "found-none", vec![], vec!["unknown-flag-value"]),
        ("4711", "in-conflict", "found-in-conflict", vec![], vec!["email-belongs-to-linked-account"]),
        ("4712", "rejected", "found-none", vec![], vec!["email-empty"]),
        // Not in the source, but with an account.
        ("3204", "not-in-source", "found-by-link", vec![], vec!["person-gone"]),
    ] {
        let answer = asked(&desk, employee);
        assert_eq!((&answer["status"], &answer["account"]["found"]), (&json!(status), &json!(found)), "{employee}");
        assert_eq!(codes(&answer["plan"]["actions"], "operation"), operations, "{employee}");
        assert_eq!(codes(&answer["held_by"], "code"), held_by, "{employee}");
    }
    assert_eq!(asked(&desk, "4711")["held_by"][0]["detail"], "3204", "an ID is no value");
    assert_eq!(asked(&desk, "4709")["source"]["filter"], json!({"decision": "left-out", "code": "unknown-flag-value"}));
    assert_eq!(state(&asked(&desk, "4705"), "team"), "empty");
}

#[test]
fn not_in_the_source_never_seen_and_excluded_are_told_apart() {
    let desk = desk();
    let sentence = |employee: &str| {
        let ran = both(&desk, employee, &[]);
        (ran.code, ran.stdout.lines().nth(1).unwrap_or_default().to_owned())
    };
    let expected = |code, line: &str| (Some(code), line.to_owned());
    let gone = "  not-in-source: The HR system was read completely and has nobody with this ID.";
    assert_eq!(sentence("3204"), expected(0, gone));
    let excluded = "  excluded: The person is in the HR system but is left out of the sync.";
    assert_eq!(sentence("4708"), expected(0, excluded));
    let unknown =
        "  never-seen: This ID was not found in anything that was checked: in no record, no account and no run.";
    assert_eq!(sentence("4700"), expected(5, unknown));
    let answer = both(&desk, "4700", &["--format", "json"]);
    assert_eq!((answer.code, &parse(&answer)["status"]), (Some(5), &json!("never-seen")));
}

#[test]
fn either_half_answers_alone() {
    let desk = desk();
    let alone = source(&desk, "4705", &[]);
    no_values(&alone);
    assert_eq!(alone.code, Some(0), "{}", alone.stderr);
    assert!(
        alone.stdout.starts_with("Employee 4705\n  selected: The person is selected for syncing."),
        "{}",
        alone.stdout
    );
    assert!(alone.stdout.contains("The accounts were not checked: give --directory FILE.\n"), "{}", alone.stdout);
    let answer = parse(&source(&desk, "4705", &["--format", "json"]));
    for missing in ["account", "plan", "history"] {
        assert!(answer.get(missing).is_none(), "{missing}");
    }
    assert_eq!(parse(&source(&desk, "3204", &["--format", "json"]))["status"], "not-in-source");

    let alone = directory(&desk, "3204", &[]);
    no_values(&alone);
    assert!(
        alone.stdout.starts_with("Employee 3204\n  has-account: The person has a linked account."),
        "{}",
        alone.stdout
    );
    assert!(alone.stdout.contains("The HR system was not checked: give --settings FILE with"), "{}", alone.stdout);
    let unknown = directory(&desk, "4705", &["--format", "json"]);
    assert_eq!((unknown.code, &parse(&unknown)["status"]), (Some(5), &json!("never-seen")));
    assert!(parse(&unknown).get("source").is_none());
}

#[test]
fn s06_hidden_and_unusable_attributes_are_told_apart_from_empty_ones() {
    let desk = desk();
    desk.exchange(3, |exchange| {
        let people = exchange["response"]["json"]["data"].as_array_mut().expect("people");
        for person in people {
            let attributes = person["attributes"].as_object_mut().expect("attributes");
            match attributes["id"]["value"].as_u64() {
                Some(4701) => attributes["position"]["value"] = json!([{"a": 1}, {"b": 2}]),
                Some(4702) => drop(attributes.remove("position")),
                _ => {}
            }
        }
    });
    let unusable = asked(&desk, "4701");
    assert_eq!(state(&unusable, "position"), "unusable");
    let held = unusable["held_by"].as_array().unwrap();
    assert!(held.contains(&json!({"kind": "notice", "code": "value-shape-unknown", "detail": "position"})), "{held:?}");
    assert_eq!(state(&asked(&desk, "4702"), "position"), "hidden");
}

#[test]
fn values_are_shown_only_when_they_are_asked_for_and_a_gender_in_json_alone() {
    let desk = desk();
    let text = both(&desk, "4705", &["--values"]).stdout;
    assert!(text.starts_with("Employee 4705 (Lena Hoffmann)\n"), "{text}");
    for shown in [
        "“Lena.Hoffmann@ACME.example”",
        "“sabbatical” (status-unknown)",
        "team: Telefon → –",
        "groups named “Innendienst”",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    assert!(!text.contains("female") && !text.contains("Values are hidden"), "{text}");
    let answer = parse(&both(&desk, "4705", &["--values", "--format", "json"]));
    assert_eq!((&answer["values"], &answer["name"]), (&json!(true), &json!("Lena Hoffmann")));
    let team = &answer["plan"]["actions"][1]["changes"][0];
    assert_eq!(team, &json!({"field": "team", "change": "cleared", "before": "Telefon"}));
    assert!(answer["account"]["accounts"][0]["fields"].to_string().contains("female"));
}

#[test]
fn s19_a_guard_that_holds_the_plan_back_is_shown_with_what_to_do() {
    let desk = desk();
    sync(&desk, &[]);
    let settings = String::from_utf8(desk.read("settings.toml")).unwrap();
    let everybody = "\n[statuses]\nonboarding = \"inactive\"\nactive = \"inactive\"\nleave = \"inactive\"\n";
    desk.write("settings.toml", settings + everybody);
    let answer = asked(&desk, "4701");
    assert_eq!((&answer["status"], &answer["plan"]["verdict"]), (&json!("to-update"), &json!("needs-approval")));
    let guard =
        json!({"kind": "guard", "code": "guard-deactivations", "guard": {"limit": 3, "actual": 4, "is_hit": true}});
    assert_eq!(answer["held_by"][0], guard);
    let text = both(&desk, "4701", &[]).stdout;
    for told in [
        "guard-deactivations: 4 accounts would become inactive at once. Limit 3, actual 4. This person is one of them; \
         nothing is written for anybody until a person approves.",
        "What to do: Check whether these people have really left. If so, approve the plan. `harness plan` shows the \
         whole plan and the command that approves it.",
    ] {
        assert!(text.contains(told), "{told} in {text}");
    }
    // Whoever has nothing planned is held back by no guard.
    assert_eq!(codes(&asked(&desk, "4707")["held_by"], "code"), ["flag-lost"]);
}

#[test]
fn the_log_tells_when_what_was_changed_by_which_run() {
    let desk = desk();
    sync(&desk, &[]);
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db", "--format", "json"]);
    let run = parse(&shown)["runs"][0]["id"].as_str().expect("a run").to_owned();

    let answer = asked(&desk, "4701");
    assert_eq!(answer["status"], "unchanged");
    let changes = answer["history"]["changes"].as_array().expect("changes");
    assert_eq!(codes(&answer["history"]["changes"], "field"), ["email", "position"]);
    assert!(changes.iter().all(|change| change["run"] == *run && change["change"] == "changed"), "{changes:?}");
    let text = directory(&desk, "4701", &[]);
    no_values(&text);
    let line = text.stdout.lines().find(|line| line.starts_with("    email: changed, on 20")).expect("the change");
    assert!(line.ends_with(&format!(" UTC by run {run}")), "{line}");

    let told = directory(&desk, "4701", &["--values"]).stdout;
    assert!(
        told.contains("    email: katharina.boehm@kaffee-boehm.example → katharina.boehm@acme.example, on "),
        "{told}"
    );
    let created = asked(&desk, "4703")["history"].clone();
    assert_eq!(created["created"]["run"], *run);
    assert_eq!(codes(&created["actions"], "operation"), ["create", "set-supervisor", "add-to-group", "invite"]);
    assert!(codes(&created["actions"], "status").iter().all(|status| status == "applied"));
    assert_eq!(codes(&created["changes"], "field"), ["supervisor"]);

    // A dry run and an explanation leave no trace.
    let before = desk.read("accounts.db");
    assert_eq!(desk.replay("sync", &["--dry-run"]).code, Some(0));
    asked(&desk, "4701");
    assert!(desk.read("accounts.db") == before);
}

#[test]
fn s12_a_decision_is_shown_with_its_reason_and_under_both_ids() {
    let desk = desk();
    let relink = [
        "directory",
        "relink",
        "a-friedrich",
        "4711",
        "--reason",
        "Nele Friedrich is back",
        "--directory",
        "accounts.db",
    ];
    assert_eq!(desk.harness(&relink).code, Some(0));
    let answer = asked(&desk, "4711");
    assert_eq!((&answer["status"], &answer["account"]["found"]), (&json!("to-update"), &json!("found-by-link")));
    assert_eq!(answer["account"]["accounts"][0]["earlier_employees"], json!(["3204"]));
    let earlier = directory(&desk, "3204", &["--format", "json"]);
    assert_eq!((earlier.code, &parse(&earlier)["status"]), (Some(0), &json!("earlier-id")));
    for answer in [answer, parse(&earlier)] {
        let decision = &answer["history"]["decisions"][0];
        assert_eq!(
            (&decision["decision"], &decision["employee"], &decision["earlier"]),
            (&json!("relink"), &json!("4711"), &json!("3204"))
        );
        assert!(decision.get("reason").is_none());
    }
    let told = directory(&desk, "4711", &["--values"]).stdout;
    assert!(
        told.contains(": relink account a-friedrich from employee 3204 to 4711: Nele Friedrich is back\n"),
        "{told}"
    );
}

#[test]
fn a_source_that_cannot_be_read_leaves_what_the_directory_knows() {
    let desk = desk();
    desk.exchange(1, |exchange| {
        exchange["response"]["status"] = 401.into();
        exchange["response"]["json"] = json!({"success": false, "error": {"code": 0, "message": "Wrong credentials"}});
    });
    let ran = both(&desk, "4701", &["--format", "json"]);
    no_values(&ran);
    let answer = parse(&ran);
    assert_eq!((ran.code, &answer["status"]), (Some(1), &json!("not-read")));
    assert_eq!(
        (&answer["failures"][0]["code"], &answer["account"]["found"]),
        (&json!("wrong-credentials"), &json!("found-by-link"))
    );
    let text = both(&desk, "4701", &[]).stdout;
    assert!(text.contains("\nFailures\n  wrong-credentials: "), "{text}");
}

#[test]
fn bad_input_is_answered_with_what_to_give() {
    let desk = desk();
    let long = "9".repeat(1025);
    let source = ["--settings", "settings.toml"];
    for (arguments, says) in [
        (
            vec!["4701"],
            "error: neither a source nor a directory is given: give --directory FILE for the accounts and the run log, or --settings FILE with --replay DIR or --live for the HR system, or both\n",
        ),
        (
            vec!["", DIRECTORY[0], DIRECTORY[1]],
            "error: the employee's ID is empty; give the one that the HR system shows\n",
        ),
        (
            vec![" \u{200b}", DIRECTORY[0], DIRECTORY[1]],
            "error: the employee's ID is empty; give the one that the HR system shows\n",
        ),
        (
            vec![&long, DIRECTORY[0], DIRECTORY[1]],
            "error: the employee's ID is 1025 bytes long, and IDs have at most 1024; give the one that the HR system shows\n",
        ),
        (
            vec!["47\u{7}01", DIRECTORY[0], DIRECTORY[1]],
            "error: the employee's ID has a control character; give the ID alone, on one line\n",
        ),
        (
            vec!["47\u{fffd}01", DIRECTORY[0], DIRECTORY[1]],
            "error: the employee's ID has damaged characters (U+FFFD); type it as the HR system shows it\n",
        ),
        (
            vec!["4701", source[0], source[1]],
            "error: the following required arguments were not provided:\n  <--replay <DIR>|--live>\n",
        ),
        (vec!["4701", "--live"], "error: the following required arguments were not provided:\n  --settings <FILE>\n"),
        (
            vec!["4701", "--live", "--replay", "exchanges", source[0], source[1]],
            "error: the argument '--live' cannot be used with '--replay <DIR>'\n",
        ),
        (
            vec![DIRECTORY[0], DIRECTORY[1]],
            "error: the following required arguments were not provided:\n  <EMPLOYEE>\n",
        ),
    ] {
        let ran = desk.harness(&[&["explain"], arguments.as_slice()].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.stderr.starts_with(says), "{arguments:?}: {}", ran.stderr);
    }
    let absent = desk.harness(&["explain", "4701", "--directory", "absent.db"]);
    let says = "error: the directory absent.db does not exist; import accounts into it first, or sync\n";
    assert_eq!((absent.code, absent.stderr.as_str()), (Some(1), says));
    // Before the first sync there is no directory yet, as for a plan.
    let component = component();
    let first = ["--replay", "exchanges", "--directory", "absent.db", "--component", component.to_str().unwrap()];
    let first = desk.harness(&[&["explain", "4701", "--format", "json"], source.as_slice(), &first].concat());
    assert_eq!(parse(&first)["status"], "to-create", "{}", first.stderr);
    assert!(!desk.path("absent.db").exists());
}

#[test]
fn s22_nothing_of_it_is_logged() {
    let desk = desk().variable("HARNESS_LOG", "info");
    let ran = both(&desk, "4705", &["--values"]);
    assert_eq!(ran.code, Some(0));
    for value in VALUES {
        assert!(!ran.stderr.contains(value), "{value} in {}", ran.stderr);
    }
}
