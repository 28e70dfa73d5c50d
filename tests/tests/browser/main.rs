//! The pages, in a real browser: Chromium, driven by names and keys.
//!
//! Every test that needs the browser is in [`in_a_browser`], so that `cargo xtask test` can leave them out by that name
//! where there is none. A plain `cargo test` fails there, and says what to type.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod in_a_browser;

use std::env;
use std::process::Command;

use whole_system_tests::repository;

/// What needs no browser here.
const WITHOUT: [&str; 2] =
    ["what_needs_a_browser_can_be_left_out_by_one_name", "axe_is_kept_as_it_is_in_the_version_that_is_stated"];

#[test]
fn what_needs_a_browser_can_be_left_out_by_one_name() {
    let program = env::current_exe().expect("this program");
    let list = Command::new(program).args(["--list", "--format", "terse"]).output().expect("it runs");
    let list = String::from_utf8(list.stdout).expect("text");
    let others: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter(|name| !name.starts_with("in_a_browser::"))
        .collect();
    assert_eq!(others.len(), WITHOUT.len(), "{others:?}");
    assert!(others.iter().all(|name| WITHOUT.contains(name)), "{others:?}");
}

#[test]
fn axe_is_kept_as_it_is_in_the_version_that_is_stated() {
    let read = |name: &str| std::fs::read_to_string(repository().join("tests/axe").join(name)).expect("it is there");
    let program = read("axe.min.js");
    let version = program.strip_prefix("/*! axe v").and_then(|rest| rest.lines().next()).expect("its first line");
    assert!(read("README.md").contains(&format!("version {version},")), "tests/axe/README.md states not {version}");
    assert!(read("LICENSE").starts_with("Mozilla Public License"), "its licence");
}
