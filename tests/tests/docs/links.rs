//! Every link of the pages leads somewhere: to a file that is there, and to a heading that is in it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use whole_system_tests::repository;

use super::text::{page, pages, prose};

/// The targets of a page's inline links.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    targets.map(|(target, _)| target.to_owned()).collect()
}

/// A heading as a link names it: in lower case, without punctuation, with hyphens for spaces.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The anchors of a page's headings. A code span in a heading is not looked for: no page has one.
fn anchors(page: &str) -> BTreeSet<String> {
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

fn is_elsewhere(target: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

/// What is wrong with a link of a page, if anything is.
fn problem(from: &str, target: &str) -> Option<String> {
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let to = if file.is_empty() { PathBuf::from(from) } else { folder.join(file) };
    let to = repository().join(to);
    if !to.exists() {
        return Some(format!("{from}: there is no file {target}"));
    }
    let heading = heading?;
    let text = std::fs::read_to_string(&to).unwrap_or_default();
    (!anchors(&text).contains(heading)).then(|| format!("{from}: there is no heading {target}"))
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut followed = 0;
    for from in pages() {
        for target in links(&page(&from)).iter().filter(|target| !is_elsewhere(target)) {
            followed += 1;
            broken.extend(problem(&from, target));
        }
    }
    assert!(followed > 50, "only {followed} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_of_the_documentation_is_in_its_index() {
    let index = links(&page("docs/README.md"));
    for path in pages() {
        let Some(name) = path.strip_prefix("docs/").filter(|name| *name != "README.md") else { continue };
        assert!(index.iter().any(|link| link == name), "docs/README.md has no link to {name}");
    }
    let top = links(&page("README.md"));
    assert!(top.iter().any(|link| link == "docs/README.md"));
}

/// A link that leaves the repository works on one machine only.
#[test]
fn no_link_leaves_the_repository() {
    for from in pages() {
        for target in links(&page(&from)).iter().filter(|target| !is_elsewhere(target)) {
            let depth = Path::new(&from).components().count() - 1;
            let up = Path::new(target).components().filter(|part| *part == Component::ParentDir).count();
            assert!(up <= depth && !target.starts_with('/'), "{from}: {target}");
        }
    }
}

#[test]
fn a_broken_link_is_found() {
    assert_eq!(links("See [a](b.md#c) and `[d](e)`."), ["b.md#c"]);
    assert_eq!(anchor(" What's new, in 0.1?"), "whats-new-in-01");
    assert_eq!(problem("README.md", "docs/codes.md#codes"), None);
    assert!(problem("README.md", "docs/no-such-page.md").is_some());
    assert!(problem("docs/README.md", "codes.md#no-such-heading").is_some());
}
