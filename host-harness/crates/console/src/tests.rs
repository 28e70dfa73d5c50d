//! What is true of every page, in both languages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod tags;

use std::collections::BTreeSet;

use connector_settings::Language;
use expect_test::expect_file;

use crate::assets;
use crate::samples::Samples;
use tags::{Tag, tags};

/// What people and connectors may write.
const SPICE: &str = "<b onclick=\"x('&')\">";
const BASE: &str = "/hr";

fn pages(spice: &str) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for (tag, language) in [("de", Language::De), ("en", Language::En)] {
        let samples = Samples { language, base: BASE.to_owned(), spice: spice.to_owned() };
        pages.extend(samples.all().into_iter().map(|(name, html)| (format!("{name}-{tag}"), html)));
    }
    pages
}

/// Every page with its tags.
fn parsed() -> Vec<(String, Vec<Tag>)> {
    pages("").into_iter().map(|(name, html)| (name, tags(&html))).collect()
}

#[test]
fn markup_is_shown_and_not_obeyed() {
    let mut shown = 0;
    for (name, html) in pages(SPICE) {
        assert!(!html.contains("<b "), "{name}");
        shown += usize::from(html.contains("&lt;b onclick=&quot;x('&amp;')&quot;&gt;"));
        for tag in tags(&html) {
            assert!(tag.attributes.keys().all(|attribute| !attribute.starts_with("on")), "{name}: {tag:?}");
        }
    }
    assert!(shown > 60, "the samples have too little of what people write: {shown}");
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (name, tags) in parsed() {
        for tag in tags {
            assert!(tag.name != "style" && !tag.attributes.contains_key("style"), "{name}: {tag:?}");
            assert!(tag.name != "script" || tag.has("src"), "{name}: {tag:?}");
            assert!(tag.attributes.keys().all(|attribute| !attribute.starts_with("on")), "{name}: {tag:?}");
            for attribute in ["href", "src", "action", "formaction", "data-live", "data-fragment"] {
                let Some(url) = tag.attributes.get(attribute) else { continue };
                assert!(url.starts_with("/hr/") || url.starts_with('#'), "{name}: {tag:?}");
            }
        }
    }
}

#[test]
fn assets_fetch_nothing_from_elsewhere() {
    for asset in assets::ALL {
        let text = asset.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("@import"), "{}", asset.name);
        assert!(!text.contains("url(") && !text.contains("eval("), "{}", asset.name);
    }
    let script = assets::ALL.iter().find(|asset| asset.name == "app.js").unwrap();
    assert!(script.text.lines().count() < 150);
}

#[test]
fn every_form_that_changes_something_has_the_token() {
    let mut forms = 0;
    for (name, tags) in parsed() {
        for (index, form) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "form") {
            let end = tags[index..].iter().position(|tag| tag.name == "/form").unwrap();
            let inside = &tags[index..index + end];
            let has_token = inside.iter().any(|tag| tag.is("name", "csrf") && tag.is("type", "hidden"));
            assert_eq!(has_token, form.is("method", "post"), "{name}: {form:?}");
            assert!(!inside.iter().skip(1).any(|tag| tag.name == "form"), "{name}: a form in a form");
            forms += 1;
        }
    }
    assert!(forms > 100);
}

#[test]
fn every_input_has_a_label_and_what_is_said_about_it_is_there() {
    for (name, tags) in parsed() {
        let labelled: BTreeSet<&str> =
            tags.iter().filter(|tag| tag.name == "label").filter_map(|tag| tag.get("for")).collect();
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an ID is there twice: {ids:?}");
        for target in &labelled {
            assert!(unique.contains(target), "{name}: a label for {target}");
        }
        for tag in &tags {
            if ["input", "select", "textarea"].contains(&tag.name.as_str()) && !tag.is("type", "hidden") {
                let is_labelled = tag.has("aria-label") || tag.get("id").is_some_and(|id| labelled.contains(id));
                assert!(is_labelled, "{name}: {tag:?}");
            }
            for attribute in ["aria-describedby", "aria-labelledby", "list"] {
                for id in tag.get(attribute).into_iter().flat_map(str::split_whitespace) {
                    assert!(unique.contains(id), "{name}: {attribute} {id}");
                }
            }
            if let Some(anchor) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
                assert!(unique.contains(anchor), "{name}: a link to {anchor}");
            }
        }
    }
}

#[test]
fn a_field_with_a_mistake_says_so_and_is_linked_from_the_top() {
    for (name, tags) in parsed().into_iter().filter(|(name, _)| name.starts_with("form-errors")) {
        let wrong: Vec<&Tag> = tags.iter().filter(|tag| tag.is("aria-invalid", "true")).collect();
        assert_eq!(wrong.len(), 10, "{name}");
        for tag in wrong {
            let id = tag.get("id").unwrap();
            assert!(
                tag.get("aria-describedby").is_some_and(|ids| ids.contains(&format!("{id}-error"))),
                "{name}: {tag:?}"
            );
            assert!(tags.iter().any(|tag| tag.is("href", &format!("#{id}"))), "{name}: no link to {id}");
        }
        let folded = |tag: &&Tag| tag.name == "details";
        assert_eq!(tags.iter().filter(folded).filter(|tag| tag.has("open")).count(), 3, "{name}");
    }
}

#[test]
fn a_secret_is_never_sent_back() {
    for (name, tags) in parsed() {
        for tag in tags.iter().filter(|tag| tag.is("type", "password")) {
            assert!(tag.get("value").is_none_or(str::is_empty), "{name}: {tag:?}");
        }
    }
}

#[test]
fn every_page_has_one_title_its_language_and_headings_in_order() {
    for (name, tags) in parsed() {
        let html = tags.iter().find(|tag| tag.name == "html").unwrap();
        assert!(name.ends_with(html.get("lang").unwrap()), "{name}");
        let mut depth = 0;
        let mut titles = 0;
        for tag in &tags {
            let Some(level @ 1..=6) = tag.name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) else {
                continue;
            };
            assert!(level <= depth + 1, "{name}: h{level} after h{depth}");
            depth = level;
            titles += u32::from(level == 1);
        }
        assert_eq!(titles, 1, "{name}");
        assert_eq!(tags.iter().filter(|tag| tag.name == "main").count(), 1, "{name}");
    }
}

#[test]
fn no_word_is_missing() {
    for (name, html) in pages("") {
        assert!(!html.contains(">?<") && !html.contains("\"?\"") && !html.contains(" ? "), "{name}");
        assert!(!html.contains("{count}") && !html.contains("{name}"), "{name}");
    }
}

#[test]
fn a_gender_is_never_shown() {
    for (name, html) in pages("") {
        assert!(!html.contains("diverse") && !html.contains(">male<") && !html.contains("female"), "{name}");
    }
}

#[test]
fn a_page_of_a_run_with_5000_actions_is_small() {
    for (name, html) in pages("").into_iter().filter(|(name, _)| name.starts_with("run-5000")) {
        assert!(html.len() < 200_000, "{name}: {} bytes", html.len());
        assert!(html.contains("1–100"), "{name}");
    }
}

#[test]
fn what_follows_a_run_says_where_and_works_without_scripts() {
    for (name, tags) in parsed() {
        let is_open =
            ["run-reading", "run-queued", "form-testing", "why-asking"].iter().any(|open| name.starts_with(open));
        if !is_open {
            continue;
        }
        let live = tags.iter().find(|tag| tag.has("data-live")).unwrap();
        assert!(live.has("id") && live.has("data-fragment"), "{name}: {live:?}");
        assert!(tags.iter().any(|tag| tag.is("http-equiv", "refresh")), "{name}");
    }
}

#[test]
fn pages_look_as_they_did() {
    let golden = ["form-errors-de", "run-needs-approval-en", "why-update-de"];
    let pages = pages("");
    for name in golden {
        let (_, html) = pages.iter().find(|(other, _)| other == name).unwrap();
        // One tag a line, so that a difference can be read.
        expect_file![format!("golden/{name}.html")].assert_eq(&format!("{}\n", html.replace("><", ">\n<")));
    }
}
