//! What keeps a service from starting, or from doing all of its work, and what it says then.

use std::fs;

use serde_json::json;
use whole_system_tests::service_client::{Console, Options, Request, Service, Source, form, wait_for};

use super::HARNESS;

/// What a start that fails says; it ends with an error's exit code.
fn refusal(service: &Service) -> String {
    let output = service.options.command(service.data()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn a_second_service_on_the_same_folder_leaves_the_first_one_alone() {
    let first = Service::start(Options::bare(HARNESS));
    let mut second = Service::prepared(Options::bare(HARNESS));
    second.move_to(first.data());
    let said = refusal(&second);
    assert!(said.contains("another service is running on") && said.contains("--data"), "{said}");
    assert_eq!(first.wire().send(&Request::new("GET", "/readyz")).body, "ok\n");
}

#[test]
fn an_address_that_is_taken_is_named_with_what_to_do() {
    let first = Service::start(Options::bare(HARNESS));
    let address = first.address.lock().unwrap().clone();
    let mut second = Service::prepared(Options::bare(HARNESS).listen(&address));
    let said = refusal(&second);
    assert!(said.contains(&address) && said.contains("--listen"), "{said}");
    // The folder is not held by the one that failed.
    second.options = Options::bare(HARNESS);
    second.start_again();
}

#[test]
fn a_folder_that_is_none_is_named_with_what_to_do() {
    let mut service = Service::prepared(Options::bare(HARNESS));
    let file = service.beside().join("file");
    fs::write(&file, "a file in its place").unwrap();
    service.move_to(&file);
    let said = refusal(&service);
    assert!(said.contains(&file.display().to_string()) && said.contains("--data"), "{said}");
    service.move_to(&file.join("below"));
    assert!(refusal(&service).contains("--data"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "a file in its place");
}

#[test]
fn files_of_others_in_the_folder_are_refused_and_left_as_they_are() {
    let service = Service::prepared(Options::bare(HARNESS));
    fs::create_dir(service.data()).unwrap();
    let database = service.data().join("service.db");
    fs::write(&database, "this is no database, and somebody may need it").unwrap();
    let said = refusal(&service);
    assert!(said.contains("service") && said.contains("database"), "{said}");
    assert_eq!(fs::read_to_string(&database).unwrap(), "this is no database, and somebody may need it");
    fs::remove_file(&database).unwrap();
    fs::write(service.data().join("service.toml"), "detail-days = \"many\"\nnonsense = 1\n").unwrap();
    let said = refusal(&service);
    assert!(said.contains("service.toml") && said.contains("detail-days") && said.contains("nonsense"), "{said}");
}

#[test]
fn keys_that_are_none_are_refused_by_line_and_never_shown() {
    let mut service = Service::prepared(Options::bare(HARNESS));
    let file = service.beside().join("keys");
    fs::write(&file, "# keys\nswordfish-is-no-key\n").unwrap();
    service.options = Options::bare(HARNESS).argument("--key-file", &file.to_string_lossy());
    let said = refusal(&service);
    assert!(said.contains("keys, line 2: this is not a key") && !said.contains("swordfish"), "{said}");
    service.options = Options::bare(HARNESS).variable("HARNESS_KEY", "swordfish");
    let said = refusal(&service);
    assert!(said.contains("HARNESS_KEY, line 1") && !said.contains("swordfish"), "{said}");
}

#[test]
fn without_its_key_it_starts_and_says_what_cannot_run() {
    let source = Source::of(12);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let mut customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let synced = customer.done(&integration, "sync");
    assert_eq!(synced["verdict"], "done");
    let key = console.service.data().join("service.key");
    let kept = fs::read_to_string(&key).unwrap();
    let elsewhere = console.service.beside().join("elsewhere");
    let other = "ab".repeat(32);
    // The file is gone; the one that is named is not there; it is another key.
    let ways = [
        Options::new(HARNESS, &source.origin()),
        Options::new(HARNESS, &source.origin()).argument("--key-file", &elsewhere.to_string_lossy()),
        Options::new(HARNESS, &source.origin()).variable("HARNESS_KEY", &other),
    ];
    for (way, options) in ways.into_iter().enumerate() {
        console.service.stop();
        fs::remove_file(&key).unwrap_or_default();
        console.service.options = options;
        let before = console.service.said().len();
        console.service.start_again();
        let said = || console.service.said().split_off(before);
        let names_it = |said: &String| said.contains(&integration) && said.contains("cannot run");
        let said = wait_for("word of what cannot run", || Some(said()).filter(names_it));
        assert!(!said.contains(&other), "{said}");
        assert!(!key.exists(), "no other key is made over secrets of the lost one");
        let list = customer.admin.get("/integrations");
        assert!(list.body.contains("Personio"), "{list:?}");
        let run = customer.done(&integration, "sync");
        assert_eq!((&run["verdict"], &run["failures"][0]["code"]), (&json!("failed"), &json!("key-missing")), "{run}");
        // What is sealed cannot be shown; what is not, can.
        assert_eq!(customer.run(synced["id"].as_str().unwrap())["applied"], synced["applied"]);
        assert_eq!(customer.admin.get(&format!("/runs/{}", synced["id"].as_str().unwrap())).status, 200);
        let answer = customer.api.post_json("/api/v1/integrations", &form("Second", &source.origin()));
        let ready = console.wire.send(&Request::new("GET", "/readyz"));
        if way == 2 {
            assert_eq!((answer.status, ready.body.as_str()), (201, "ok\n"), "another key seals: {answer:?}");
        } else {
            assert_eq!((answer.status, &answer.json()["code"]), (503, &json!("key-missing")));
            assert_eq!((ready.status, ready.body.starts_with("ok, but there is no key")), (200, true), "{ready:?}");
            let fields = [
                ("revision", "0."),
                ("name", "Third"),
                ("type", "personio"),
                ("setting.client-id", "x"),
                ("setting.client-secret", "swordfish"),
                ("mail-language", "en"),
                ("schedule", "off"),
            ];
            let page = customer.admin.post("/integrations/new", &fields);
            assert_eq!(page.status, 422);
            assert!(page.body.contains("runs without a key") && !page.body.contains("swordfish"), "{page:?}");
        }
    }
    // The key is back.
    console.service.stop();
    fs::write(&key, kept).unwrap();
    console.service.options = Options::new(HARNESS, &source.origin());
    console.service.start_again();
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
}

#[test]
fn a_connector_that_is_none_is_refused_at_the_start_and_on_the_page() {
    let mut service = Service::prepared(Options::bare(HARNESS));
    let file = service.beside().join("connector.wasm");
    service.options = Options::bare(HARNESS).argument("--connector", &file.to_string_lossy());
    assert!(refusal(&service).contains("connector.wasm"));
    fs::write(&file, "\0asm is not enough").unwrap();
    assert!(refusal(&service).contains("connector.wasm"));
    service.options = Options::bare(HARNESS);
    service.start_again();
    let mut console = Console::of(service);
    console.operator.get("/operator/connectors");
    let folder = console.service.beside().to_string_lossy().into_owned();
    for path in ["", "/nothing/here.wasm", &folder, &file.to_string_lossy(), "/etc/passwd"] {
        let page = console.operator.post("/operator/connectors", &[("path", path)]);
        assert_eq!(page.status, 422, "{path}: {page:?}");
        assert!(!page.body.contains("root:"), "{path}");
    }
}
