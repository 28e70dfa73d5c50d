#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use super::*;

const LANGUAGES: [Language; 2] = [Language::De, Language::En];

fn forms(text: &Text) -> Vec<&str> {
    match text {
        Text::Same(text) => vec![text],
        Text::Counted { one, many } => vec![one, many],
    }
}

fn placeholders(mut text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    while let Some(start) = text.find('{') {
        let rest = &text[start..];
        let end = rest.find('}').map_or(rest.len(), |end| end + 1);
        found.insert(&rest[..end]);
        text = &rest[end..];
    }
    found
}

#[test]
fn the_file_parses() {
    let catalogue: BTreeMap<String, Record> = toml::from_str(SOURCE).unwrap();
    assert!(catalogue.len() > 50);
    assert_eq!(codes().count(), catalogue.len());
}

#[test]
fn every_code_has_a_sentence_and_a_remedy_in_both_languages() {
    for code in codes() {
        for language in LANGUAGES {
            let words = entry(code, language).unwrap().words;
            for text in [forms(&words.sentence), forms(&words.remedy)].concat() {
                assert!(text.len() > 10 && text.ends_with('.'), "{code}: {text:?}");
                assert_eq!(text, text.trim(), "{code}");
            }
        }
        let [german, english] = LANGUAGES.map(|language| entry(code, language).unwrap().sentence(2, None));
        assert_ne!(german, english, "{code}");
    }
}

#[test]
fn placeholders_are_known_and_the_same_in_both_languages() {
    for code in codes() {
        let used = LANGUAGES.map(|language| {
            let words = entry(code, language).unwrap().words;
            let used: BTreeSet<_> =
                [forms(&words.sentence), forms(&words.remedy)].concat().into_iter().flat_map(placeholders).collect();
            assert!(used.iter().all(|name| ["{count}", "{detail}"].contains(name)), "{code}: {used:?}");
            used
        });
        assert_eq!(used[0], used[1], "{code}");
    }
}

#[test]
fn a_form_for_many_counts_and_a_form_for_one_does_not() {
    for code in codes() {
        for language in LANGUAGES {
            match &entry(code, language).unwrap().words.sentence {
                Text::Same(text) => assert!(!text.contains("{count}"), "{code}"),
                Text::Counted { one, many } => {
                    assert!(!one.contains("{count}"), "{code}");
                    assert!(many.contains("{count}"), "{code}");
                }
            }
        }
    }
}

#[test]
fn the_hosts_own_codes_are_in_the_catalogue() {
    for code in connector_sync::codes::ALL {
        assert!(kind(code).is_some(), "{code}");
    }
}

#[test]
fn the_form_follows_the_count() {
    let entry = entry("group-missing", Language::De).unwrap();
    assert_eq!(entry.sentence(1, Some("Vertrieb")), "Es gibt keine Gruppe „Vertrieb“; sie fehlt für eine Person.");
    assert_eq!(
        entry.sentence(1200, Some("Vertrieb")),
        "Es gibt keine Gruppe „Vertrieb“; sie fehlt für 1.200 Personen."
    );
}

#[test]
fn a_detail_without_a_place_comes_last() {
    let entry = entry("email-belongs-to-linked-account", Language::En).unwrap();
    assert!(entry.sentence(1, Some("Ida Berg (9)")).ends_with("Nothing was merged. See also: Ida Berg (9)"));
    assert!(entry.sentence(1, None).ends_with("Nothing was merged."));
}

#[test]
fn an_unknown_code_has_no_entry() {
    assert!(entry("made-up", Language::En).is_none());
}

#[test]
fn the_markdown_table_has_one_row_for_each_code() {
    let table = markdown(Language::En);
    assert_eq!(table.lines().count(), codes().count() + 2);
    assert!(table.lines().all(|line| line.starts_with('|') && line.ends_with('|')));
    assert!(!table.contains('{'));
}
