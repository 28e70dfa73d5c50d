//! The whole workflow, as a person does it: import, sync, look, sync again. The expected output is beside the fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;

use mail_parser::MessageParser;
use serde_json::{Value, json};
use whole_system_tests::desk::{Desk, Ran};
use whole_system_tests::expected::{HASH, expect, mask};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

fn furnished(company: &str) -> Desk {
    Desk::furnished(HARNESS, company)
}

fn done(ran: &Ran) -> &Ran {
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    ran
}

fn parse(ran: &Ran) -> Value {
    serde_json::from_str(&done(ran).stdout).expect("JSON on stdout and nothing else")
}

/// A run in JSON, without what differs in every run.
fn masked(mut run: Value) -> Value {
    run["run"] = "RUN".into();
    run["plan_hash"] = HASH.into();
    for (_, milliseconds) in run["timings_ms"].as_object_mut().expect("timings") {
        assert!(milliseconds.is_u64());
        *milliseconds = 0.into();
    }
    run
}

fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}

/// A mail as its reader gets it: header, text and HTML.
struct Read {
    to: String,
    subject: String,
    text: String,
    html: String,
}

/// The mails of an outbox, by the first word of their message ID.
fn mails(desk: &Desk) -> BTreeMap<String, Vec<Read>> {
    let mut mails: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for (name, bytes) in desk.files("outbox") {
        let mail = MessageParser::default().parse(&bytes).expect("a mail");
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a reader").to_owned();
        let read = Read {
            to,
            subject: mail.subject().expect("a subject").to_owned(),
            text: mail.body_text(0).expect("text").into_owned(),
            html: mail.body_html(0).expect("HTML").into_owned(),
        };
        mails.entry(name.split('.').next().unwrap_or_default().to_owned()).or_default().push(read);
    }
    mails
}

#[test]
fn acme_is_planned_as_it_stands_beside_the_fixture() {
    let desk = furnished("acme");
    let text = done(&desk.replay("plan", &[])).stdout.clone();
    let json = parse(&desk.replay("plan", &["--format", "json"]));
    expect("acme", "plan.txt", &mask(&text));
    expect("acme", "plan.json", &pretty(&masked(json)));
}

#[test]
fn acme_is_synced_as_it_was_planned() {
    let desk = furnished("acme");
    let planned = parse(&desk.replay("plan", &["--format", "json"]));
    let synced = parse(&desk.replay("sync", &["--format", "json"]));
    assert_eq!((&planned["verdict"], &synced["verdict"]), (&json!("planned"), &json!("done")));
    for part in ["plan_hash", "counts", "notices", "read"] {
        assert_eq!(planned[part], synced[part], "{part}");
    }
    let without_status = |run: &Value| {
        let mut actions = run["actions"].as_array().expect("actions").clone();
        let statuses: Vec<_> = actions.iter_mut().map(|action| action["status"].take()).collect();
        (actions, statuses)
    };
    let (planned, synced) = (without_status(&planned), without_status(&synced));
    assert_eq!(planned.0, synced.0);
    assert!(planned.1.iter().all(|status| status == "planned"), "{:?}", planned.1);
    assert!(synced.1.iter().all(|status| status == "applied"), "{:?}", synced.1);
}

#[test]
fn acme_gets_the_mails_that_stand_beside_the_fixture() {
    let desk = furnished("acme");
    let ran = desk.replay("sync", &[]);
    assert!(done(&ran).stderr.ends_with("3 mails in outbox\n"), "{}", ran.stderr);
    let run = format!("{}{}", ran.stdout, ran.stderr);
    let id = whole_system_tests::expected::run_id(&run).expect("a run ID");
    let mails = mails(&desk);
    assert_eq!(mails.keys().collect::<Vec<_>>(), ["invitation", "summary"]);
    let [summary] = &*mails["summary"] else { unreachable!("one mail per run (S26)") };
    assert_eq!(summary.to, "personal@acme.example");
    // The run's ID tells its day, which the subject alone does not.
    let subject = mask(&format!("{} {id}", summary.subject));
    assert_eq!(subject, "Synchronisierung abgeschlossen am TT.MM.JJJJ: 2 Fehler, 8 Hinweise (Personio Acme) RUN\n");
    expect("acme", "summary.txt", &mask(&summary.text));
    expect("acme", "summary.html", &mask(&summary.html));
    let mut invited: Vec<_> = mails["invitation"].iter().collect();
    invited.sort_by(|left, right| left.to.cmp(&right.to));
    assert_eq!(
        invited.iter().map(|mail| &*mail.to).collect::<Vec<_>>(),
        ["Miriam.Celik@acme.example", "jonas.albrecht@acme.example"]
    );
    let miriam = invited.first().expect("two");
    assert_eq!(miriam.subject, "Ihr Zugang zu elearnio");
    expect("acme", "invitation.txt", &miriam.text.replace("\r\n", "\n"));
    expect("acme", "invitation.html", &miriam.html.replace("\r\n", "\n"));
}

#[test]
fn acme_leaves_the_accounts_that_the_rules_ask_for() {
    let desk = furnished("acme");
    done(&desk.replay("sync", &[]));
    let shown = parse(&desk.harness(&["directory", "show", "--directory", "accounts.db", "--format", "json"]));
    let mut accounts = shown["accounts"].clone();
    for account in accounts.as_array_mut().expect("accounts") {
        // How often an account was written is the directory's business.
        account.as_object_mut().expect("an account").remove("version");
    }
    expect("acme", "accounts.json", &pretty(&json!({ "accounts": accounts, "groups": shown["groups"] })));
}

/// The people whom a run's notices and actions are about, by code or operation.
fn people(run: &Value) -> BTreeMap<String, Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for action in run["actions"].as_array().expect("actions") {
        people.entry(text(&action["operation"])).or_default().push(text(&action["employee"]));
    }
    for notice in run["notices"].as_array().expect("notices") {
        let names = notice["employees"].as_array().expect("employees").iter().map(text);
        people.entry(text(&notice["code"])).or_default().extend(names);
    }
    for names in people.values_mut() {
        names.sort();
    }
    people
}

/// The fixture's README once more, as the rules have it. The files beside the fixture say what comes out; this says what
/// has to, whoever writes those files again.
#[test]
fn everybody_of_acme_gets_what_the_rules_say() {
    let run = parse(&furnished("acme").replay("sync", &["--format", "json"]));
    let people = people(&run);
    let wanted: [(&str, &[&str]); 17] = [
        // S14, S20: 4703 is created although the supervisor, 4704, stands further down; both stand before their links.
        ("create", &["4703", "4704", "4710"]),
        // S2: by address, spelled in another case (S9).
        ("link", &["4705"]),
        // S6, S10: position and address; the team is empty; S8: inactive, below the guard.
        ("update", &["4701", "4705", "4706"]),
        ("set-supervisor", &["4703", "4704", "4705"]),
        // S15: the group is called VERTRIEB.
        ("add-to-group", &["4703", "4704"]),
        // S16: nobody who is absent, nobody for a new address.
        ("invite", &["4703", "4704"]),
        // S12: never merged.
        ("email-belongs-to-linked-account", &["4711"]),
        // S6: rejected alone.
        ("email-empty", &["4712"]),
        // S5: two different reasons.
        ("flag-lost", &["4707"]),
        ("person-gone", &["3204"]),
        ("group-ambiguous", &["4705"]),
        ("group-missing", &["4710"]),
        // S4: an admin's status is never lowered.
        ("protected-kept", &["4702"]),
        // S8.
        ("status-unknown", &["4705"]),
        // S14: 4708 has no account.
        ("supervisor-not-synced", &["4710"]),
        // S1: neither yes nor no.
        ("unknown-flag-value", &["4709"]),
        ("deleted", &[]),
    ];
    for (what, whom) in wanted {
        let found = people.get(what).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(found, whom, "{what}");
    }
    let named: Vec<&str> = wanted.iter().map(|(what, _)| *what).collect();
    assert!(people.keys().all(|what| named.contains(&&**what)), "{:?}", people.keys());
    // S23: everybody once.
    let count = |name: &str| run["counts"][name].as_u64().expect(name);
    let parts = ["created", "linked", "updated", "unchanged", "excluded", "rejected", "conflicts"].map(count);
    assert_eq!(parts, [3, 1, 2, 1, 3, 1, 1]);
    assert_eq!(parts.iter().sum::<u64>(), count("read"));
}

#[test]
fn s20_a_second_sync_does_nothing() {
    for company in ["acme", "nordwind"] {
        let desk = furnished(company);
        let first = parse(&desk.replay("sync", &["--format", "json"]));
        assert_ne!(first["actions"], json!([]), "{company}");
        let second = parse(&desk.replay("sync", &["--format", "json"]));
        assert_eq!(second["actions"], json!([]), "{company}");
        assert_eq!(second["verdict"], "done", "{company}");
        let summaries = mails(&desk).remove("summary").expect("summaries");
        assert_eq!(summaries.len(), 2, "{company}: one mail per run (S26)");
    }
}

#[test]
fn s16_nobody_is_invited_twice() {
    let desk = furnished("acme");
    done(&desk.replay("sync", &[]));
    let first = desk.files("outbox");
    done(&desk.replay("sync", &[]));
    let invitations = |files: &BTreeMap<String, Vec<u8>>| {
        files
            .iter()
            .filter(|(name, _)| name.starts_with("invitation"))
            .map(|(_, bytes)| bytes.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(invitations(&first).len(), 2);
    assert_eq!(invitations(&desk.files("outbox")), invitations(&first));
}

#[test]
fn s22_a_dry_run_changes_no_byte_and_writes_no_mail() {
    for dry in [["sync", "--dry-run"].as_slice(), &["plan"]] {
        let desk = furnished("acme");
        let before = desk.read("accounts.db");
        let (verb, more) = dry.split_first().expect("a verb");
        let ran = desk.replay(verb, more);
        assert!(done(&ran).stdout.contains("Jonas Albrecht (4703)"), "{}", ran.stdout);
        assert!(desk.read("accounts.db") == before, "{verb}: the directory's file has changed");
        assert!(!desk.path("outbox").exists(), "{verb}: there is an outbox");
        assert!(!desk.path("accounts.db-journal").exists(), "{verb}: a journal is left");
    }
}

#[test]
fn s22_a_dry_run_makes_no_directory() {
    let desk = Desk::with(HARNESS, "acme");
    done(&desk.replay("sync", &["--dry-run"]));
    assert!(!desk.path("accounts.db").exists());
}

#[test]
fn nordwind_is_synced_whole() {
    let run = parse(&furnished("nordwind").replay("sync", &["--format", "json"]));
    assert_eq!(run["read"], json!({ "pages": 4, "employees": 342, "total": 342, "complete": true }));
    expect("nordwind", "counts.json", &pretty(&run["counts"]));
    let codes = |key: &str, of: &str| {
        let mut codes = BTreeMap::<String, u64>::new();
        for one in run[of].as_array().expect(of) {
            *codes.entry(one[key].as_str().expect(key).to_owned()).or_default() += one["count"].as_u64().unwrap_or(1);
        }
        codes
    };
    expect("nordwind", "actions.json", &pretty(&json!(codes("operation", "actions"))));
    expect("nordwind", "notices.json", &pretty(&json!(codes("code", "notices"))));
}
