//! Files that are not components that this host can run. The odd ones exist for a test only and are written as text.

use whole_system_tests::desk::Desk;
use whole_system_tests::guests::dummy;

use super::{Case, check, civil, desk, errors};

/// A core module, the stage before a component.
const MODULE: &str = "(module)";

/// A component that asks for the network and offers the contract's interfaces, empty.
const SOCKETS: &str = r#"(component
  (import "wasi:sockets/tcp@0.3.0" (instance))
  (instance $nothing)
  (export "elearnio:connector/connector@0.2.0" (instance $nothing))
  (export "elearnio:connector/manifest@0.2.0" (instance $nothing)))"#;

/// A component that does nothing at all.
const EMPTY: &str = "(component)";

/// A component with the right names and nothing behind them.
const HOLLOW: &str = r#"(component
  (instance $nothing)
  (export "elearnio:connector/connector@0.2.0" (instance $nothing))
  (export "elearnio:connector/manifest@0.2.0" (instance $nothing)))"#;

const COMPONENT: &[&str] = &["--component", "odd.wasm"];

fn write(desk: &Desk, text: &str) {
    desk.write("odd.wasm", wat::parse_str(text).expect("WebAssembly text"));
}

/// What speaks another version of the contract, built like the real one.
const FUTURE: &str = "package elearnio:connector@0.3.0;
    interface connector { configure: func(); }
    interface manifest { describe: func() -> string; }
    world plugin { export manifest; export connector; }";

/// The same for the version before, with an interface that it had and this one does not.
const FIRST: &str = "package elearnio:connector@0.1.0;
    interface connector { configure: func(); map-employee: func(employee: string) -> string; }
    interface batch { map-employees: func(employees: list<string>) -> list<string>; }
    interface manifest { describe: func() -> string; }
    world plugin { export manifest; export connector; export batch; }";

const CASES: &[Case] = &[
    Case {
        name: "no file",
        spoil: |_| {},
        arguments: COMPONENT,
        code: 1,
        says: "error: the component odd.wasm cannot be read: No such file or directory (os error 2)\n\
               Check the path and its permissions, or build the component.",
    },
    Case {
        name: "no component",
        spoil: |desk| desk.write("odd.wasm", "#!/bin/sh\nexit 0\n"),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: this is not a component: it does not begin with WebAssembly's magic number\n\
               Build the component again, and load that file.",
    },
    Case {
        name: "a core module",
        spoil: |desk| write(desk, MODULE),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: this is not a component: it is a core WebAssembly module\n\
               Turn it into a component with `wasm-tools component new`, and load that.",
    },
    Case {
        name: "other imports",
        spoil: |desk| write(desk, SOCKETS),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: the component does not fit this host: it imports wasi:sockets/tcp@0.3.0, which this host \
               does not offer\n\
               Build the component against this host's wit folder, and nothing else.",
    },
    Case {
        name: "another version of the contract",
        spoil: |desk| desk.write("odd.wasm", dummy(FUTURE).expect("a component")),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: the component does not fit this host: it uses version 0.3.0 of \
               elearnio:connector/connector, and this host uses 0.2.0\n\
               Build the component against this host's version of the contract, or use a host with the component's version.",
    },
    Case {
        name: "the first version of the contract, never released",
        spoil: |desk| desk.write("odd.wasm", dummy(FIRST).expect("a component")),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: the component does not fit this host: it uses version 0.1.0 of \
               elearnio:connector/batch, and this host uses 0.2.0\n\
               Build the component against this host's version of the contract, or use a host with the component's version.",
    },
    Case {
        name: "no contract",
        spoil: |desk| write(desk, EMPTY),
        arguments: COMPONENT,
        code: 1,
        says: "error: odd.wasm: the component does not fit this host: it does not export \
               elearnio:connector/connector@0.2.0, elearnio:connector/manifest@0.2.0\n\
               Build the component against this host's wit folder, and nothing else.",
    },
];

#[test]
fn components_that_cannot_run_are_refused_with_the_reason() {
    check(CASES);
}

#[test]
fn a_damaged_or_hollow_component_is_refused() {
    // These messages end in the engine's own words, which change with its version.
    let damaged = std::fs::read(whole_system_tests::component()).expect("built");
    let damaged = damaged.get(..damaged.len() / 2).expect("half of it").to_vec();
    let hollow = wat::parse_str(HOLLOW).expect("WebAssembly text");
    for (bytes, starts) in [
        (damaged, "error: odd.wasm: this is not a component: it is damaged, or uses what this host does not support: "),
        (hollow, "error: odd.wasm: the component does not fit this host: "),
    ] {
        let desk = desk();
        desk.write("odd.wasm", bytes);
        let ran = desk.replay("sync", COMPONENT);
        civil(starts, &ran);
        assert!(errors(&ran).starts_with(starts), "{}", ran.stderr);
        assert_eq!(ran.code, Some(1));
    }
}

#[test]
fn inspect_shows_what_an_unfit_component_asks_for() {
    let desk = desk();
    write(&desk, SOCKETS);
    let ran = desk.harness(&["inspect", "odd.wasm"]);
    assert!(ran.stdout.contains("imports  wasi:sockets/tcp@0.3.0\n"), "{}", ran.stdout);
    assert!(
        ran.stderr.starts_with("error: odd.wasm: the component does not fit this host: it imports"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.code, Some(1));
}

/// Whatever runs a component names both versions, and inspect shows the component all the same.
#[test]
fn every_command_says_both_versions_of_a_component_of_0_1_0() {
    let desk = desk();
    desk.write("odd.wasm", dummy(FIRST).expect("a component"));
    let words = "it uses version 0.1.0 of elearnio:connector/batch, and this host uses 0.2.0";
    let inspected = desk.harness(&["inspect", "odd.wasm"]);
    assert!(inspected.stdout.contains("exports  elearnio:connector/batch@0.1.0\n"), "{}", inspected.stdout);
    let json = desk.harness(&["inspect", "odd.wasm", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON and nothing else");
    assert!(shown["connector"].is_null() && shown["exports"][0] == "elearnio:connector/batch@0.1.0", "{shown}");
    let checked = desk.harness(&["check", "odd.wasm"]);
    for (ran, text) in [(&inspected, &inspected.stderr), (&json, &json.stderr), (&checked, &checked.stdout)] {
        assert!(ran.code == Some(1) && text.contains(words), "{ran:?}");
    }
}

/// Anybody can write anything into a component's sections; a terminal shows it as text on its line.
#[test]
fn inspect_shows_what_a_component_says_of_itself_as_text_and_no_more() {
    let desk = desk();
    write(
        &desk,
        r#"(component $odd (@custom "version" "1.0\0a\1b[2Jlicence  free") (@custom "revision" "\ff\e2\80\ae"))"#,
    );
    let ran = desk.harness(&["inspect", "odd.wasm"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[1..4],
        ["package  odd 1.0 [2Jlicence free", "licence  not stated", "revision \u{fffd}"],
        "{ran:?}"
    );
    let json = desk.harness(&["inspect", "odd.wasm", "--format", "json"]).stdout;
    let shown: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(shown["metadata"]["version"], "1.0 [2Jlicence free");
    let ours = desk.harness(&["inspect", &whole_system_tests::component().to_string_lossy(), "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&ours.stdout).expect("JSON");
    let metadata = &shown["metadata"];
    assert_eq!((&metadata["name"], &metadata["licence"]), (&"personio-connector".into(), &"Apache-2.0".into()));
    assert_eq!(metadata["version"], shown["connector"]["version"]);
    assert_eq!(shown["connector"]["name"], "personio");
}

#[test]
fn s26_a_sync_that_cannot_start_is_filed_and_mailed_all_the_same() {
    let desk = desk();
    write(&desk, MODULE);
    let ran = desk.replay("sync", &["--component", "odd.wasm", "--dry-run"]);
    assert_eq!((ran.code, desk.files("outbox").len()), (Some(1), 0), "S22: {}", ran.stderr);
    let ran = desk.replay("sync", &["--component", "odd.wasm", "--format", "json"]);
    civil("json", &ran);
    assert_eq!(ran.code, Some(1));
    let run: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON and nothing else");
    assert_eq!((&run["verdict"], &run["failures"][0]["code"]), (&"failed".into(), &"contract-mismatch".into()));
    let mails = desk.files("outbox");
    let [mail] = mails.values().collect::<Vec<_>>()[..] else { unreachable!("one mail per run: {:?}", mails.keys()) };
    let mail = mail_parser::MessageParser::default().parse(mail).expect("a mail");
    let subject = mail.subject().expect("a subject");
    assert!(subject.starts_with("Synchronisierung fehlgeschlagen am "), "{subject}");
    let shown = desk.harness(&["directory", "show", "--directory", "accounts.db"]).stdout;
    assert!(shown.contains("1 runs\n") && shown.contains(" failed "), "{shown}");
}
