//! What the README says is held against the product: a page that is wrong is worse than none.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use std::fs;

use connector_host::sandbox::Limits;
use connector_report::catalogue;
use connector_settings::Language;
use connector_settings::file;
use whole_system_tests::repository;

fn readme() -> String {
    fs::read_to_string(repository().join("README.md")).expect("README.md")
}

/// The first fenced block of a language.
fn block<'r>(readme: &'r str, language: &str) -> &'r str {
    let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("its end").0
}

#[test]
fn the_settings_shown_are_settings_that_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("acme.toml");
    fs::write(&path, block(&readme(), "toml")).expect("written");
    let settings = file::load_with(&path, |_| Some("a secret".to_owned())).expect("they load");
    assert_eq!(settings.connector, "personio");
    assert!(settings.mail.is_some_and(|mail| mail.smtp.is_some()));
}

#[test]
fn the_catalogue_shown_is_the_catalogue() {
    let table = catalogue::markdown(Language::En);
    assert!(readme().contains(&table), "the README's table of codes is to be:\n{table}");
}

#[test]
fn every_limit_is_shown_with_its_default() {
    let readme = readme();
    for (key, value) in Limits::default().rows() {
        let row = format!("| `{key}` | {value} |");
        assert!(readme.contains(&row), "the README's table of limits lacks: {row}");
    }
}

#[test]
fn every_verb_of_the_command_line_is_shown() {
    let readme = readme();
    for verb in harness::verbs() {
        assert!(readme.contains(&format!("| `harness {verb}")), "the README's table of commands lacks {verb}");
    }
}
