//! Where things are, asked from Cargo once: it knows about `CARGO_TARGET_DIR`, configuration files and subfolders.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::shell;

/// The package that becomes `target/personio.wasm`.
pub const PLUGIN: &str = "personio-connector";

/// The folder of the guest crates that only tests use; each becomes `target/guests/PACKAGE.wasm`.
const GUESTS: &str = "tests/guests";

/// Where the crates are that others may depend on. A library elsewhere serves the tests or the chores.
const LIBRARIES: [&str; 2] = ["plugin", "host-harness/crates"];

/// This workspace, as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// The repository's folder.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
    /// Where Cargo puts what it builds.
    #[serde(rename = "target_directory")]
    pub target: PathBuf,
    packages: Vec<Package>,
}

/// One crate, with what its manifest says about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Package {
    /// Its name in a manifest.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// One sentence for a list of crates.
    pub description: Option<String>,
    /// The page that a registry shows, from the crate's folder.
    pub readme: Option<PathBuf>,
    /// What it is found by.
    pub keywords: Vec<String>,
    /// The licence, as SPDX has it.
    pub license: Option<String>,
    /// Where its source is kept.
    pub repository: Option<String>,
    /// The oldest Rust that builds it.
    pub rust_version: Option<String>,
    /// The registries it may go to: any, if this is missing.
    pub publish: Option<Vec<String>>,
    /// What it builds.
    pub targets: Vec<Target>,
}

/// One thing a crate builds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// Such as `lib` or `bin`.
    #[serde(default)]
    pub kind: Vec<String>,
    /// Such as `cdylib`.
    pub crate_types: Vec<String>,
}

impl Workspace {
    /// The workspace this program was built from, whatever folder it was called in.
    ///
    /// # Errors
    /// When Cargo cannot read it.
    pub fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut command = Command::new(cargo_program());
        command.args(["metadata", "--locked", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
        serde_json::from_str(&shell::output(&mut command)?).context("cannot read what `cargo metadata` printed")
    }

    /// A command of Cargo that takes no dependency but those in the lock file, run in the repository's folder.
    pub fn cargo(&self, verb: &str) -> Command {
        let mut command = self.program(cargo_program());
        command.args([verb, "--locked"]);
        command
    }

    /// `cargo fmt`, which asks no lock file.
    pub fn cargo_fmt(&self) -> Command {
        let mut command = self.program(cargo_program());
        command.arg("fmt");
        command
    }

    /// Any program, run in the repository's folder.
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Every crate.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The oldest Rust that builds this workspace: every crate takes it over from the workspace's manifest.
    ///
    /// # Errors
    /// When it is not stated.
    pub fn rust_version(&self) -> Result<&str> {
        let stated = self.packages.iter().find_map(|package| package.rust_version.as_deref());
        stated.context("the workspace's manifest states no `rust-version`")
    }

    /// A crate by its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn package(&self, name: &str) -> Result<&Package> {
        let found = self.packages.iter().find(|candidate| candidate.name == name);
        found.with_context(|| format!("this workspace has no package `{name}`"))
    }

    /// The crates that others may depend on, by name.
    pub fn libraries(&self) -> Vec<&Package> {
        let folders = LIBRARIES.map(|folder| self.root.join(folder));
        let is_library = |package: &&Package| {
            package.library().is_some() && folders.iter().any(|folder| package.manifest_path.starts_with(folder))
        };
        let mut libraries: Vec<&Package> = self.packages.iter().filter(is_library).collect();
        libraries.sort_by(|a, b| a.name.cmp(&b.name));
        libraries
    }

    /// The one place of the built component, also when Cargo's own output goes elsewhere.
    pub fn component(&self) -> PathBuf {
        self.root.join("target").join("personio.wasm")
    }

    /// The place of a guest's component.
    pub fn guest(&self, package: &str) -> PathBuf {
        self.root.join("target").join("guests").join(format!("{package}.wasm"))
    }

    /// The names of the guest crates, if there are any.
    pub fn guests(&self) -> Vec<&str> {
        let folder = self.root.join(GUESTS);
        let is_guest = |package: &&Package| package.manifest_path.starts_with(&folder) && package.module().is_some();
        self.packages.iter().filter(is_guest).map(|package| package.name.as_str()).collect()
    }

    /// The file name of the wasm module that a package builds.
    ///
    /// # Errors
    /// When there is no such package, or it builds no `cdylib`.
    pub fn module(&self, package: &str) -> Result<String> {
        let module = self.package(package)?.module();
        module.with_context(|| format!("`{package}` builds no module: its [lib] needs crate-type = [\"cdylib\"]"))
    }
}

impl Package {
    /// The folder that its manifest is in.
    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    /// What its library is called in code, if it has one that code can use.
    pub fn library(&self) -> Option<String> {
        let is_library = |target: &&Target| target.kind.iter().any(|kind| kind == "lib" || kind == "rlib");
        self.targets.iter().find(is_library).map(|target| target.name.replace('-', "_"))
    }

    fn module(&self) -> Option<String> {
        let is_module = |target: &&Target| target.crate_types.iter().any(|kind| kind == "cdylib");
        self.targets.iter().find(is_module).map(|target| format!("{}.wasm", target.name.replace('-', "_")))
    }
}

/// The Cargo that runs this program; a plain `cargo` where it was started by hand.
fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let package = |name: &str, path: &str, kind: &str| {
            serde_json::json!({
                "name": name,
                "manifest_path": format!("/w/{path}/Cargo.toml"),
                "targets": [{ "name": name, "kind": [kind], "crate_types": [kind] }],
            })
        };
        serde_json::from_value(serde_json::json!({
            "workspace_root": "/w",
            "target_directory": "/elsewhere",
            "packages": [
                package("personio-connector", "plugin", "cdylib"),
                package("guest-spin", "tests/guests/spin", "cdylib"),
                package("guest-helpers", "tests/guests/helpers", "lib"),
                package("whole-system-tests", "tests", "lib"),
                package("connector-store", "host-harness/crates/store", "lib"),
                package("connector-kit", "plugin/kit", "lib"),
                package("harness", "host-harness", "bin"),
            ],
        }))
        .expect("the shape of cargo metadata")
    }

    #[test]
    fn the_component_has_one_place_wherever_cargo_builds() {
        assert_eq!(workspace().component(), Path::new("/w/target/personio.wasm"));
    }

    #[test]
    fn guests_are_the_modules_in_their_folder() {
        assert_eq!(workspace().guests(), ["guest-spin"]);
        assert_eq!(workspace().guest("guest-spin"), Path::new("/w/target/guests/guest-spin.wasm"));
    }

    #[test]
    fn a_library_is_what_others_may_depend_on() {
        let workspace = workspace();
        let names: Vec<&str> = workspace.libraries().iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["connector-kit", "connector-store"]);
        let store = workspace.package("connector-store").expect("it is there");
        assert_eq!(store.library().as_deref(), Some("connector_store"));
        assert_eq!(store.folder(), Path::new("/w/host-harness/crates/store"));
    }

    #[test]
    fn cargo_takes_nothing_that_is_not_in_the_lock_file() {
        assert_eq!(
            shell::show(workspace().cargo("build").arg("--workspace")).split_once(' ').expect("words").1,
            "build --locked --workspace"
        );
    }

    #[test]
    fn a_module_is_named_after_its_library() {
        assert_eq!(workspace().module(PLUGIN).expect("it is one"), "personio_connector.wasm");
        let library = workspace().module("guest-helpers").expect_err("it is none").to_string();
        assert!(library.contains("cdylib"), "{library}");
        let unknown = workspace().module("nobody").expect_err("it is not there").to_string();
        assert!(unknown.contains("`nobody`"), "{unknown}");
    }

    #[test]
    fn this_workspace_is_found() {
        let workspace = Workspace::find().expect("cargo reads it");
        assert!(workspace.root.join("xtask/src/workspace.rs").is_file());
        assert_eq!(workspace.module(PLUGIN).expect("the plugin"), "personio_connector.wasm");
    }
}
