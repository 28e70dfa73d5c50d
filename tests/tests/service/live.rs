//! What a page shows while something happens.

use std::time::Duration;

use personio_mock::company::Company;
use serde_json::json;
use whole_system_tests::service_client::{Console, Customer, Options, Request, Source, Stream, page_form, wait_for};

use super::HARNESS;

fn events(customer: &Customer, path: &str) -> Stream {
    customer.admin.wire.follow(&customer.admin.with_cookies(Request::new("GET", path)))
}

#[test]
fn events_tell_of_every_change_until_the_end_and_a_reload_shows_what_the_api_says() {
    let source = Source::with(Company::generate("firma", 400, 7), |options| options.page_limit = 20);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let other = console.customer("Nordwind");
    let integration = customer.integration("Personio", &source.origin());
    source.fault("slow-drip=1@1x*");
    let mut of_other = events(&other, "/integrations/events");
    assert!(of_other.event(), "the first look");
    let run = customer.begin(&integration, "sync");
    let mut of_tenant = events(&customer, "/integrations/events");
    let mut of_run = events(&customer, &format!("/runs/{run}/events"));
    let token = Request::new("GET", &format!("/api/v1/runs/{run}/events"));
    let mut of_api = console.wire.follow(&token.header("Authorization", &format!("Bearer {}", customer.api.token)));
    let mut admin = customer.admin.clone();
    let (mut seen, mut looked) = (Vec::new(), 0);
    // Each event is a reason to look; the last look finds the end.
    while of_run.event() {
        let before = customer.run(&run);
        let page = admin.get(&format!("/runs/{run}"));
        let after = customer.run(&run);
        assert_eq!(page.status, 200);
        looked += 1;
        if before["state"] == after["state"] {
            let is_over = before["state"] == "ended";
            assert_eq!(page.body.contains(&format!("/runs/{run}/events")), !is_over, "{before}: {}", page.body);
        }
        let phase = format!("{} {}", before["state"], before["phase"]);
        if seen.last() != Some(&phase) {
            seen.push(phase);
        }
        if before["employees"].as_u64().unwrap() >= 80 {
            source.mend();
        }
    }
    let ended = customer.run(&run);
    assert_eq!(ended["state"], "ended", "the stream ends with the run: {ended}");
    assert!(looked >= 3 && seen.len() >= 2, "{looked} looks: {seen:?}");
    while of_api.event() {}
    assert!(of_tenant.event());
    assert!(!of_other.event_within(Duration::from_millis(500)), "nothing of another tenant's is heard of");
    // Of what is over there is one event, and no more.
    let mut over = events(&customer, &format!("/runs/{run}/events"));
    assert!(over.event() && !over.event());
}

#[test]
fn a_second_tab_and_a_reload_show_the_same_test_of_a_connection() {
    let source = Source::of(200);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    source.fault("slow-drip=20@1x*");
    let origin = source.origin();
    let fields = page_form("Personio", &origin, "test");
    let answer = customer.admin.post("/integrations/new", &fields);
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = answer.location().split('#').next().unwrap().to_owned();
    let id = page.split_once("test=").unwrap().1.to_owned();
    let mut stream = events(&customer, &format!("/tests/{id}/events"));
    let mut other = customer.admin.clone();
    assert!(customer.admin.get(&page).body.contains(&format!("/tests/{id}/events")));
    assert!(other.get(&page).body.contains(&format!("/tests/{id}/events")), "a second tab");
    source.mend();
    while stream.event() {}
    let passed = wait_for("answer", || Some(customer.admin.get(&page)).filter(|page| !page.body.contains("/events")));
    assert!(passed.body.contains("200"), "how many people there are: {}", passed.body);
    // The secret that was entered is kept with the test, and needs not be entered again.
    let revision = format!("0.{id}");
    let mut save = fields.to_vec();
    save[0] = ("revision", revision.as_str());
    save[4] = ("setting.client-secret", "");
    save[8] = ("action", "sync");
    let saved = customer.admin.post("/integrations/new", &save);
    assert_eq!(saved.status, 303, "{saved:?}");
    let run = saved.location().trim_start_matches("/runs/").to_owned();
    assert_ne!(customer.ended(&run)["verdict"], json!("failed"));
}

#[test]
fn one_user_follows_so_much_at_once_and_no_more() {
    let console = Console::start(Options::bare(HARNESS));
    let (customer, other) = (console.customer("Acme"), console.customer("Nordwind"));
    let path = "/integrations/events";
    let mut open: Vec<Stream> = (0..32).map(|_| events(&customer, path)).collect();
    assert!(open.iter_mut().all(Stream::event));
    let mut admin = customer.admin.clone();
    assert_eq!(admin.get(path).status, 429);
    // Everything else goes on, and for everybody else this too.
    assert_eq!(admin.get("/integrations").status, 200);
    assert!(events(&other, path).event());
    open.pop();
    wait_for("room for another", || (admin.wire.opens(&admin.with_cookies(Request::new("GET", path)))).then_some(()));
}
