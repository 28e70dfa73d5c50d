//! The process is killed at any moment: what it finds afterwards, and what a person sees then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use connector_service::audit;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use whole_system_tests::service_client::{Console, Customer, Options, Request, Service, Source, wait_for};

use super::HARNESS;

/// Moments that nobody chose, and that can be had again.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

pub fn folder(service: &Service, customer: &Customer, integration: &str) -> PathBuf {
    service.data().join("tenants").join(&customer.id).join(integration)
}

pub fn rows(directory: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open_with_flags(directory, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The names of the mails that became files.
pub fn mails(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder.join("outbox")).into_iter().flatten().flatten();
    let is_mail = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "eml");
    let names = entries.map(|entry| entry.path()).filter(is_mail);
    names.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// What has to hold at any time after a restart.
pub fn check(console: &Console, customer: &Customer, integration: &str, place: &str) {
    let (_, broken) = audit::read(&console.service.data().join("audit.jsonl")).unwrap();
    assert_eq!(broken, None, "{place}: the audit log");
    let runs = customer.api.get("/api/v1/runs").json();
    let directory = folder(&console.service, customer, integration).join("directory.db");
    let filed: BTreeMap<String, String> = if directory.exists() {
        rows(&directory, "SELECT id || ' ' || verdict FROM runs")
            .into_iter()
            .map(|row| row.split_once(' ').map(|(id, verdict)| (id.to_owned(), verdict.to_owned())).unwrap())
            .collect()
    } else {
        BTreeMap::new()
    };
    for run in runs["runs"].as_array().unwrap().iter().filter(|run| run["kind"] != "preview") {
        let verdict = run["verdict"].as_str().unwrap_or("(none)");
        let id = run["id"].as_str().unwrap();
        match filed.get(id) {
            // A plan that was lost with the process waits for nobody.
            Some(filed) if filed == "needs-approval" && verdict == "interrupted" => {}
            Some(filed) => assert_eq!(filed, verdict, "{place}: {run}"),
            None => {
                assert!(["interrupted", "stopped"].contains(&verdict), "{place}: {run}");
                assert_eq!(
                    (&run["applied"], run["failures"][0]["code"].as_str()),
                    (&json!(0), Some("run-interrupted"))
                );
            }
        }
    }
}

/// No run is at work, and nobody but the test has started one.
fn settled(customer: &Customer) -> Value {
    wait_for("end of all runs", || {
        let runs = customer.api.get("/api/v1/runs").json();
        let over = runs["runs"].as_array().unwrap().iter().all(|run| run["state"] == "ended");
        over.then_some(runs)
    })
}

#[test]
fn a_service_that_is_killed_at_any_moment_loses_nothing_and_does_nothing_twice() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_127);
    println!("SEED={seed}");
    let mut moments = Moments(seed);
    let source = Source::of(120);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let mut longest = 700;
    for round in 0..14 {
        // Somebody joins, so that each round has something to apply.
        source.fault("join=4@1");
        let what = if round % 3 == 2 { "preview" } else { "sync" };
        let run = customer.begin(&integration, what);
        if what == "preview" || round % 3 == 1 {
            let ended = customer.ended(&run);
            if ["planned", "needs-approval"].contains(&ended["verdict"].as_str().unwrap()) && ended["actions"] != 0 {
                let _ = customer.approve(&ended);
            }
        }
        let moment = moments.next(longest);
        thread::sleep(Duration::from_millis(moment));
        console.service.kill();
        console.service.start_again();
        let place = format!("SEED={seed}, round {round} ({what}), after {moment} ms");
        settled(&customer);
        check(&console, &customer, &integration, &place);
        // Moments that come before anything is read teach little; so do those after the end.
        longest =
            if customer.run(&run)["verdict"] == "interrupted" { longest + 100 } else { (longest * 4 / 5).max(100) };
    }
    source.mend();
    // What is left to do is done, by approval if it is much.
    for _ in 0..2 {
        let run = customer.done(&integration, "sync");
        if run["verdict"] == "needs-approval" {
            assert_eq!(customer.ended(&customer.approve(&run))["verdict"], "done");
        }
    }
    let last = customer.done(&integration, "sync");
    assert_eq!((&last["verdict"], &last["actions"]), (&json!("done"), &json!(0)), "nothing is left to do: {last}");
    let folder = folder(&console.service, &customer, &integration);
    let directory = folder.join("directory.db");
    let employees = rows(&directory, "SELECT employee FROM accounts WHERE employee IS NOT NULL");
    let distinct: BTreeSet<&String> = employees.iter().collect();
    assert_eq!(employees.len(), distinct.len(), "nobody has two accounts");
    // Each mail once: one file for each of the summaries, and for each person who was invited.
    let filed = rows(&directory, "SELECT id FROM runs");
    let queued = rows(&directory, "SELECT message_id FROM outbox WHERE delivered = 0");
    assert_eq!(queued, Vec::<String>::new(), "no mail is left behind");
    let invited = rows(&directory, "SELECT id FROM accounts WHERE invited = 1").len();
    let sent = rows(&directory, "SELECT message_id FROM outbox WHERE delivered = 1");
    let expected: BTreeSet<String> = sent.iter().map(|id| format!("{id}.eml")).collect();
    assert_eq!(mails(&folder), expected);
    let summaries = expected.iter().filter(|name| name.starts_with("summary")).count();
    assert_eq!((summaries, expected.len() - summaries), (filed.len(), invited));
    // The history has every run that the log of the accounts has, and the pages can show each.
    let runs = settled(&customer);
    let known: BTreeSet<&str> =
        runs["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
    assert!(filed.iter().all(|id| known.contains(id.as_str())), "{filed:?} {known:?}");
    let mut admin = customer.admin.clone();
    for run in &known {
        assert_eq!(admin.get(&format!("/runs/{run}")).status, 200, "{run}");
    }
}

#[test]
fn mails_of_a_run_that_was_cut_off_go_out_after_a_restart_without_another_run() {
    let source = Source::of(20);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "sync");
    assert_eq!(run["verdict"], "done");
    let folder = folder(&console.service, &customer, &integration);
    let before = mails(&folder);
    console.service.kill();
    // As it would be if the process had ended between applying and mailing: the run at work, and a mail queued.
    let summary = before.iter().find(|name| name.starts_with("summary")).unwrap().clone();
    let kept = fs::read(folder.join("outbox").join(&summary)).unwrap();
    fs::remove_file(folder.join("outbox").join(&summary)).unwrap();
    let id = summary.trim_end_matches(".eml");
    let queue = "UPDATE outbox SET delivered = 0, sender = 'sync@acme.example', recipients = '[\"hr@acme.example\"]', \
        subject = 'Summary', text = 'Summary', html = '<p>Summary</p>' WHERE message_id = ?1";
    assert_eq!(Connection::open(folder.join("directory.db")).unwrap().execute(queue, [id]).unwrap(), 1);
    let unfinished = "UPDATE runs SET state = 'running', verdict = NULL, ended = NULL, detail = NULL";
    console.service.database().execute(unfinished, []).unwrap();
    console.service.start_again();
    let ended = customer.ended(run["id"].as_str().unwrap());
    assert_eq!((&ended["verdict"], &ended["applied"]), (&json!("done"), &run["applied"]), "{ended}");
    wait_for("mail", || (mails(&folder) == before).then_some(()));
    assert!(!kept.is_empty());
    assert_eq!(customer.api.get("/api/v1/runs").json()["total"], 1);
}

#[test]
fn a_plan_that_was_lost_with_the_process_says_so_and_a_new_one_can_be_made() {
    let source = Source::of(60);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let accounts = json!({ "groups": [], "accounts": [
        { "id": "u-1", "email": "chef@acme.example", "first_name": "Kim", "last_name": "Da", "status": "active" } ] });
    let put = console.api.put_json(&format!("/api/v1/tenants/{}/accounts", customer.id), &accounts);
    assert_eq!(put.status, 200, "{put:?}");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "sync");
    assert_eq!(run["verdict"], "needs-approval", "{run}");
    console.service.kill();
    // As it would be if the process had ended after the accounts' log was written and before the run's end was.
    let unfinished = "UPDATE runs SET state = 'running', verdict = NULL, ended = NULL, detail = NULL";
    console.service.database().execute(unfinished, []).unwrap();
    console.service.start_again();
    let ended = customer.ended(run["id"].as_str().unwrap());
    assert_eq!(
        (&ended["verdict"], &ended["failures"][0]["code"]),
        (&json!("interrupted"), &json!("run-interrupted")),
        "{ended}"
    );
    let page = customer.admin.get(&format!("/runs/{}", run["id"].as_str().unwrap()));
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("/approve\"") && page.body.contains("/sync\""), "{}", page.body);
    let answer = customer.api.post_json(
        &format!("/api/v1/runs/{}/approve", run["id"].as_str().unwrap()),
        &json!({ "plan_hash": run["plan_hash"] }),
    );
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("not-waiting")));
    let again = customer.done(&integration, "preview");
    assert_eq!(customer.ended(&customer.approve(&again))["verdict"], "done");
}

#[test]
fn a_first_start_that_is_killed_at_any_moment_can_be_made_again() {
    let mut moments = Moments(7);
    for round in 0..10 {
        let mut service = Service::prepared(Options::bare(HARNESS));
        for _ in 0..3 {
            let mut child = service.options.command(service.data()).spawn().unwrap();
            thread::sleep(Duration::from_millis(moments.next(120)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        service.start_again();
        let console = Console::of(service);
        assert_eq!(console.api.get("/api/v1/tenants").json(), json!([]), "round {round}");
        let (_, broken) = audit::read(&console.service.data().join("audit.jsonl")).unwrap();
        assert_eq!(broken, None, "round {round}");
    }
}

#[test]
fn what_is_erased_at_any_moment_of_a_run_leaves_no_file() {
    let mut moments = Moments(11);
    let source = Source::of(150);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    for round in 0..8 {
        let mut customer = console.customer(&format!("Number {round}"));
        let integration = customer.integration("Personio", &source.origin());
        let _ = customer.begin(&integration, "sync");
        let moment = moments.next(500);
        thread::sleep(Duration::from_millis(moment));
        let left = if round % 2 == 0 {
            let erase = format!("/operator/tenants/{}/erase", customer.id);
            let erased = console.operator.post(&erase, &[("confirm", &format!("Number {round}"))]);
            assert_eq!(erased.status, 303, "after {moment} ms: {erased:?}");
            console.service.data().join("tenants").join(&customer.id)
        } else {
            let delete = format!("/integrations/{integration}/delete");
            assert_eq!(customer.admin.post(&delete, &[("confirm", "Personio")]).status, 303);
            folder(&console.service, &customer, &integration)
        };
        let is_idle = || console.wire.send(&Request::new("GET", "/readyz")).status == 200 && !left.exists();
        wait_for("room where it was", || is_idle().then_some(()));
        if round % 2 == 1 {
            // It can be set up anew.
            let again = customer.integration("Personio", &source.origin());
            assert_ne!(customer.done(&again, "sync")["verdict"], json!("failed"), "after {moment} ms");
        }
        assert!(!left.exists(), "after {moment} ms: {}", left.display());
    }
}

#[test]
fn what_waits_is_done_after_a_restart_and_a_stop_is_orderly() {
    let source = Source::of(400);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let (one, two) = (customer.integration("One", &source.origin()), customer.integration("Two", &source.origin()));
    source.fault("slow-drip=1000@1x*");
    let reading = customer.begin(&one, "sync");
    wait_for("reading", || Some(customer.run(&reading)).filter(|run| run["phase"] == "read"));
    let status = console.service.stop();
    assert!(status.success(), "{status}");
    source.mend();
    // Somebody asked for it, and nobody has begun it.
    let database = console.service.database();
    let queue = "INSERT INTO runs (id, tenant, integration, kind, cause, state, queued) \
        VALUES ('20261127T000000Z-000000', ?1, ?2, 'sync', 'admin@acme.example', 'queued', '2026-11-27T00:00:00Z')";
    database.execute(queue, [&customer.id, &two]).unwrap();
    drop(database);
    console.service.start_again();
    let ended = customer.ended(&reading);
    assert_eq!((&ended["verdict"], &ended["applied"]), (&json!("interrupted"), &json!(0)), "{ended}");
    assert_eq!(customer.ended("20261127T000000Z-000000")["state"], "ended");
    let mut admin = customer.admin.clone();
    let page = admin.get(&format!("/runs/{reading}"));
    assert!(page.status == 200 && !page.body.contains("/events"), "{page:?}");
    assert!(page.body.contains(&format!("/integrations/{one}/sync")), "it can be started again: {}", page.body);
}
