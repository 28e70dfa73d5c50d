//! What an operator does with a data folder from a terminal: backup, restore, keys, tenants.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use whole_system_tests::service_client::{Browser, Console, Options, Source};

use super::HARNESS;

fn harness(arguments: &[&str], data: &Path) -> Output {
    Command::new(HARNESS).args(arguments).arg("--data").arg(data).output().unwrap()
}

/// What a command that succeeds prints.
fn ok(arguments: &[&str], data: &Path) -> String {
    let output = harness(arguments, data);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What a command that is refused says, with its exit code.
fn refused(arguments: &[&str], data: &Path) -> (Option<i32>, String) {
    let output = harness(arguments, data);
    (output.status.code(), String::from_utf8(output.stderr).unwrap().trim().to_owned())
}

#[test]
fn a_backup_made_while_it_runs_is_brought_back_with_the_key_and_knows_what_is_missing_without_it() {
    let source = Source::of(30);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "sync");
    let run = run["id"].as_str().unwrap();
    let (beside, data) = (console.service.beside().to_owned(), console.service.data().to_owned());
    let (file, again) = (beside.join("backup.tar"), beside.join("again"));
    let said = ok(&["backup", file.to_str().unwrap()], &data);
    assert!(said.contains("the accounts of 1 integration"), "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    let key = fs::read_to_string(data.join("service.key")).unwrap();
    let key = key.split_whitespace().last().unwrap().as_bytes();
    assert!(!bytes.windows(key.len()).any(|part| part == key), "the key is not in the backup");

    let said = ok(&["restore", file.to_str().unwrap()], &again);
    assert!(said.contains("service.key"), "{said}");
    let (code, said) = refused(&["restore", file.to_str().unwrap()], &again);
    assert_eq!((code, said.contains("is not empty")), (Some(1), true), "{said}");
    assert!(console.service.stop().success());

    // Without the key it says what it cannot run, and with it everything is as it was.
    console.service.move_to(&again);
    console.service.has_no_operator = false;
    console.service.start_again();
    let mut admin = customer.admin.clone();
    assert!(admin.get("/integrations").body.contains("Key missing"), "{}", admin.get("/integrations").body);
    console.service.stop();
    fs::copy(data.join("service.key"), again.join("service.key")).unwrap();
    console.service.start_again();
    assert_eq!(customer.api.get(&format!("/api/v1/runs/{run}/plan")).status, 200);
    let ended = customer.done(&integration, "sync");
    assert_eq!((ended["verdict"].as_str(), ended["actions"].as_u64()), (Some("done"), Some(0)), "{ended}");
    assert!(connector_service::audit::read(&again.join("audit.jsonl")).unwrap().1.is_none(), "the chain goes on");
}

#[test]
fn keys_are_rotated_once_the_service_has_stopped_and_everything_still_opens() {
    let source = Source::of(20);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "sync");
    let data = console.service.data().to_owned();
    let (code, said) = refused(&["keys", "rotate"], &data);
    assert_eq!(code, Some(1));
    assert!(said.contains("another service is running"), "{said}");
    let before = fs::read_to_string(data.join("service.key")).unwrap();
    assert!(console.service.stop().success());
    let said = ok(&["keys", "rotate"], &data);
    assert!(said.contains("sealed again: 1 secrets, 1 runs"), "{said}");
    let after = fs::read_to_string(data.join("service.key")).unwrap();
    assert!(after != before && after.lines().count() == 1, "the new key alone");
    console.service.has_no_operator = false;
    console.service.start_again();
    assert_eq!(customer.api.get(&format!("/api/v1/runs/{}/plan", run["id"].as_str().unwrap())).status, 200);
    assert_eq!(customer.done(&integration, "sync")["verdict"], "done");
}

#[test]
fn tenants_are_set_up_from_a_terminal_beside_the_running_service() {
    let source = Source::of(5);
    let console = Console::start(Options::new(HARNESS, &source.origin()));
    let data = console.service.data().to_owned();
    let address = console.service.address.lock().unwrap().clone();
    let listen = ["--listen", address.as_str()];
    let add = ["tenant", "add", "Rotor AG", "--email", "Admin@rotor.example"];
    let link = ok(&[&add[..], &listen].concat(), &data);
    let mut admin = Browser::by_link(&console.wire, &link, "a long enough password");
    assert_eq!(admin.get("/integrations").status, 200);
    assert!(ok(&["tenant", "list"], &data).contains("Rotor AG: admin@rotor.example"));
    let token = ok(&["tenant", "token", "admin@rotor.example", "--name", "a script"], &data);
    assert!(token.starts_with("harness_") && admin.get("/account").body.contains("a script"));
    // A link that nobody has used is on the operator's list, and one that was used is not.
    let mut operator = console.operator.clone();
    assert!(operator.get("/operator/links").body.contains("No link is open"));
    let again = ok(&[&["tenant", "link", "admin@rotor.example"][..], &listen].concat(), &data);
    let page = operator.get("/operator/links").body;
    assert!(page.contains("admin@rotor.example") && page.contains("Rotor AG") && !page.contains(&again), "{page}");
    assert_ne!(again, link);
    let wrong = console.service.beside().join("accounts.json");
    fs::write(&wrong, "{ \"groups\": [], \"accounts\": [\n{ \"id\": \"u-1\" }] }").unwrap();
    for (arguments, words) in [
        (
            vec!["tenant", "add", "rotor  ag", "--email", "x@rotor.example"],
            "there is a tenant called \"rotor  ag\" already",
        ),
        (vec!["tenant", "add", "Other", "--email", "admin@rotor.example"], "signs in with admin@rotor.example already"),
        (vec!["tenant", "add", "Other", "--email", "nobody"], "nobody is not a mail address"),
        (vec!["tenant", "add", " ", "--email", "x@rotor.example"], "a tenant needs a name"),
        (vec!["tenant", "link", "x@rotor.example"], "nobody signs in with x@rotor.example"),
        (
            vec!["tenant", "add", "Other", "--email", "x@rotor.example", "--accounts", "/nowhere.json"],
            "/nowhere.json: cannot be read",
        ),
        (
            vec!["tenant", "add", "Other", "--email", "x@rotor.example", "--accounts", wrong.to_str().unwrap()],
            "accounts.json:2: ",
        ),
    ] {
        let (code, said) = refused(&arguments, &data);
        assert_eq!((code, said.contains(words)), (Some(2), true), "{arguments:?}: {said}");
    }
}
