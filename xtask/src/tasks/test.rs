//! `cargo xtask test`.

use anyhow::Result;

use crate::browser;
use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// The package and the test target that need a browser, and the module that holds all tests of that target.
const PACKAGE: &str = "whole-system-tests";
const TARGET: &str = "browser";
const MODULE: &str = "in_a_browser::";

/// Builds what the tests run, then runs them: those in a browser too where there is one, or one can be had.
///
/// # Errors
/// When something does not build or a test fails; in a CI, when something was not tested.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let selection = Selection::of(arguments);
    let missing = if selection.browser { browser::ensure().err() } else { None };
    build::run_with_guests(workspace)?;
    let mut tests = workspace.cargo("test");
    tests.args(selection.arguments(missing.is_some()));
    let tested = shell::step("Testing", || shell::run(&mut tests));
    match missing {
        None => tested,
        Some(missing) => browser::end(tested, missing, browser::is_ci()),
    }
}

/// What a caller's arguments select.
#[derive(Debug, PartialEq, Eq)]
struct Selection<'a> {
    /// What goes to Cargo, and what comes after `--`, to the test programs.
    cargo: &'a [String],
    programs: &'a [String],
    /// Packages are named; otherwise all are meant.
    packages: bool,
    /// The tests in a browser may be among the selected.
    browser: bool,
}

impl<'a> Selection<'a> {
    fn of(arguments: &'a [String]) -> Self {
        let at = arguments.iter().position(|word| word == "--").unwrap_or(arguments.len());
        let (cargo, programs) = arguments.split_at(at);
        let packages = values(cargo, &["-p", "--package"]);
        let targets = values(cargo, &["--test"]);
        let other_targets = ["--lib", "--doc", "--bin", "--bins", "--example", "--examples", "--bench", "--benches"];
        let only_others = targets.is_empty() && cargo.iter().any(|word| other_targets.contains(&word.as_str()));
        let in_packages = packages.is_empty() || packages.contains(&PACKAGE);
        let in_targets = !only_others && (targets.is_empty() || targets.contains(&TARGET));
        Self {
            cargo,
            programs: programs.get(1..).unwrap_or_default(),
            packages: !packages.is_empty(),
            browser: in_packages && in_targets,
        }
    }

    /// For `cargo test`. Tests in a browser are left out by their path, so that the programs say how many were.
    fn arguments(&self, without_browser: bool) -> Vec<&'a str> {
        let workspace = (!self.packages).then_some("--workspace");
        let skip: &[&str] = if without_browser { &["--skip", MODULE] } else { &[] };
        let programs: Vec<&str> = self.programs.iter().map(String::as_str).chain(skip.iter().copied()).collect();
        let separator = (!programs.is_empty()).then_some("--");
        workspace.into_iter().chain(self.cargo.iter().map(String::as_str)).chain(separator).chain(programs).collect()
    }
}

/// The values of an option, in each of the ways to write one.
fn values<'a>(arguments: &'a [String], names: &[&str]) -> Vec<&'a str> {
    let value = |(at, word): (usize, &'a String)| {
        if names.contains(&word.as_str()) {
            return arguments.get(at + 1).map(String::as_str);
        }
        names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('='))
    };
    arguments.iter().enumerate().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn needs_browser(line: &str) -> bool {
        Selection::of(&words(line)).browser
    }

    fn arguments(line: &str, without_browser: bool) -> String {
        Selection::of(&words(line)).arguments(without_browser).join(" ")
    }

    #[test]
    fn a_browser_is_needed_where_its_tests_may_be_selected() {
        for line in
            ["", "approve", "-p whole-system-tests", "--test browser", "--test=docs --test browser", "-- -p kit"]
        {
            assert!(needs_browser(line), "{line}");
        }
        for line in ["-p connector-host", "--package=connector-host", "--test docs", "--lib", "--doc", "-p harness axe"]
        {
            assert!(!needs_browser(line), "{line}");
        }
    }

    #[test]
    fn all_packages_are_tested_unless_one_is_named() {
        assert_eq!(arguments("", false), "--workspace");
        assert_eq!(arguments("codes", false), "--workspace codes");
        assert_eq!(arguments("-p connector-host", false), "-p connector-host");
    }

    #[test]
    fn tests_in_a_browser_are_left_out_by_their_path() {
        assert_eq!(arguments("", true), "--workspace -- --skip in_a_browser::");
        assert_eq!(arguments("acme -- --exact", true), "--workspace acme -- --exact --skip in_a_browser::");
    }
}
