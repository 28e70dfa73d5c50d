//! Every sync rule as data: one test for each rule, which runs all case folders with its number.
//!
//! A case is a folder under `tests/rules/` with one `case.json`; `tests/rules/README.md` explains its format. Each is run
//! through the built component, the real driver and a real directory: on disk, and in [`in_postgresql`] once more. One Rust
//! test for each case was rejected: a case would then need code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

mod case;
mod check;
#[cfg(unix)]
mod in_postgresql;
mod invariants;
mod mailbox;
mod people;
mod run;
mod shown;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use connector_report::catalogue;
use connector_settings::Language;
use whole_system_tests::repository;

/// How many rules there are.
const RULES: usize = 26;

fn folder() -> PathBuf {
    repository().join("tests/rules")
}

/// The case folders by rule number. A folder's name is `S07-ordinary-…` or `S07-hostile-…`.
fn cases() -> BTreeMap<usize, Vec<PathBuf>> {
    let entries = folder().read_dir().expect("tests/rules is a folder").map(|entry| entry.expect("an entry").path());
    let mut cases: BTreeMap<usize, Vec<PathBuf>> = BTreeMap::new();
    for case in entries.filter(|path| path.is_dir()) {
        let rule = rule(&name(&case)).unwrap_or_else(|| panic!("{} is not named S01-ordinary-…", case.display()));
        cases.entry(rule).or_default().push(case);
    }
    for folders in cases.values_mut() {
        folders.sort_unstable();
    }
    cases
}

fn name(case: &Path) -> String {
    case.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn rule(name: &str) -> Option<usize> {
    let (number, kind) = name.strip_prefix('S')?.split_once('-')?;
    let named = kind.starts_with("ordinary-") || kind.starts_with("hostile-");
    number.parse().ok().filter(|rule| named && number.len() == 2 && (1..=RULES).contains(rule))
}

/// Runs every case of a rule, with its directory in this kind of place, and tells all that fail.
fn check_rule(rule: usize, kept: fn(&Path) -> Box<dyn run::Place>) {
    let cases = cases().remove(&rule).unwrap_or_default();
    let failed = |case: &PathBuf| run::case(case, kept).err().map(|error| format!("{}:\n{error:#}", name(case)));
    let mut failures: Vec<String> = cases.iter().filter_map(failed).collect();
    for kind in ["ordinary", "hostile"] {
        let wanted = format!("S{rule:02}-{kind}-");
        if !cases.iter().any(|case| name(case).starts_with(&wanted)) {
            failures.push(format!("tests/rules has no folder {wanted}…"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

/// Makes a test of each rule, with its directories in one kind of place.
macro_rules! tests {
    ($kept:path; $($name:ident = $number:literal;)*) => {
        $(#[test]
        fn $name() {
            $crate::check_rule($number, $kept);
        })*
    };
}
use tests;

/// Hands the list of the rules to a macro.
macro_rules! rules {
    ($then:ident! $kept:path) => {
        $then! { $kept;
            s01_filter = 1;
            s02_identity = 2;
            s03_never_delete = 3;
            s04_hands_off = 4;
            s05_flag_lost_or_person_gone = 5;
            s06_three_states = 6;
            s07_hidden_attribute = 7;
            s08_status = 8;
            s09_one_key_function = 9;
            s10_email_changes = 10;
            s11_duplicate_emails = 11;
            s12_rehire = 12;
            s13_order = 13;
            s14_supervisor = 14;
            s15_groups = 15;
            s16_invitations = 16;
            s17_completeness = 17;
            s18_empty = 18;
            s19_guards = 19;
            s20_convergence = 20;
            s21_stale = 21;
            s22_dry_run = 22;
            s23_accounting = 23;
            s24_paging = 24;
            s25_errors = 25;
            s26_mail = 26;
        }
    };
}
use rules;

rules!(tests! run::in_a_file);

macro_rules! numbers {
    ($kept:path; $($name:ident = $number:literal;)*) => {
        BTreeSet::from([$($number),*])
    };
}

#[test]
fn every_rule_has_a_test() {
    let numbers: BTreeSet<usize> = rules!(numbers! run::in_a_file);
    assert_eq!(numbers, (1..=RULES).collect());
    assert_eq!(cases().into_keys().collect::<BTreeSet<_>>(), numbers);
}

#[test]
fn every_code_of_the_connector_is_in_the_catalogue_in_both_languages() {
    for code in personio_connector::codes::ALL {
        for language in [Language::De, Language::En] {
            let entry = catalogue::entry(code, language).unwrap_or_else(|| panic!("{code} is not in the catalogue"));
            assert!(!entry.sentence(2, None).trim().is_empty(), "{code} has no sentence");
            assert!(!entry.remedy(2, None).trim().is_empty(), "{code} has no remedy");
        }
    }
}

#[test]
fn a_case_with_an_unknown_key_is_refused_with_file_and_key() {
    let folder = tempfile::tempdir().unwrap();
    for (text, key) in [
        (r#"{"about": "", "employes": [], "expect": {}}"#, "employes"),
        (r#"{"about": "", "employees": [{"id": 1, "mail": ""}], "expect": {}}"#, "mail"),
        (r#"{"about": "", "expect": {"verdikt": "done"}}"#, "verdikt"),
        (r#"{"about": "", "settings": {"send-invitation": true}, "expect": {}}"#, "send-invitation"),
        (r#"{"about": "", "directory": {"acounts": []}, "expect": {}}"#, "acounts"),
        (r#"{"about": "", "directory": {"accounts": [{"employee": "1", "e-mail": ""}]}, "expect": {}}"#, "e-mail"),
        (r#"{"about": "", "expect": {}, "then": [{"aproach": "this", "expect": {}}]}"#, "aproach"),
    ] {
        std::fs::write(folder.path().join("case.json"), text).unwrap();
        let error = format!("{:#}", run::case(folder.path(), run::in_a_file).unwrap_err());
        assert!(error.contains("case.json") && error.contains(key), "{key}: {error}");
    }
}
