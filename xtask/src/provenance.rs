//! Where a component comes from, written into it: name, version, licence and source revision.
//!
//! They are sections of the component's own, which `wasm-tools metadata show`, registries and `harness inspect` read. All of
//! it is taken from the package's manifest and from git, never from the time or the machine: the same commit gives the same
//! bytes. A build from a source archive has no revision, and says none.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use wasm_metadata::{AddMetadata, AddMetadataField, Licenses, Revision, Version};

use crate::workspace::Package;

/// What a component is built from: who changes something else does not change it.
const SOURCES: [&str; 7] = ["plugin", "tests/guests", "wit", "xtask/src", "Cargo.toml", "Cargo.lock", ".cargo"];

/// What git itself puts behind a revision that the files differ from.
const DIFFERS: &str = "-dirty";

/// The component, with what its package's manifest and git say of it.
///
/// # Errors
/// When the licence is not an SPDX expression, or the bytes are no component.
pub fn stamp(component: &[u8], package: &Package, revision: Option<&str>) -> Result<Vec<u8>> {
    let mut says = AddMetadata::default();
    says.name = AddMetadataField::Set(package.name.clone());
    says.version = AddMetadataField::Set(Version::new(package.version.clone()));
    if let Some(licence) = &package.license {
        let licence = Licenses::new(licence).with_context(|| format!("the licence of `{}`", package.name))?;
        says.licenses = AddMetadataField::Set(licence);
    }
    if let Some(revision) = revision {
        says.revision = AddMetadataField::Set(Revision::new(revision.to_owned()));
    }
    says.to_wasm(component)
}

/// The commit that is checked out in this folder, marked if what a component is built from differs from it. None where the
/// folder is not a checkout of its own, or git is missing.
pub fn revision(root: &Path) -> Option<String> {
    let said = git(root).args(["rev-parse", "--show-toplevel", "HEAD"]).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(said.stdout).ok().filter(|_| said.status.success())?;
    let (top, commit) = text.trim_end().split_once('\n')?;
    // An unpacked archive may lie in a checkout of something else.
    if Path::new(top).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let differs = git(root).args(["status", "--porcelain", "--"]).args(SOURCES).stderr(Stdio::null()).output().ok()?;
    let mark = if differs.stdout.is_empty() { "" } else { DIFFERS };
    Some(format!("{commit}{mark}"))
}

/// git, for the repository in this folder and no other that a hook may have named.
fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(root).stdin(Stdio::null());
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    git
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use std::fs;
    use wasm_metadata::Payload;

    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn package() -> Package {
        Package {
            name: "personio-connector".to_owned(),
            version: "0.1.0".to_owned(),
            license: Some("Apache-2.0".to_owned()),
            ..Package::default()
        }
    }

    #[test]
    fn a_component_says_where_it_comes_from_and_in_the_same_bytes_each_time() {
        let stamped = stamp(EMPTY, &package(), Some("abc")).unwrap();
        assert_eq!(stamped, stamp(EMPTY, &package(), Some("abc")).unwrap());
        let payload = Payload::from_binary(&stamped).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some("personio-connector"));
        let texts = [
            metadata.version.as_ref().map(ToString::to_string),
            metadata.licenses.as_ref().map(ToString::to_string),
            metadata.revision.as_ref().map(ToString::to_string),
        ];
        assert_eq!(texts, ["0.1.0", "Apache-2.0", "abc"].map(|text| Some(text.to_owned())));
    }

    #[test]
    fn without_git_there_is_no_revision_and_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(revision(folder.path()), None);
        let payload = Payload::from_binary(&stamp(EMPTY, &package(), None).unwrap()).unwrap();
        assert!(payload.metadata().revision.is_none());
    }

    #[test]
    fn the_revision_is_the_commit_and_marked_where_the_source_differs() {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let mut command = git(folder.path());
            command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
            assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "{arguments:?}");
        };
        fs::create_dir(folder.path().join("wit")).unwrap();
        fs::write(folder.path().join("wit/a.wit"), "1").unwrap();
        run(&["init"]);
        run(&["add", "."]);
        run(&["commit", "--no-gpg-sign", "--message", "one"]);
        let commit = revision(folder.path()).unwrap();
        assert!(commit.len() >= 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{commit}");
        fs::write(folder.path().join("notes.md"), "not a source").unwrap();
        assert_eq!(revision(folder.path()), Some(commit.clone()));
        fs::write(folder.path().join("wit/a.wit"), "2").unwrap();
        assert_eq!(revision(folder.path()), Some(format!("{commit}-dirty")));
        assert_eq!(revision(&folder.path().join("wit")), None, "a folder in somebody else's checkout");
    }
}
