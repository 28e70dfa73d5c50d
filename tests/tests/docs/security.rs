//! The threat model: every claim names a test that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use whole_system_tests::repository;

use super::text::{page, section};

/// The names of all test functions below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(in_text(&fs::read_to_string(path).unwrap()));
        }
    }
}

/// Functions that are marked as tests, and those that a test program of its own lists by name.
fn in_text(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ")
            && let Some((name, _)) = rest.split_once('(')
        {
            if std::mem::take(&mut is_test) {
                found.insert(name.to_owned());
            }
        } else if let Some((name, function)) = line.strip_prefix("(\"").and_then(|rest| rest.split_once("\", "))
            && function == format!("{name}),")
        {
            found.insert(name.to_owned());
        }
    }
    found
}

/// Rows of four: who, what, why not, and the tests.
fn claims(section: &str) -> Vec<(String, Vec<String>)> {
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| who |"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, what, _, tests] = *cells else { panic!("a claim has four cells: {row}") };
        let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (what.to_owned(), tests)
    })
    .collect()
}

#[test]
fn every_claim_has_a_test() {
    let mut known = BTreeSet::new();
    for folder in ["host-harness", "plugin", "tests"] {
        tests(&repository().join(folder), &mut known);
    }
    let page = page("docs/security.md");
    let claims = claims(section(&page, "Claims"));
    assert!(claims.len() >= 30, "{} claims", claims.len());
    for (what, tests) in claims {
        assert!(!tests.is_empty(), "no test is named for: {what}");
        for test in tests {
            assert!(known.contains(&test), "the test {test} is not there; it was to show: {what}");
        }
    }
}
