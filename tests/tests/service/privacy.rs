//! What is kept of people, who sees it, and how it goes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use personio_mock::CLIENT_SECRET;
use personio_mock::company::{Company, DirectoryView};
use serde_json::{Value, json};
use whole_system_tests::service_client::{Console, Options, PASSWORD, Request, Source, wait_for};

use super::HARNESS;

/// Names, addresses and IDs by which somebody of the company could be known.
fn known_by(company: &Company) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for person in &company.people {
        known.insert(format!("{} {}", person.first_name, person.last_name));
        known.insert(person.last_name.clone());
        if let DirectoryView::Value(email) = &person.email {
            known.insert(email.clone());
        }
    }
    // Short names are in other words too.
    known.retain(|name| name.len() > 5);
    known
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.push(path);
    }
    found
}

fn holds(path: &Path, text: &str) -> bool {
    let bytes = if path.is_file() { fs::read(path).unwrap() } else { Vec::new() };
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn logs_and_figures_name_nobody_and_the_database_keeps_no_value_in_the_clear() {
    let source = Source::of(60);
    let options = Options::new(HARNESS, &source.origin()).variable("HARNESS_LOG", "info");
    let mut console = Console::start(options);
    let mut customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let preview = customer.done(&integration, "preview");
    let _ = customer.ended(&customer.approve(&preview));
    let employee = source.company.people.first().unwrap().id;
    customer.admin.get(&format!("/people/{integration}/{employee}"));
    customer.admin.post(&format!("/people/{integration}/{employee}/ask"), &[]);
    customer.admin.get(&format!("/people?q={}", source.company.people.first().unwrap().last_name));
    let asked = customer.api.get(&format!("/api/v1/integrations/{integration}/people/{employee}?ask=true"));
    assert_eq!(asked.status, 200, "{asked:?}");
    // And what goes wrong.
    for fault in ["truncated@1", "server-error@1", "unauthorized@auth:1x*", "html@1"] {
        source.fault(fault);
        let _ = customer.done(&integration, "sync");
        source.mend();
    }
    customer.admin.get("/runs/nothing");
    console.operator.get("/operator/runs");
    console.operator.get("/operator/audit");
    let metrics = console.wire.send(&Request::new("GET", "/metrics"));
    assert!(metrics.body.contains("harness_runs_total") && metrics.body.ends_with("# EOF\n"), "{metrics:?}");
    let busy = metrics.body.lines().find_map(|line| line.strip_prefix("harness_guest_cpu_seconds_total "));
    assert!(busy.is_some_and(|seconds| seconds.parse::<f64>().unwrap() > 0.0), "{metrics:?}");
    let audit = fs::read_to_string(console.service.data().join("audit.jsonl")).unwrap();
    let database = console.service.data().join("service.db");
    for name in known_by(&source.company) {
        assert!(!metrics.body.contains(&name), "the figures name {name}");
        assert!(!audit.contains(&name), "the audit log names {name}");
        assert!(!holds(&database, &name), "the database names {name} in the clear");
    }
    for secret in [CLIENT_SECRET, PASSWORD, &customer.api.token, &console.api.token] {
        assert!(!holds(&database, secret) && !audit.contains(secret) && !metrics.body.contains(secret));
        for path in files(console.service.data()) {
            assert!(!holds(&path, secret), "{} holds a secret", path.display());
        }
    }
    assert!(!metrics.body.contains(&customer.id) && !metrics.body.contains("acme"), "no label is a tenant");
    console.service.stop();
    let said = console.service.said();
    for name in known_by(&source.company) {
        assert!(!said.contains(&name), "the log names {name}");
    }
    // Even at the level where everything is said.
    console.service.options = Options::new(HARNESS, &source.origin()).variable("HARNESS_LOG", "trace");
    console.service.start_again();
    let _ = customer.done(&integration, "sync");
    customer.admin.get("/account");
    console.service.stop();
    let said = console.service.said();
    let session = customer.admin.cookies["session"].clone();
    for secret in [CLIENT_SECRET, PASSWORD, &customer.api.token, &console.api.token, &session] {
        assert!(!said.contains(secret), "the log gives a secret away");
    }
}

#[test]
fn a_person_is_forgotten_and_what_is_old_goes_by_itself_while_the_counts_stay() {
    let source = Source::of(25);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let other = customer.integration("The same people", &source.origin());
    let preview = customer.done(&integration, "preview");
    let elsewhere = customer.done(&other, "preview");
    let id = preview["id"].as_str().unwrap();
    let plan = |id: &str| customer.api.get(&format!("/api/v1/runs/{id}/plan")).status;
    assert_eq!((plan(id), plan(elsewhere["id"].as_str().unwrap())), (200, 200));
    let nobody = customer.admin.post(&format!("/people/{integration}/999999/forget"), &[]);
    assert_eq!((nobody.status, plan(id)), (303, 200), "nobody's data is in it");
    let employee = customer.api.get(&format!("/api/v1/runs/{id}/plan")).json()["actions"][0]["employee"].clone();
    let forget = format!("/people/{integration}/{}/forget", employee.as_str().unwrap());
    assert_eq!(customer.admin.post(&forget, &[]).status, 303);
    assert_eq!((plan(id), plan(elsewhere["id"].as_str().unwrap())), (404, 200), "of this integration alone");
    let after = customer.run(id);
    assert_eq!(
        (&after["actions"], &after["employees"]),
        (&preview["actions"], &preview["employees"]),
        "the counts stay"
    );
    let page = customer.admin.get(&format!("/runs/{id}"));
    assert_eq!(page.status, 200);
    for name in known_by(&source.company) {
        assert!(!page.body.contains(&name), "{name}");
    }
    assert_eq!(customer.admin.get(&format!("/runs/{id}/download.csv")).status, 404);
    assert_eq!(customer.admin.get("/history").status, 200);
    // What is older than the operator keeps it.
    console.service.stop();
    fs::write(console.service.data().join("service.toml"), "detail-days = 3\n").unwrap();
    let age = "UPDATE runs SET ended = '2020-01-01T00:00:00Z' WHERE id = ?1";
    assert_eq!(console.service.database().execute(age, [elsewhere["id"].as_str().unwrap()]).unwrap(), 1);
    console.service.start_again();
    let young = customer.done(&integration, "preview");
    let old = elsewhere["id"].as_str().unwrap();
    wait_for("the old plan to go", || (plan(old) == 404).then_some(()));
    assert_eq!(plan(young["id"].as_str().unwrap()), 200);
    assert_eq!(customer.run(old)["actions"], elsewhere["actions"]);
    assert_eq!(customer.admin.get(&format!("/runs/{old}")).status, 200);
}

#[test]
fn what_the_fields_of_a_forgotten_person_were_before_is_forgotten_too() {
    let source = Source::of(25);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let emails = source.company.people.iter().filter_map(|person| match &person.email {
        DirectoryView::Value(email) => Some(email),
        DirectoryView::Empty(_) => None,
    });
    let account = |(number, email): (usize, &String)| json!({ "id": format!("u-{number}"), "email": email, "first_name": "Vorher", "last_name": "Anders", "status": "active" });
    let accounts: Vec<Value> = emails.enumerate().map(account).collect();
    let path = format!("/api/v1/tenants/{}/accounts", customer.id);
    let put = console.api.put_json(&path, &json!({ "groups": [], "accounts": accounts }));
    assert_eq!(put.status, 200, "{put:?}");
    let integration = customer.integration("Personio", &source.origin());
    let preview = customer.done(&integration, "preview");
    assert_eq!(customer.ended(&customer.approve(&preview))["verdict"], "done");
    let file = console.service.data().join("tenants").join(&customer.id).join(&integration).join("directory.db");
    let directory = rusqlite::Connection::open(&file).unwrap();
    let count = |query: &str| directory.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    let employee = "SELECT employee FROM last_changes WHERE before = 'Vorher' LIMIT 1";
    let employee: String = directory.query_row(employee, [], |row| row.get(0)).unwrap();
    let of_person = format!("SELECT count(*) FROM last_changes WHERE employee = '{employee}'");
    let (before, actions) = (count("SELECT count(*) FROM last_changes"), count("SELECT count(*) FROM run_actions"));
    let theirs = count(&of_person);
    assert!(theirs > 0);
    assert_eq!(customer.admin.post(&format!("/people/{integration}/{employee}/forget"), &[]).status, 303);
    assert_eq!((count(&of_person), count("SELECT count(*) FROM last_changes")), (0, before - theirs));
    assert_eq!(count("SELECT count(*) FROM run_actions"), actions, "that something was done stays");
    let why = customer.admin.get(&format!("/people/{integration}/{employee}"));
    assert!(why.status == 200 && !why.body.contains("Vorher"), "{why:?}");
}

#[test]
fn an_export_holds_everything_but_secrets_and_an_erased_tenant_leaves_nothing() {
    let source = Source::of(300);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let kept = console.customer("Nordwind");
    let integration = customer.integration("Personio", &source.origin());
    let of_kept = kept.integration("Personio", &source.origin());
    let done = customer.done(&integration, "sync");
    let _ = kept.done(&of_kept, "sync");
    let tenant = format!("/operator/tenants/{}", customer.id);
    let export = console.operator.get(&format!("{tenant}/export"));
    assert_eq!(export.status, 200);
    let export: Value = export.json();
    assert_eq!((&export["name"], &export["runs"][0]["id"]), (&json!("Acme"), &done["id"]));
    assert_eq!(export["integrations"][0]["form"]["name"], "Personio");
    assert!(export["integrations"][0]["directory"]["accounts"].is_array(), "{}", export["integrations"][0]);
    let text = export.to_string();
    for secret in [CLIENT_SECRET, PASSWORD, "argon2", &customer.api.token, &kept.id] {
        assert!(!text.contains(secret), "{secret}");
    }
    // While a run is at work, and the customer looks on.
    source.fault("slow-drip=200@1x*");
    let run = customer.begin(&integration, "sync");
    wait_for("reading", || Some(customer.run(&run)).filter(|run| run["phase"] == "read"));
    let path = format!("/runs/{run}/events");
    let mut stream = console.wire.follow(&customer.admin.with_cookies(Request::new("GET", &path)));
    assert_eq!(console.operator.post(&format!("{tenant}/erase"), &[("confirm", "acme")]).status, 422);
    let erased = console.operator.post(&format!("{tenant}/erase"), &[("confirm", "Acme")]);
    assert_eq!(erased.status, 303, "{erased:?}");
    source.mend();
    while stream.event() {}
    let left: Vec<PathBuf> = files(console.service.data())
        .into_iter()
        .filter(|path| path.to_string_lossy().contains(&customer.id))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
    let file = console.service.data().join("service.db");
    for gone in [&customer.id, &integration, &customer.email, &run] {
        assert!(!holds(&file, gone), "{gone} is still in the database's file");
    }
    assert_eq!(customer.admin.get("/integrations").location(), "/sign-in?next=%2Fintegrations");
    assert_eq!(customer.api.get("/api/v1/runs").status, 401);
    assert_eq!(console.operator.get(&tenant).status, 404);
    // The other one has everything, and the log says what was done.
    assert_ne!(kept.done(&of_kept, "sync")["verdict"], json!("failed"));
    let (entries, broken) = connector_service::audit::read(&console.service.data().join("audit.jsonl")).unwrap();
    assert!(
        broken.is_none() && entries.iter().any(|entry| entry.action == "tenant.erase" && entry.subject == customer.id)
    );
}
