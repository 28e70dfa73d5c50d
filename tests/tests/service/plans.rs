//! A plan that waits for a person, and runs that are started, paused and stopped.

use rusqlite::Connection;
use serde_json::{Value, json};
use whole_system_tests::service_client::{Answer, Console, Customer, Options, Source, wait_for};

use super::HARNESS;
use super::forms::in_parallel;

struct Place {
    source: Source,
    console: Console,
    customer: Customer,
    integration: String,
}

impl Place {
    fn new(people: usize) -> Self {
        let source = Source::of(people);
        let console = Console::start(Options::new(HARNESS, &source.origin()));
        let customer = console.customer("Acme");
        let integration = customer.integration("Personio", &source.origin());
        Self { source, console, customer, integration }
    }

    /// The accounts, from outside.
    fn directory(&self) -> Connection {
        let folder = self.console.service.data().join("tenants").join(&self.customer.id).join(&self.integration);
        Connection::open(folder.join("directory.db")).unwrap()
    }

    fn number(&self, query: &str) -> i64 {
        self.directory().query_row(query, [], |row| row.get(0)).unwrap()
    }

    fn path(&self, what: &str) -> String {
        format!("/integrations/{}/{what}", self.integration)
    }
}

fn of(run: &Value, what: &str) -> String {
    format!("/runs/{}/{what}", run["id"].as_str().unwrap())
}

#[test]
fn a_plan_is_applied_once_however_often_it_is_approved() {
    let mut place = Place::new(30);
    let preview = place.customer.done(&place.integration, "preview");
    assert_eq!((&preview["verdict"], &preview["decided"]), (&json!("planned"), &Value::Null), "{preview}");
    let count = preview["actions"].to_string();
    let wrong = place.customer.admin.post(&of(&preview, "approve"), &[("confirm", "1")]);
    assert_eq!(wrong.status, 422, "{wrong:?}");
    assert_eq!(place.number("SELECT count(*) FROM accounts"), 0);
    let approve = |_| {
        let mut browser = place.customer.admin.clone();
        browser.post(&of(&preview, "approve"), &[("confirm", &count)])
    };
    let answers = in_parallel(20, approve);
    let led: std::collections::BTreeSet<&str> = answers.iter().map(Answer::location).collect();
    assert!(
        answers.iter().all(|answer| answer.status == 303),
        "{:?}",
        answers.iter().find(|answer| answer.status != 303)
    );
    assert_eq!(led.len(), 1, "everybody is led to the one run: {led:?}");
    let run = led.first().unwrap().trim_start_matches("/runs/").to_owned();
    let applied = place.customer.ended(&run);
    assert_eq!(
        (&applied["verdict"], &applied["applied"], &applied["plan_of"]),
        (&json!("done"), &preview["actions"], &preview["id"])
    );
    assert_eq!(place.customer.api.get("/api/v1/runs").json()["total"], 2);
    assert_eq!(place.number("SELECT count(*) FROM runs"), 1);
    let again = place.customer.admin.post(&of(&preview, "approve"), &[("confirm", &count)]);
    assert_eq!((again.status, again.location()), (303, format!("/runs/{run}").as_str()));
    assert_eq!(place.customer.admin.post(&of(&preview, "discard"), &[]).status, 303);
    assert_eq!(place.customer.run(preview["id"].as_str().unwrap())["decided"], "approved");
    let decided = "SELECT count(*) FROM decisions WHERE kind = 'approve'";
    assert_eq!(place.console.service.database().query_row(decided, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn a_plan_is_not_applied_to_accounts_that_have_changed_since() {
    let source = Source::of(20);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let mut place = Place { integration: String::new(), source, console, customer };
    let person = place.source.company.people.iter().find_map(|person| match &person.email {
        personio_mock::company::DirectoryView::Value(email) if person.status == "active" => Some(email.clone()),
        _ => None,
    });
    let accounts = json!({ "groups": [], "accounts": [
        { "id": "u-1", "email": person.unwrap(), "first_name": "Kim", "last_name": "Vorhanden", "status": "active" } ] });
    let put = place.console.api.put_json(&format!("/api/v1/tenants/{}/accounts", place.customer.id), &accounts);
    assert_eq!(put.status, 200, "{put:?}");
    place.integration = place.customer.integration("Personio", &place.source.origin());
    let preview = place.customer.done(&place.integration, "preview");
    assert_eq!(place.number("SELECT count(*) FROM accounts"), 1, "the platform's own account");
    place.directory().execute("UPDATE accounts SET first_name = 'Robin', version = version + 1", []).unwrap();
    let count = preview["actions"].to_string();
    let page = place.customer.admin.post(&of(&preview, "approve"), &[("confirm", &count)]);
    assert_eq!(page.status, 409, "{page:?}");
    assert!(page.body.contains("Kim") && page.body.contains("Robin"), "it says what has changed: {}", page.body);
    let offer = format!("action=\"{}\"", place.path("preview"));
    assert!(page.body.contains(&offer), "it offers a new preview: {}", page.body);
    assert!(!page.body.contains(&format!("action=\"{}\"", of(&preview, "approve"))), "and no other way");
    let body = json!({ "plan_hash": preview["plan_hash"] });
    let answer = place.customer.api.post_json(&format!("/api/v1{}", of(&preview, "approve")), &body);
    assert_eq!((answer.status, &answer.json()["code"]), (409, &json!("directory-changed")));
    assert_eq!(place.number("SELECT count(*) FROM runs"), 0, "nothing was applied");
    let again = place.customer.done(&place.integration, "preview");
    assert_eq!(place.customer.ended(&place.customer.approve(&again))["verdict"], "done");
    assert_eq!(place.number("SELECT count(*) FROM accounts WHERE employee IS NULL"), 0);
}

#[test]
fn accounts_that_cannot_be_imported_are_not_taken_for_none() {
    let mut place = Place::new(12);
    let path = format!("/api/v1/tenants/{}/accounts", place.customer.id);
    let wrong = json!({ "groups": [], "accounts": [{ "id": "u-1", "email": "nobody", "surname": "?" }] });
    let refused = place.console.api.put_json(&path, &wrong);
    assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("invalid-accounts")), "{refused:?}");
    // Somebody has put them into the folder by hand.
    let by_hand = place.console.service.data().join("tenants").join(&place.customer.id);
    std::fs::create_dir_all(&by_hand).unwrap();
    std::fs::write(by_hand.join("accounts.json"), wrong.to_string()).unwrap();
    for _ in 0..2 {
        let run = place.customer.done(&place.integration, "sync");
        assert_eq!((&run["verdict"], &run["applied"]), (&json!("failed"), &json!(0)), "{run}");
        assert!(!run["failures"][0]["remedy"].as_str().unwrap().is_empty(), "{run}");
        assert_eq!(place.customer.admin.get(&format!("/runs/{}", run["id"].as_str().unwrap())).status, 200);
    }
    assert_eq!(place.console.api.put_json(&path, &json!({ "groups": [], "accounts": [] })).status, 200);
    assert_eq!(place.customer.done(&place.integration, "sync")["verdict"], "done");
}

#[test]
fn a_start_button_that_is_pressed_twenty_times_starts_once() {
    let place = Place::new(60);
    place.source.fault("slow-drip=20@1x*");
    let pressed = in_parallel(20, |_| place.customer.admin.clone().post(&place.path("sync"), &[]));
    let led: std::collections::BTreeSet<&str> = pressed.iter().map(Answer::location).collect();
    assert_eq!(led.len(), 1, "{led:?}");
    let by_api = in_parallel(10, |_| place.customer.begin(&place.integration, "sync"));
    let run = led.first().unwrap().trim_start_matches("/runs/");
    assert!(by_api.iter().all(|other| other == run), "{by_api:?}");
    // A preview, meanwhile, is that run too.
    assert_eq!(place.customer.begin(&place.integration, "preview"), run);
    place.source.mend();
    assert_eq!(place.customer.ended(run)["state"], "ended");
    assert_eq!(place.customer.api.get("/api/v1/runs").json()["total"], 1);
}

#[test]
fn a_pause_and_a_cancel_stop_a_run_that_reads() {
    let mut place = Place::new(400);
    let hourly = json!({ "every": "hourly" });
    let path = format!("/api/v1/integrations/{}", place.integration);
    assert_eq!(place.customer.api.put_json(&format!("{path}/schedule"), &hourly).status, 200);
    for what in ["pause", "cancel"] {
        place.source.fault("slow-drip=1000@1x*");
        let run = place.customer.begin(&place.integration, "sync");
        wait_for("reading", || Some(place.customer.run(&run)).filter(|run| run["phase"] == "read"));
        let stop = if what == "pause" { place.path("pause") } else { format!("/runs/{run}/cancel") };
        assert_eq!(place.customer.admin.post(&stop, &[]).status, 303);
        let ended = place.customer.ended(&run);
        assert_eq!((&ended["verdict"], &ended["applied"]), (&json!("stopped"), &json!(0)), "{ended}");
        let page = place.customer.admin.get(&format!("/runs/{run}"));
        assert!(page.status == 200 && !page.body.contains("/events"), "{page:?}");
        assert_eq!(place.customer.api.get(&path).json()["paused"], what == "pause");
        // Over is over.
        assert_eq!(place.customer.admin.post(&format!("/runs/{run}/cancel"), &[]).status, 303);
        assert_eq!(place.customer.run(&run)["verdict"], "stopped");
        place.source.mend();
        assert_eq!(place.customer.admin.post(&place.path("resume"), &[]).status, 303);
        assert!(place.customer.api.get(&path).json()["next_due"].is_string());
    }
    assert_eq!(place.customer.done(&place.integration, "sync")["verdict"], "done");
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_text() {
    let mut company = personio_mock::company::Company::generate("firma", 6, 3);
    for (person, bad) in
        company.people.iter_mut().zip(["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "=HYPERLINK(\"x\")"])
    {
        person.first_name = bad.to_owned();
        person.position = personio_mock::company::DirectoryView::Value(bad.to_owned());
        person.flag = personio_mock::company::DirectoryView::Value("Ja".to_owned());
    }
    let source = Source::with(company, |_| {});
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let preview = customer.done(&integration, "preview");
    let csv = customer.admin.get(&of(&preview, "download.csv"));
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    let disposition = csv.header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    let body = csv.body.trim_start_matches('\u{feff}');
    for cell in body.lines().skip(1).flat_map(|line| line.split(',')) {
        let cell = cell.trim_start_matches('"');
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{cell} in {body}");
    }
    assert!(body.contains("'=1+1") && body.contains("'@SUM(A1)"), "{body}");
}
