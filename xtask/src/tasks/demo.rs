//! `cargo xtask demo`: the main job on the recorded companies, from nothing, with every command shown before it runs.
//!
//! Paths are relative to the repository's folder, so that each shown command can be typed there too.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::files;
use crate::shell;
use crate::tasks::build;
use crate::workspace::Workspace;

/// A recorded company.
struct Company {
    /// The fixture's folder.
    name: &'static str,
    /// What it is, for the reader.
    what: &'static str,
    /// The variable its settings take the client secret from. A cassette answers to any value.
    secret: &'static str,
}

const COMPANIES: [Company; 2] = [
    Company { name: "acme", what: "12 people, every rule once", secret: "ACME_CLIENT_SECRET" },
    Company { name: "nordwind", what: "342 people on four pages", secret: "NORDWIND_CLIENT_SECRET" },
];

/// Where the demo writes, new each time; from the repository's folder.
const FOLDER: &str = "target/demo";

/// Builds everything and shows every company.
///
/// # Errors
/// When something does not build, or a run of the harness fails.
pub fn run(workspace: &Workspace) -> Result<()> {
    build::run(workspace)?;
    shell::step("Building the harness", || {
        shell::run(workspace.cargo("build").args(["--package", "harness", "--bin", "harness"]))
    })?;
    files::empty_folder(&workspace.root.join(FOLDER))?;
    COMPANIES.iter().try_for_each(|company| company.show(workspace))?;
    println!("\nEverything the demo made is in {FOLDER}/; look into an account list with");
    println!("$ harness directory show --directory {FOLDER}/acme.db");
    println!("To set a sync up in a browser, type: cargo xtask console");
    Ok(())
}

impl Company {
    fn show(&self, workspace: &Workspace) -> Result<()> {
        let Self { name, what, .. } = self;
        let fixture = format!("tests/fixtures/{name}");
        let directory = format!("{FOLDER}/{name}.db");
        let outbox = format!("{FOLDER}/{name}-outbox");
        let (settings, exchanges) = (format!("{fixture}/settings.toml"), format!("{fixture}/exchanges"));
        let sync =
            ["sync", "--settings", &settings, "--replay", &exchanges, "--directory", &directory, "--outbox", &outbox];
        heading(&format!("{name}: {what}"));
        self.harness(
            workspace,
            &["directory", "import", &format!("{fixture}/directory.json"), "--directory", &directory],
        )?;
        self.harness(workspace, &sync)?;
        list_mails(workspace, &outbox)?;
        heading(&format!("{name} again: nothing is left to do"));
        self.harness(workspace, &sync)?;
        self.ensure_nothing_is_left(workspace, &sync)
    }

    /// What the second run says is for people; whether it is true is asked once more, quietly.
    fn ensure_nothing_is_left(&self, workspace: &Workspace, sync: &[&str]) -> Result<()> {
        let mut command = self.command(workspace, sync);
        let planned = shell::quiet_output(command.args(["--dry-run", "--format", "json"]).stdin(Stdio::null()))?;
        let left = actions(&planned).with_context(|| format!("`{}` printed no plan", shell::show(&command)))?;
        ensure!(left == 0, "{}: {left} actions are left after the second run", self.name);
        Ok(())
    }

    /// Shows a command as one would type it, then runs it.
    fn harness(&self, workspace: &Workspace, arguments: &[&str]) -> Result<()> {
        println!("\n$ {}", shell::show(Command::new("harness").args(arguments)));
        shell::run(&mut self.command(workspace, arguments))
    }

    fn command(&self, workspace: &Workspace, arguments: &[&str]) -> Command {
        let mut command = Command::new(harness_file(workspace));
        command.args(arguments).current_dir(&workspace.root).env(self.secret, "any-value-will-do-for-a-recording");
        command
    }
}

/// How many actions a plan in JSON has; none if it is not a plan.
fn actions(plan: &str) -> Option<usize> {
    serde_json::from_str::<Value>(plan).ok()?.get("actions")?.as_array().map(Vec::len)
}

/// The harness that was just built.
pub fn harness_file(workspace: &Workspace) -> PathBuf {
    workspace.target.join("debug").join(format!("harness{}", std::env::consts::EXE_SUFFIX))
}

fn heading(text: &str) {
    println!("\n--- {text} ---");
}

fn list_mails(workspace: &Workspace, outbox: &str) -> Result<()> {
    let mails = mails(&workspace.root.join(outbox)).with_context(|| format!("cannot read {outbox}"))?;
    println!("\nThe outbox holds {} mails; the first three:", mails.len());
    mails.iter().take(3).for_each(|mail| println!("    {outbox}/{mail}"));
    Ok(())
}

/// The names of the mails in a folder, sorted.
fn mails(folder: &Path) -> io::Result<Vec<String>> {
    let paths = folder.read_dir()?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    let is_mail = |path: &&PathBuf| path.extension() == Some(OsStr::new("eml"));
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut mails: Vec<String> = paths.iter().filter(is_mail).filter_map(name).collect();
    mails.sort();
    Ok(mails)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn remaining_actions_are_counted_and_an_invalid_plan_is_not_zero_actions() {
        assert_eq!(actions(r#"{"actions":[]}"#), Some(0));
        assert_eq!(actions(r#"{"actions":[{},{}]}"#), Some(2));
        assert_eq!(actions(""), None);
        assert_eq!(actions("{}"), None);
    }

    #[test]
    fn every_company_of_the_demo_is_a_fixture_with_its_secret() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
        for company in COMPANIES {
            let settings = fs::read_to_string(fixtures.join(company.name).join("settings.toml")).expect("its settings");
            assert!(settings.contains(&format!("env = \"{}\"", company.secret)), "{}", company.name);
            assert!(fixtures.join(company.name).join("directory.json").is_file(), "{}", company.name);
        }
    }

    #[test]
    fn only_mails_are_listed_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["2.eml", "1.eml", "notes.txt"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        assert_eq!(mails(folder.path()).expect("readable"), ["1.eml", "2.eml"]);
    }
}
