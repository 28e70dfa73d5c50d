#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

const LANGUAGES: [Language; 2] = [Language::De, Language::En];

/// Groups whose keys are names from outside: `word("status", name)`.
const NAMES: [&str; 8] =
    ["attribute", "attribute-state", "status", "operation", "outcome", "phase", "audit-action", "flash"];

/// Groups whose keys are put together: `say(&format!("run-state.{}", state.key()))`.
const COMPOSED: [&str; 3] = ["run-state", "integration-state", "failure"];

fn parsed() -> BTreeMap<String, BTreeMap<String, Entry>> {
    toml::from_str(SOURCE).unwrap()
}

fn forms(text: &Text) -> Vec<&str> {
    match text {
        Text::Same(text) => vec![text],
        Text::Counted { one, many } => vec![one, many],
    }
}

fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

/// Every `"group.key"` in the sources of the pages.
fn used() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                for literal in source.split('"').skip(1) {
                    let is_key =
                        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
                    if literal.split_once('.').is_some_and(|(group, key)| is_key(group) && is_key(key)) {
                        found.insert(literal.to_owned());
                    }
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    for folder in ["src/ui", "src/pages"] {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found
}

#[test]
fn every_key_that_a_page_uses_is_there() {
    let words = parsed();
    let is_asset = |key: &&String| ["app.css", "app.js", "mark.svg"].contains(&key.as_str());
    for key in used().iter().filter(|key| !is_asset(key)) {
        let (group, name) = key.split_once('.').unwrap();
        assert!(words.get(group).is_some_and(|group| group.contains_key(name)), "{key} is missing");
    }
}

#[test]
fn every_key_is_used() {
    let used = used();
    for (group, entries) in parsed() {
        if NAMES.contains(&group.as_str()) || COMPOSED.contains(&group.as_str()) {
            continue;
        }
        for key in entries.keys() {
            assert!(used.contains(&format!("{group}.{key}")), "{group}.{key} is not used");
        }
    }
}

#[test]
fn both_languages_have_a_text_with_the_same_places() {
    for (group, entries) in parsed() {
        for (key, entry) in entries {
            let places = [&entry.de, &entry.en].map(|text| {
                let forms = forms(text);
                assert!(forms.iter().all(|form| !form.is_empty() && form.trim() == *form), "{group}.{key}");
                forms.into_iter().flat_map(places).collect::<BTreeSet<_>>()
            });
            assert_eq!(places[0], places[1], "{group}.{key}");
        }
    }
}

#[test]
fn a_form_for_many_counts_and_a_form_for_one_does_not() {
    for (group, entries) in parsed() {
        for (key, entry) in entries {
            for text in [&entry.de, &entry.en] {
                if let Text::Counted { one, many } = text {
                    assert!(!one.contains("{count}") && many.contains("{count}"), "{group}.{key}");
                }
            }
        }
    }
}

#[test]
fn a_value_that_looks_like_a_place_stays_as_it_is() {
    assert_eq!(fill("{a} and {b} { c", &[("a", "{b}"), ("b", "x")]), "{b} and x { c");
    assert_eq!(fill("{unknown}.", &[]), ".");
}

#[test]
fn numbers_are_written_in_the_language() {
    assert_eq!(count(Language::De, "people.more", 1200), "1.200 weitere Personen");
    assert_eq!(count(Language::En, "people.more", 1), "one more person");
}

#[test]
fn a_missing_word_can_be_seen() {
    for language in LANGUAGES {
        assert_eq!(say(language, "no.such"), MISSING);
        assert_eq!(find(language, "status", "sabbatical"), None);
    }
}
