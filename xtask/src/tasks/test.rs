//! `cargo xtask test`.

use anyhow::Result;

use crate::needs::{self, Missing, Need};
use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// The package with the tests that need more than Cargo.
const PACKAGE: &str = "whole-system-tests";

/// Builds what the tests run, then runs them: those in a browser or a database server too where there is one, or one can be
/// had.
///
/// # Errors
/// When something does not build or a test fails; in a CI, when something was not tested.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let selection = Selection::of(arguments);
    let needed = needs::ALL.iter().filter(|need| selection.needs(need));
    let missing: Vec<Missing> = needed.filter_map(|need| needs::ensure(need).err()).collect();
    build::run_with_guests(workspace)?;
    let mut tests = workspace.cargo("test");
    tests.args(selection.arguments(&missing));
    let tested = shell::step("Testing", || shell::run(&mut tests));
    needs::end(tested, &missing, needs::is_ci())
}

/// What a caller's arguments select.
#[derive(Debug, PartialEq, Eq)]
struct Selection<'a> {
    /// What goes to Cargo, and what comes after `--`, to the test programs.
    cargo: &'a [String],
    programs: &'a [String],
    /// Packages are named; otherwise all are meant.
    packages: bool,
    /// The tests of [`PACKAGE`] are among the selected: of these targets, or of all if none is named.
    targets: Option<Vec<&'a str>>,
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
        Self {
            cargo,
            programs: programs.get(1..).unwrap_or_default(),
            packages: !packages.is_empty(),
            targets: (in_packages && !only_others).then_some(targets),
        }
    }

    /// Whether tests that need this may be among the selected.
    fn needs(&self, need: &Need) -> bool {
        let of_need = |target: &&str| need.targets.contains(target);
        self.targets.as_ref().is_some_and(|targets| targets.is_empty() || targets.iter().any(of_need))
    }

    /// For `cargo test`. What cannot be tested is left out by its path, so that the programs say how many were.
    fn arguments(&self, missing: &[Missing]) -> Vec<String> {
        let workspace = (!self.packages).then(|| "--workspace".to_owned());
        let skip = missing.iter().flat_map(|missing| ["--skip".to_owned(), format!("{}::", missing.need.module)]);
        let programs: Vec<String> = self.programs.iter().cloned().chain(skip).collect();
        let separator = (!programs.is_empty()).then(|| "--".to_owned());
        workspace.into_iter().chain(self.cargo.iter().cloned()).chain(separator).chain(programs).collect()
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
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::needs::{BROWSER, POSTGRESQL};

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn needs_browser(line: &str) -> bool {
        Selection::of(&words(line)).needs(&BROWSER)
    }

    fn arguments(line: &str, without: &[&'static Need]) -> String {
        let missing = |need: &&'static Need| need.find(None).err();
        Selection::of(&words(line)).arguments(&without.iter().filter_map(missing).collect::<Vec<_>>()).join(" ")
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
    fn a_database_is_needed_where_its_tests_may_be_selected() {
        for line in ["", "in_postgresql::", "--test rules", "--test docs --test crash"] {
            assert!(Selection::of(&words(line)).needs(&POSTGRESQL), "{line}");
        }
        for line in ["-p connector-host", "--test docs", "--lib", "--test browser"] {
            assert!(!Selection::of(&words(line)).needs(&POSTGRESQL), "{line}");
        }
    }

    #[test]
    fn all_packages_are_tested_unless_one_is_named() {
        assert_eq!(arguments("", &[]), "--workspace");
        assert_eq!(arguments("codes", &[]), "--workspace codes");
        assert_eq!(arguments("-p connector-host", &[]), "-p connector-host");
    }

    #[test]
    fn tests_in_a_browser_are_left_out_by_their_path() {
        let without = [&BROWSER];
        assert_eq!(arguments("", &without), "--workspace -- --skip in_a_browser::");
        assert_eq!(arguments("acme -- --exact", &without), "--workspace acme -- --exact --skip in_a_browser::");
    }

    /// A target that gets such tests is one that needs the programs, and no other.
    #[test]
    fn the_targets_with_tests_that_need_something_are_those_that_are_stated() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/tests");
        for need in needs::ALL {
            let module = format!("mod {}", need.module);
            let has = |path: &Path| fs::read_to_string(path).is_ok_and(|text| text.contains(&module));
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let mut targets: Vec<String> = entries
                .filter(|entry| has(&entry.path()) || has(&entry.path().join("main.rs")))
                .map(|entry| entry.path().file_stem().unwrap_or_default().to_string_lossy().into_owned())
                .collect();
            targets.sort_unstable();
            assert_eq!(targets, need.targets, "{}", need.subject);
        }
    }
}
