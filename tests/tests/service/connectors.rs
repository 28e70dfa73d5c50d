//! Connectors that go away, are exchanged, or misbehave.

use std::fs;

use serde_json::json;
use whole_system_tests::service_client::{Console, Customer, Options, Service, Source, form, wait_for};
use whole_system_tests::{component, guest};

use super::HARNESS;

/// A component with other bytes that does the same: a custom section more.
fn another(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0, 6, 4][..], b"note", b"x"].concat()
}

/// A sync fails for this reason.
fn failed(customer: &Customer, integration: &str, code: &str) {
    let run = customer.done(integration, "sync");
    assert_eq!((&run["verdict"], &run["failures"][0]["code"]), (&json!("failed"), &json!(code)), "{run}");
    assert!(!run["failures"][0]["remedy"].as_str().unwrap().is_empty(), "{run}");
}

#[test]
fn a_file_that_is_gone_or_exchanged_stops_its_integrations_until_the_operator_has_looked() {
    let source = Source::of(12);
    let service = Service::prepared(Options::bare(HARNESS));
    let file = service.beside().join("connector.wasm");
    let original = fs::read(component()).unwrap();
    fs::write(&file, &original).unwrap();
    let mut service = service;
    let options = Options::bare(HARNESS).argument("--connector", &file.to_string_lossy());
    service.options = options.argument("--allow-origin", &source.origin());
    service.start_again();
    let mut console = Console::of(service);
    let mut customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    // Gone.
    fs::remove_file(&file).unwrap();
    failed(&customer, &integration, "connector-missing");
    assert_eq!(customer.admin.get("/integrations").status, 200);
    assert_eq!(customer.admin.get(&format!("/integrations/{integration}/edit")).status, 200);
    let tested = customer.api.post(&format!("/api/v1/integrations/{integration}/test")).json();
    assert_eq!(tested["failures"][0]["code"], "connector-missing");
    // The service starts without it.
    console.service.stop();
    console.service.options = Options::bare(HARNESS);
    console.service.start_again();
    failed(&customer, &integration, "connector-missing");
    assert_eq!(console.operator.post("/operator/connectors/personio/accept", &[]).status, 422);
    // Exchanged.
    fs::write(&file, another(&original)).unwrap();
    failed(&customer, &integration, "connector-changed");
    assert_eq!(customer.api.get("/api/v1/connectors").json()[0]["state"], "changed");
    let page = console.operator.get("/operator/connectors");
    assert!(page.body.contains("/operator/connectors/personio/accept"), "{page:?}");
    // What is no connector is not accepted.
    fs::write(&file, "\0asm").unwrap();
    assert_eq!(console.operator.post("/operator/connectors/personio/accept", &[]).status, 422);
    failed(&customer, &integration, "connector-changed");
    // Accepted: the same grants, and no others.
    fs::write(&file, another(&original)).unwrap();
    assert_eq!(console.operator.post("/operator/connectors/personio/accept", &[]).status, 303);
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    // The old one back is another one again; and the accepted one is known after a restart.
    console.service.stop();
    console.service.start_again();
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
    fs::write(&file, &original).unwrap();
    failed(&customer, &integration, "connector-changed");
    // An origin that is not granted any more is not reached.
    assert_eq!(console.operator.post("/operator/connectors/personio/accept", &[]).status, 303);
    let grant = [("origin", "https://api.personio.de"), ("origin", "not an origin")];
    assert_eq!(console.operator.post("/operator/connectors/personio/origins", &grant).status, 303);
    let run = customer.done(&integration, "sync");
    assert_eq!(run["verdict"], "failed", "{run}");
    assert!(run.to_string().contains(&source.origin()), "it names what to grant: {run}");
    // Removed.
    assert_eq!(console.operator.post("/operator/connectors/personio/remove", &[]).status, 303);
    failed(&customer, &integration, "connector-missing");
    assert_eq!(console.operator.post("/operator/connectors/personio/remove", &[]).status, 404);
}

#[test]
fn a_connector_that_misbehaves_ends_its_own_run_and_after_three_its_schedule_stands_still() {
    let source = Source::of(12);
    let options = Options::new(HARNESS, &source.origin()).argument("--connector", &guest("hostile").to_string_lossy());
    let mut console = Console::start(options);
    let mut customer = console.customer("Acme");
    let good = customer.integration("Personio", &source.origin());
    let hostile = |name: &str| {
        let hostile = json!({ "name": name, "type": "hostile", "schedule": { "every": "hourly" } });
        customer.integration_of(&hostile)
    };
    let integrations = ["panic", "recurse", "abort"].map(hostile);
    for (integration, code) in integrations.iter().zip(["plugin-panicked", "plugin-trapped", "plugin-trapped"]) {
        let beside = customer.begin(&good, "sync");
        failed(&customer, integration, code);
        assert_eq!(customer.ended(&beside)["verdict"], "done", "the neighbour's run");
    }
    let [quarantined, ..] = &integrations;
    for _ in 0..2 {
        failed(&customer, quarantined, "plugin-panicked");
    }
    wait_for("word of the schedule", || console.service.said().contains("stands still").then_some(()));
    let is_due = |service: &Service| {
        service.database().execute("UPDATE integrations SET next_due = 1 WHERE next_due IS NOT NULL", []).unwrap();
    };
    console.service.stop();
    is_due(&console.service);
    console.service.start_again();
    let path = |id: &str| format!("/api/v1/runs?integration={id}");
    let total = |id: &str| customer.api.get(&path(id)).json()["total"].as_u64().unwrap();
    // The others are started, so this one was passed over.
    wait_for("scheduled runs", || integrations.iter().skip(1).all(|id| total(id) == 2).then_some(()));
    assert_eq!(total(quarantined), 3);
    let due = customer.api.get(&format!("/api/v1/integrations/{quarantined}")).json();
    assert!(due["next_due"].as_str().unwrap() > "2020", "{due}");
    // A person may try again, which lifts it.
    let resume = format!("/integrations/{quarantined}/resume");
    assert_eq!(customer.admin.post(&resume, &[]).status, 303);
    console.service.stop();
    is_due(&console.service);
    console.service.start_again();
    wait_for("a scheduled run", || (total(quarantined) == 4).then_some(()));
}

#[test]
fn a_form_is_drawn_from_whatever_connector_is_loaded() {
    let options = Options::bare(HARNESS).argument("--connector", &guest("csv-connector").to_string_lossy());
    let console = Console::start(options);
    let mut customer = console.customer("Acme");
    let page = customer.admin.get("/integrations/new");
    let connectors = customer.api.get("/api/v1/connectors").json();
    for setting in connectors[0]["settings"].as_array().unwrap() {
        let name = format!("name=\"setting.{}\"", setting["key"].as_str().unwrap());
        assert!(page.body.contains(&name), "{name}");
        assert!(page.body.contains(setting["label"].as_str().unwrap()));
    }
    let mut wrong = form("CSV", "http://127.0.0.1:1");
    wrong["type"] = connectors[0]["name"].clone();
    wrong["values"] = json!({ "no-such-setting": "x" });
    let answer = customer.api.post_json("/api/v1/integrations", &wrong);
    assert_eq!(answer.status, 422, "{answer:?}");
}
