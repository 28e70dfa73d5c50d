//! Components composed of several, as other toolchains and composers make them: within the default limits, past them, and with
//! limits from a file.
//!
//! They are made of the CSV connector as it is built, printed as text, with components inside of it as a composer puts them
//! there: each with modules, memories, tables and instances of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use whole_system_tests::{fixture, guests};

const HARNESS: &str = env!("CARGO_BIN_EXE_harness-under-test");

/// What the CSV connector is made of itself: a memory, its table and that of its imports; the module and two that link it.
const OWN: Parts = Parts { memories: 1, tables: 2, instances: 3 };

/// What a component is made of.
#[derive(Clone, Copy)]
struct Parts {
    memories: usize,
    tables: usize,
    instances: usize,
}

/// The CSV connector, composed with as many components as it takes to have so many parts in all.
fn composed(all: Parts) -> Vec<u8> {
    let connector = std::fs::read(guests::component("csv-connector").unwrap()).unwrap();
    let text = wasmprinter::print_bytes(connector).unwrap();
    let before_the_end = text.trim_end().strip_suffix(')').unwrap();
    let Parts { memories, tables, mut instances } = all;
    let mut parts = String::new();
    for number in 0..(memories - OWN.memories).max(tables - OWN.tables).max(1) {
        let memory = if number < memories - OWN.memories { "(memory (export \"memory\") 1)" } else { "" };
        let table = if number < tables - OWN.tables { "(table 4 funcref)" } else { "" };
        write!(
            parts,
            "(component $part{number} (core module $m {memory} {table} (func (export \"f\"))) (core instance (instantiate $m)))
             (instance (instantiate $part{number}))"
        )
        .unwrap();
        instances -= 1;
    }
    // The stubs of WASI are many small ones, in a component of their own.
    let stubs = "(core instance (instantiate $stub))".repeat(instances - OWN.instances);
    let stubs = format!(
        "(component $stubs (core module $stub (func (export \"now\") (result i64) (i64.const 0))) {stubs})
         (instance (instantiate $stubs))"
    );
    wat::parse_str(format!("{before_the_end}{parts}{stubs})")).unwrap()
}

/// A folder with the component in it.
fn folder(all: Parts) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("composed.wasm"), composed(all)).unwrap();
    folder
}

/// The command in that folder: its exit code, and what it printed and said.
fn harness(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(HARNESS).current_dir(folder).args(arguments).output().unwrap();
    let texts = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(texts).unwrap())
}

const THREE: Parts = Parts { memories: 3, tables: 6, instances: 60 };

#[test]
fn three_memories_and_sixty_instances_load_and_run_with_the_default_limits() {
    let folder = folder(THREE);
    let fixtures = fixture("csv");
    let check = ["check", "composed.wasm", "--fixtures", fixtures.to_str().unwrap()];
    let (code, text) = harness(folder.path(), &check);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("passed: 13 passed"), "{text}");
}

#[test]
fn one_part_past_a_default_limit_names_the_limit_and_a_file_raises_it() {
    let at = Parts { memories: 4, tables: 16, instances: 64 };
    assert_eq!(harness(folder(at).path(), &["inspect", "composed.wasm"]).0, Some(0), "at the limits");
    for (parts, limit, set_to) in [
        (Parts { memories: 5, ..at }, "memories", 4),
        (Parts { tables: 17, ..at }, "tables", 16),
        (Parts { instances: 65, ..at }, "instances", 64),
    ] {
        let folder = folder(parts);
        let words = [
            format!("the limit {limit} is set to {set_to}"),
            format!("write {limit} into a file and name the file with --limits"),
        ];
        for command in ["inspect", "check"] {
            let (code, text) = harness(folder.path(), &[command, "composed.wasm"]);
            assert!(code == Some(1) && words.iter().all(|words| text.contains(words)), "{text}");
        }
        std::fs::write(folder.path().join("limits.toml"), format!("{limit} = {}\n", set_to + 1)).unwrap();
        let raised = |command| harness(folder.path(), &[command, "composed.wasm", "--limits", "limits.toml"]);
        let (code, text) = raised("inspect");
        assert_eq!(code, Some(0), "{text}");
        let (code, text) = raised("check");
        assert_eq!(code, Some(4), "without a fixture: {text}");
    }
}

#[test]
fn check_takes_the_limits_of_its_fixture_s_settings_and_a_file_goes_before_them() {
    let folder = folder(Parts { memories: 5, ..THREE });
    let from = fixture("csv");
    let settings = std::fs::read_to_string(from.join("settings.toml")).unwrap();
    std::fs::write(folder.path().join("settings.toml"), format!("{settings}\n[limits]\nmemories = 5\n")).unwrap();
    std::fs::create_dir(folder.path().join("exchanges")).unwrap();
    for file in std::fs::read_dir(from.join("exchanges")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join("exchanges").join(file.file_name())).unwrap();
    }
    let check = ["check", "composed.wasm", "--fixtures", "."];
    let (code, text) = harness(folder.path(), &check);
    assert_eq!(code, Some(0), "{text}");
    std::fs::write(folder.path().join("limits.toml"), "memories = 4\n").unwrap();
    let (code, text) = harness(folder.path(), &[&check[..], &["--limits", "limits.toml"]].concat());
    assert!(code == Some(1) && text.contains("the limit memories is set to 4"), "{text}");
}

#[test]
fn a_wrong_file_of_limits_is_refused_with_its_line() {
    let folder = folder(THREE);
    std::fs::write(folder.path().join("limits.toml"), "memory-mb = 4\n").unwrap();
    for command in ["inspect", "check"] {
        let (code, text) = harness(folder.path(), &[command, "composed.wasm", "--limits", "limits.toml"]);
        assert!(code == Some(2) && text.contains("limits.toml:1") && text.contains("memory-mib"), "{text}");
    }
}
