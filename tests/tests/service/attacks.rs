//! What people in the HR system are called, what is pressed twice, and who looks where they have no business.

use personio_mock::company::{Company, DirectoryView};
use serde_json::json;
use whole_system_tests::service_client::{Console, Options, Request, Source, encode, form, page_form, wait_for};

use super::HARNESS;
use super::forms::in_parallel;

#[test]
fn whatever_people_are_called_is_text_on_every_page() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    const IMAGE: &str = "\"><img src=x onerror=alert(1)>";
    let mut company = Company::generate("firma", 8, 3);
    for person in &mut company.people {
        SCRIPT.clone_into(&mut person.first_name);
        person.last_name = format!("{IMAGE}{}", person.id);
        person.position = DirectoryView::Value("{{7*7}}${7*7}".to_owned());
        person.department = DirectoryView::Value(format!("{SCRIPT}{IMAGE}"));
        person.flag = DirectoryView::Value("Ja".to_owned());
    }
    let source = Source::with(company, |_| {});
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let mut named = form(&format!("{SCRIPT}'\"&"), &source.origin());
    named["filter-label"] = json!("");
    let integration = customer.integration_of(&named);
    let preview = customer.done(&integration, "preview");
    let applied = customer.ended(&customer.approve(&preview));
    let employee = source.company.people.first().unwrap().id;
    customer.admin.post(&format!("/people/{integration}/{employee}/ask"), &[]);
    let mut pages =
        vec!["/integrations".to_owned(), "/people".to_owned(), "/history".to_owned(), "/conflicts".to_owned()];
    pages.push("/history?tab=decisions".to_owned());
    pages.push(format!("/people?q={}", encode(SCRIPT)));
    pages.push(format!("/integrations/{integration}/edit"));
    pages.push(format!("/people/{integration}/{employee}"));
    for run in [&preview, &applied] {
        for more in ["", "/mail", "?q=%3Cscript%3E"] {
            pages.push(format!("/runs/{}{more}", run["id"].as_str().unwrap()));
        }
    }
    let mut seen = 0;
    for path in &pages {
        let page = customer.admin.get(path);
        for raw in [SCRIPT, "<img src=x", "<script>alert"] {
            assert!(!page.body.contains(raw), "{path}: {raw}");
        }
        seen += page.body.matches("&lt;script&gt;").count();
    }
    assert!(seen > 10, "the names are shown: {seen}");
    for path in ["/operator/runs", "/operator/audit", "/operator/tenants"] {
        assert!(!console.operator.get(path).body.contains(SCRIPT), "{path}");
    }
    // A tenant's name and a user's address.
    let name = format!("{SCRIPT}{IMAGE}");
    let page =
        console.operator.post("/operator/tenants", &[("name", &name), ("email", "a@b.example"), ("language", "en")]);
    assert_eq!((page.status, page.body.contains(SCRIPT)), (200, false));
    let page = console.operator.post("/operator/tenants", &[("name", "B"), ("email", IMAGE), ("language", "en")]);
    assert_eq!((page.status, page.body.contains("<img src=x")), (422, false));
}

#[test]
fn what_is_saved_twice_at_once_is_there_once() {
    let source = Source::of(12);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let origin = source.origin();
    let save = |_| {
        let fields = page_form("Personio", &origin, "sync");
        customer.admin.clone().post("/integrations/new", &fields).status
    };
    let answers = in_parallel(12, save);
    assert!(answers.iter().all(|status| [303, 422].contains(status)), "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
    assert_eq!(customer.api.get("/api/v1/integrations").json().as_array().unwrap().len(), 1);
    assert_eq!(customer.api.get("/api/v1/runs").json()["total"], 1);
    let tenant = |number| {
        let body = json!({ "name": "Twice", "email": format!("admin-{number}@twice.example") });
        console.api.post_json("/api/v1/tenants", &body).status
    };
    let answers = in_parallel(8, tenant);
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    let tenants = console.api.get("/api/v1/tenants").json();
    assert_eq!(tenants.as_array().unwrap().len(), 2, "{tenants}");
}

#[test]
fn an_operator_works_in_the_tenant_of_what_they_name() {
    let source = Source::of(12);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let (one, other) = (console.customer("Acme"), console.customer("Nordwind"));
    let integration = one.integration("Personio", &source.origin());
    let opened = console.operator.post(&format!("/operator/tenants/{}/open", other.id), &[]);
    assert_eq!(opened.status, 303);
    let origin = source.origin();
    let fields = [
        ("revision", "1."),
        ("name", "Renamed"),
        ("type", "personio"),
        ("setting.client-id", personio_mock::CLIENT_ID),
        ("setting.endpoint", origin.as_str()),
        ("mail-language", "en"),
        ("schedule", "off"),
        ("action", "save"),
    ];
    let saved = console.operator.post(&format!("/integrations/{integration}/edit"), &fields);
    assert_eq!(saved.status, 303, "{saved:?}");
    assert_eq!(one.api.get(&format!("/api/v1/integrations/{integration}")).json()["form"]["name"], "Renamed");
    let (entries, _) = connector_service::audit::read(&console.service.data().join("audit.jsonl")).unwrap();
    let entry = entries.iter().rev().find(|entry| entry.action == "integration.change").unwrap();
    assert_eq!((entry.tenant.as_deref(), entry.who.as_str()), (Some(one.id.as_str()), "operator@localhost"));
    // A token, with the scheme spelled as some libraries do.
    let request = Request::new("GET", "/api/v1/runs").header("Authorization", &format!("bearer {}", one.api.token));
    assert_eq!(console.wire.send(&request).status, 200);
}

#[test]
fn figures_are_for_this_machine_and_for_operators() {
    let console = Console::start(Options::bare(HARNESS));
    let customer = console.customer("Acme");
    let figures =
        |header: &str, value: &str| console.wire.send(&Request::new("GET", "/metrics").header(header, value)).status;
    assert_eq!(figures("Accept", "*/*"), 200);
    // A proxy on this machine passes strangers on.
    assert_eq!(figures("X-Forwarded-For", "198.51.100.1"), 404);
    assert_eq!(figures("Forwarded", "for=198.51.100.1"), 404);
    let with = |token: &str| {
        let request = Request::new("GET", "/metrics").header("X-Forwarded-For", "198.51.100.1");
        console.wire.send(&request.header("Authorization", &format!("Bearer {token}"))).status
    };
    assert_eq!((with(&customer.api.token), with(&console.api.token)), (404, 200));
}

#[test]
fn many_tests_of_a_connection_neither_pile_up_nor_hold_anybody_else_up() {
    let source = Source::of(100);
    let slow = Source::of(400);
    slow.fault("slow-drip=2000@1x*");
    let options = Options::new(HARNESS, &source.origin()).argument("--allow-origin", &slow.origin());
    let console = Console::start(options.argument("--parallel", "1"));
    let (one, other) = (console.customer("Acme"), console.customer("Nordwind"));
    let origin = slow.origin();
    let fields = page_form("Slow", &origin, "test");
    let mut admin = one.admin.clone();
    let tests: Vec<String> = (0..60)
        .map(|_| {
            let answer = admin.post("/integrations/new", &fields);
            assert_eq!(answer.status, 303, "{answer:?}");
            answer.location().split('#').next().unwrap().to_owned()
        })
        .collect();
    // The first ones made room and are forgotten; the last one is still asked.
    let id = |page: &str| page.split_once("test=").unwrap().1.to_owned();
    let events = |page: &str| {
        admin.wire.send(&admin.with_cookies(Request::new("HEAD", &format!("/tests/{}/events", id(page))))).status
    };
    assert_eq!((events(&tests[0]), events(&tests[59])), (404, 200));
    let integration = other.integration("Personio", &source.origin());
    assert_ne!(other.done(&integration, "sync")["verdict"], json!("failed"));
    slow.mend();
    wait_for("answer", || Some(admin.get(&tests[59])).filter(|page| !page.body.contains("/events")));
}

#[test]
fn limits_that_leave_no_room_end_a_run_and_hold_nobody_else_up() {
    let source = Source::of(30);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let (one, other) = (console.customer("Acme"), console.customer("Nordwind"));
    let (mine, theirs) =
        (one.integration("Personio", &source.origin()), other.integration("Personio", &source.origin()));
    let page = console.operator.get(&format!("/operator/tenants/{}", one.id));
    let (_, limits) =
        page.body.split_once(&format!("action=\"/operator/tenants/{}/limits\"", one.id)).expect("the form");
    let (limits, _) = limits.split_once("</form>").unwrap();
    let keys: Vec<&str> = limits.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| *key != "csrf").collect();
    assert!(keys.len() > 5, "{keys:?}");
    let path = format!("/operator/tenants/{}/limits", one.id);
    for wrong in ["many", "-1", "99999999999999999999", "1.5"] {
        assert_eq!(console.operator.post(&path, &[(keys[0], wrong)]).status, 422, "{wrong}");
    }
    for key in &keys {
        let answer = console.operator.post(&path, &[(key, "0")]);
        if answer.status == 422 {
            continue;
        }
        assert_eq!(answer.status, 303, "{key}: {answer:?}");
        let run = one.done(&mine, "preview");
        assert_eq!(run["state"], "ended", "{key}: {run}");
        if run["verdict"] == "failed" {
            assert!(!run["failures"][0]["remedy"].as_str().unwrap().is_empty(), "{key}: {run}");
        }
        assert_ne!(other.done(&theirs, "preview")["verdict"], json!("failed"), "{key}");
    }
    assert_eq!(console.operator.post(&path, &[]).status, 303);
    assert_ne!(one.done(&mine, "preview")["verdict"], json!("failed"));
}
