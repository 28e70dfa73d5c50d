//! One bad record never stops a run: it alone is rejected, counted, and reported with a remedy.

use serde_json::{Value, json};
use whole_system_tests::desk::Desk;

use super::{civil, desk};

/// One row: what is done to the page, and what a run says of it.
struct Case {
    name: &'static str,
    spoil: fn(&mut Vec<Value>),
    /// Everybody read, rejected, created.
    counts: [u64; 3],
    /// The notice's code, whom it names, and its words.
    notice: (&'static str, &'static [&'static str], &'static str),
}

fn value<'p>(people: &'p mut [Value], id: u64, attribute: &str) -> &'p mut Value {
    let person = people.iter_mut().find(|person| person["attributes"]["id"]["value"] == id).expect("a person");
    &mut person["attributes"][attribute]["value"]
}

const CASES: &[Case] = &[
    Case {
        name: "no e-mail address",
        spoil: |people| *value(people, 4703, "email") = Value::Null,
        counts: [12, 2, 2],
        notice: (
            "email-empty",
            &["4703", "4712"],
            "2 people have no e-mail address in the HR system.\n    Who: Jonas Albrecht (4703), Oskar Lindner (4712)\n    What to do: \
             Enter an e-mail address there. The next sync picks it up.",
        ),
    },
    Case {
        name: "an e-mail address that is none",
        spoil: |people| *value(people, 4703, "email") = json!("jonas at acme"),
        counts: [12, 2, 2],
        notice: (
            "email-invalid",
            &["4703"],
            "One person has an invalid e-mail address in the HR system.\n    Who: Jonas Albrecht (4703)\n    What to do: Correct the \
             e-mail address in the HR system. The next sync picks it up.",
        ),
    },
    Case {
        name: "a record that is none",
        spoil: |people| *people.get_mut(2).expect("a third") = json!(["Jonas", "Albrecht"]),
        counts: [12, 2, 2],
        notice: (
            "broken-record",
            &[],
            "One record from the HR system cannot be read.\n    What to do: Open the person in the HR system and save the \
             record again. If the error persists, contact support.",
        ),
    },
    Case {
        name: "a record without an ID",
        spoil: |people| *value(people, 4703, "id") = json!({ "deep": [1, 2] }),
        counts: [12, 2, 2],
        notice: (
            "id-missing",
            &[],
            "One record has no ID and cannot be matched to anybody.\n    What to do: Allow these credentials to read the \
             attribute “ID” in the HR system. If the error persists, contact support.",
        ),
    },
    Case {
        name: "an ID that is there twice",
        spoil: |people| {
            let twin = people.get(2).expect("a third").clone();
            people.push(twin);
            *value(people, 4703, "last_name") = json!("Früher");
        },
        counts: [12, 1, 3],
        notice: (
            "duplicate-record",
            &["4703"],
            "One person appears more than once in the HR system. The record read last counts.\n    Who: Jonas Albrecht \
             (4703)\n    What to do: You need not do anything.",
        ),
    },
];

fn spoil(desk: &Desk, spoil: fn(&mut Vec<Value>)) {
    desk.exchange(3, |exchange| {
        let page = exchange.pointer_mut("/response/json/data").and_then(Value::as_array_mut).expect("a page");
        spoil(page);
        let total = page.len();
        exchange["response"]["json"]["metadata"]["total_elements"] = total.into();
    });
}

#[test]
fn one_bad_record_is_left_out_alone() {
    for case in CASES {
        let (code, whom, words) = case.notice;
        let desk = desk();
        spoil(&desk, case.spoil);
        let planned = desk.replay("plan", &["--format", "json"]);
        let planned: Value = serde_json::from_str(&planned.stdout).expect("JSON");
        let count = |name: &str| planned["counts"][name].as_u64().expect(name);
        assert_eq!(["read", "rejected", "created"].map(count), case.counts, "{}", case.name);
        let notices = planned["notices"].as_array().expect("notices");
        let notice = notices.iter().find(|notice| notice["code"] == code).expect(case.name);
        assert_eq!(notice["employees"], json!(whom), "{}", case.name);

        let ran = desk.replay("sync", &[]);
        civil(case.name, &ran);
        assert!(ran.stdout.contains(&format!("  {code}: {words}\n")), "{}: {}", case.name, ran.stdout);
        assert_eq!(ran.code, Some(0), "{}: the others go on", case.name);
    }
}

/// Whoever asks for JSON on a terminal is shown names as they are, and no name is obeyed.
#[test]
fn a_name_in_json_moves_no_cursor() {
    let desk = desk();
    let name = "Jonas\u{9b}2J\u{202e}x";
    let mut accounts: Value = serde_json::from_slice(&desk.read("directory.json")).expect("JSON");
    accounts["accounts"][0]["first_name"] = json!(name);
    desk.write("named.json", accounts.to_string());
    let imported = desk.harness(&["directory", "import", "named.json", "--directory", "named.db"]);
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    let shown = desk.harness(&["directory", "show", "--directory", "named.db", "--format", "json"]).stdout;
    assert!(!shown.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown}");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    let accounts = shown["accounts"].as_array().expect("accounts");
    assert!(accounts.iter().any(|account| account["first_name"] == name), "{shown}");
}
