//! What every manifest must say: the oldest Rust in one place, and of a library what a registry shows.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::workspace::{Package, Workspace};

/// How a manifest takes over the oldest Rust.
const INHERITED: &str = "rust-version.workspace = true";

/// Checks that the oldest Rust is stated in the workspace's manifest and nowhere else.
///
/// # Errors
/// When a manifest states its own, or a page another one; all of them are named.
pub fn check_rust_version(workspace: &Workspace) -> Result<()> {
    let wanted = workspace.rust_version()?;
    let mut problems = Vec::new();
    for package in workspace.packages() {
        let text = read(&package.manifest_path)?;
        if !text.lines().any(|line| line.trim() == INHERITED) {
            let file = shown(workspace, &package.manifest_path);
            problems.push(format!("{file}: write `{INHERITED}`; the version is in the workspace's manifest"));
        }
    }
    for page in pages(&workspace.root)? {
        for (number, version) in versions(&read(&page)?) {
            if version != wanted {
                let file = shown(workspace, &page);
                problems.push(format!("{file}:{number}: says Rust {version}; the workspace's manifest says {wanted}"));
            }
        }
    }
    ensure!(problems.is_empty(), "the oldest Rust is stated more than once:\n  {}", problems.join("\n  "));
    Ok(())
}

/// Checks that a registry could show each library crate and take it.
///
/// # Errors
/// When a field is missing; all of them are named.
pub fn check_libraries(workspace: &Workspace) -> Result<()> {
    let problems: Vec<String> = workspace
        .libraries()
        .into_iter()
        .flat_map(|package| missing(package).into_iter().map(|what| format!("{}: {what}", package.name)))
        .collect();
    ensure!(problems.is_empty(), "these crates cannot be packaged as they are:\n  {}", problems.join("\n  "));
    Ok(())
}

/// What a library's manifest lacks, each with what to write.
fn missing(package: &Package) -> Vec<String> {
    let readme = package.readme.as_ref().is_some_and(|readme| package.folder().join(readme).is_file());
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let fields = [
        ("description", said(&package.description), "one sentence that says what the crate is for"),
        ("readme", readme, "write a README.md beside the manifest"),
        ("keywords", (1..=5).contains(&package.keywords.len()), "one to five words that somebody would search for"),
        ("license", said(&package.license), "`license.workspace = true`"),
        ("repository", said(&package.repository), "`repository.workspace = true`"),
    ];
    let fields = fields.into_iter().filter(|(_, there, _)| !there);
    let mut missing: Vec<String> = fields.map(|(field, _, remedy)| format!("no `{field}`: {remedy}")).collect();
    if package.publish.as_ref().is_some_and(Vec::is_empty) {
        // Cargo packages a crate only together with those that it can be published with.
        missing
            .push("`publish` is false: remove it, or Cargo cannot package the crates that depend on this one".into());
    }
    missing
}

/// The pages that tell people what they need: those at the top, and all in `docs`.
fn pages(root: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    let mut folders = vec![root.join("docs")];
    let is_page = |path: &Path| path.extension().is_some_and(|kind| kind == "md");
    for entry in root.read_dir().context("cannot read the repository's folder")? {
        pages.extend(Some(entry?.path()).filter(|path| is_page(path)));
    }
    while let Some(folder) = folders.pop() {
        let Ok(entries) = folder.read_dir() else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_page(&path) {
                pages.push(path);
            }
        }
    }
    // What was true of an earlier release stays true of it.
    pages.retain(|page| page.file_name().is_none_or(|name| name != "CHANGELOG.md"));
    pages.sort();
    Ok(pages)
}

/// Every "Rust 1.95" in a text, with its line.
fn versions(text: &str) -> Vec<(usize, &str)> {
    text.lines()
        .enumerate()
        .flat_map(|(index, line)| line.split("Rust ").skip(1).map(move |rest| (index + 1, number(rest))))
        .filter(|(_, version)| version.starts_with("1."))
        .collect()
}

/// The digits and dots at a text's beginning, without a full stop.
fn number(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches('.')
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn shown(workspace: &Workspace, file: &Path) -> String {
    file.strip_prefix(&workspace.root).unwrap_or(file).display().to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_read_out_of_a_sentence() {
        assert_eq!(versions("You need Rust 1.95.\nRust and Rust 1.96.1 with rustup"), [(1, "1.95"), (2, "1.96.1")]);
        assert_eq!(versions("Rust projects, Rust 2024"), []);
    }

    #[test]
    fn a_missing_field_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let empty = Package {
            manifest_path: folder.path().join("Cargo.toml"),
            readme: Some("README.md".into()),
            publish: Some(Vec::new()),
            ..Package::default()
        };
        let missing_fields = missing(&empty);
        for (line, field) in
            missing_fields.iter().zip(["description", "readme", "keywords", "license", "repository", "publish"])
        {
            assert!(line.contains(&format!("`{field}`")), "{missing_fields:?}");
        }
        assert_eq!(missing_fields.len(), 6);
        fs::write(folder.path().join("README.md"), "# Kit").expect("a page");
        let text = || Some("something".to_owned());
        let whole = Package {
            description: text(),
            keywords: vec!["wasm".to_owned()],
            license: text(),
            repository: text(),
            publish: None,
            ..empty
        };
        assert_eq!(missing(&whole), Vec::<String>::new());
    }

    #[test]
    fn pages_are_those_at_the_top_and_in_docs_but_no_changelog() {
        let root = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(root.path().join("docs/more")).expect("a folder");
        for file in ["README.md", "CHANGELOG.md", "LICENSE", "docs/a.md", "docs/more/b.md", "docs/c.txt"] {
            fs::write(root.path().join(file), "").expect("a file");
        }
        let pages = pages(root.path()).expect("readable");
        let names: Vec<_> = pages.iter().map(|page| page.strip_prefix(root.path()).expect("in it")).collect();
        assert_eq!(names, [Path::new("README.md"), Path::new("docs/a.md"), Path::new("docs/more/b.md")]);
    }

    #[test]
    fn the_repository_states_its_oldest_rust_once() {
        check_rust_version(&Workspace::find().expect("cargo reads it")).expect("once");
    }
}
