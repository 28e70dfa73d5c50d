//! `cargo xtask release`: what a release consists of, in one folder.
//!
//! The component under its versioned name, its checksum as `sha256sum --check` reads it, and what the changelog says about
//! the version. What the version is, the workspace's manifest says.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::files;
use crate::shell;
use crate::tasks::build;
use crate::workspace::{PLUGIN, Workspace};

/// Where a release goes, new each time; from the repository's folder.
const FOLDER: &str = "target/release-artifacts";

/// Every release, in the form of Keep a Changelog.
const CHANGELOG: &str = "CHANGELOG.md";

/// Makes the release of the version that the workspace's manifest states.
///
/// # Errors
/// When the changelog says nothing about the version, the component does not build, or a file cannot be written.
pub fn run(workspace: &Workspace) -> Result<()> {
    let version = &workspace.package(PLUGIN)?.version;
    // First, since it is the likelier to be missing and costs nothing.
    let notes = notes(&workspace.root, version)?;
    build::run(workspace)?;
    let component = fs::read(workspace.component()).context("cannot read the built component")?;
    let folder = workspace.root.join(FOLDER);
    files::empty_folder(&folder)?;
    shell::step(&format!("Writing version {version} to {FOLDER}"), || write_all(&folder, version, &component, &notes))
}

fn write_all(folder: &Path, version: &str, component: &[u8], notes: &str) -> Result<()> {
    let name = format!("{PLUGIN}-{version}.wasm");
    let write = |name: &str, bytes: &[u8]| {
        files::write_if_changed(&folder.join(name), bytes)?;
        eprintln!("    {FOLDER}/{name}");
        Ok::<(), anyhow::Error>(())
    };
    write(&name, component)?;
    write(&format!("{name}.sha256"), files::checksum(folder, &name)?.as_bytes())?;
    write(&format!("{PLUGIN}-{version}.md"), notes.as_bytes())
}

fn notes(root: &Path, version: &str) -> Result<String> {
    let text = fs::read_to_string(root.join(CHANGELOG)).with_context(|| {
        format!("cannot read {CHANGELOG}: write one with a section `## [{version}] - YYYY-MM-DD` that says what is new")
    })?;
    section(&text, version)
}

/// What a changelog says about a version, with its heading.
fn section(changelog: &str, version: &str) -> Result<String> {
    let heading = format!("## [{version}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&heading));
    let Some(first) = lines.next() else {
        bail!(
            "{CHANGELOG} has no section for version {version}: put the heading `{heading} - YYYY-MM-DD` above what is \
             new, and keep an empty `## [Unreleased]` above it"
        );
    };
    ensure!(
        first.strip_prefix(&heading).and_then(|rest| rest.strip_prefix(" - ")).is_some_and(|date| is_date(date.trim())),
        "{CHANGELOG}: the heading of version {version} has no date: write `{heading} - YYYY-MM-DD`"
    );
    // The next section, or the links at the end.
    let is_rest = |line: &&str| !line.starts_with("## ") && !is_link(line);
    let body: Vec<&str> = lines.take_while(is_rest).collect();
    let body = body.join("\n");
    ensure!(!body.trim().is_empty(), "{CHANGELOG}: the section for version {version} is empty: say what is new in it");
    Ok(format!("{first}\n\n{}\n", body.trim()))
}

fn is_date(text: &str) -> bool {
    let digits = |text: Option<&str>, count: usize| {
        text.is_some_and(|text| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut parts = text.split('-');
    digits(parts.next(), 4) && digits(parts.next(), 2) && digits(parts.next(), 2) && parts.next().is_none()
}

fn is_link(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    const CHANGES: &str = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- Two.\n\n\
                           ## [0.1.0] - 2026-11-01\n\n- One.\n\n[0.2.0]: https://example.org/0.2.0\n";

    #[test]
    fn a_section_ends_where_the_next_one_or_the_links_begin() {
        assert_eq!(section(CHANGES, "0.2.0").expect("there"), "## [0.2.0] - 2026-12-01\n\n### Added\n\n- Two.\n");
        assert_eq!(section(CHANGES, "0.1.0").expect("there"), "## [0.1.0] - 2026-11-01\n\n- One.\n");
    }

    #[test]
    fn a_version_without_a_section_is_an_error_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let none = notes(folder.path(), "0.3.0").expect_err("no changelog").to_string();
        assert!(none.contains("write one with a section `## [0.3.0] - YYYY-MM-DD`"), "{none}");
        let error = |text: &str, version: &str| section(text, version).expect_err("refused").to_string();
        let missing = error(CHANGES, "0.3.0");
        assert!(
            missing.contains("no section for version 0.3.0: put the heading `## [0.3.0] - YYYY-MM-DD`"),
            "{missing}"
        );
        let undated = error("## [0.3.0]\n\n- Three.\n", "0.3.0");
        assert!(undated.contains("has no date: write `## [0.3.0] - YYYY-MM-DD`"), "{undated}");
        let empty = error("## [0.3.0] - 2026-12-01\n\n## [0.2.0]\n- Two.\n", "0.3.0");
        assert!(empty.contains("the section for version 0.3.0 is empty"), "{empty}");
    }

    #[test]
    fn a_release_has_three_files_and_the_checksum_is_of_the_component() {
        let folder = tempfile::tempdir().expect("a folder");
        write_all(folder.path(), "0.2.0", b"abc", "## [0.2.0]\n").expect("written");
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
        assert_eq!(text("personio-connector-0.2.0.wasm"), "abc");
        assert_eq!(
            text("personio-connector-0.2.0.wasm.sha256"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  personio-connector-0.2.0.wasm\n"
        );
        assert_eq!(text("personio-connector-0.2.0.md"), "## [0.2.0]\n");
    }
}
