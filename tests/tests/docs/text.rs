//! Reading the pages: their text, their fenced blocks, their sections.

use std::fs;
use std::path::PathBuf;

use whole_system_tests::repository;

/// A page's text, by its path in the repository.
pub fn page(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every page that people read, by its path in the repository: those at the top, then `docs/`.
pub fn pages() -> Vec<String> {
    let mut pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned).to_vec();
    let in_docs = fs::read_dir(repository().join("docs")).unwrap().map(|one| one.unwrap().path());
    // What pages show has folders of its own.
    let mut docs: Vec<PathBuf> = in_docs.filter(|path| !path.is_dir()).collect();
    docs.sort();
    for path in docs {
        assert!(path.extension().is_some_and(|extension| extension == "md"), "{} is not a page", path.display());
        pages.push(format!("docs/{}", path.file_name().unwrap().to_string_lossy()));
    }
    pages
}

/// A section: what is below a heading of the second level, up to the next one.
pub fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("a section `{heading}`"));
    section.split("\n## ").next().unwrap_or_default()
}

/// Fenced blocks: their language and their text.
pub fn blocks(text: &str) -> Vec<(&str, &str)> {
    let mut parts = text.split("\n```");
    parts.next();
    // Every other part is what stands between two blocks.
    parts.step_by(2).filter_map(|part| part.split_once('\n')).collect()
}

/// The first fenced block of a language.
pub fn block<'p>(page: &'p str, language: &str) -> &'p str {
    let found = blocks(page).into_iter().find(|(other, _)| *other == language);
    found.unwrap_or_else(|| panic!("a block of {language}")).1
}

/// A page without its fenced blocks and code spans: what is left is prose, with its links and headings.
pub fn prose(page: &str) -> String {
    let outside: Vec<&str> = page.split("\n```").step_by(2).collect();
    outside.join("\n").split('`').step_by(2).collect::<Vec<_>>().join("code")
}

#[test]
fn blocks_and_prose_are_told_apart() {
    let page = "# Title\n\nSee `a](b)` and [c](d).\n\n```toml\n# no heading\nkey = 1\n```\n\n## Next\nEnd.\n";
    assert_eq!(blocks(page), [("toml", "# no heading\nkey = 1")]);
    assert_eq!(section(page, "Next"), "End.\n");
    let prose = prose(page);
    assert!(prose.contains("[c](d)") && !prose.contains("a](b)") && !prose.contains("no heading"), "{prose}");
}
