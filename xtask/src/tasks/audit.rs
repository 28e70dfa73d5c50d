//! `cargo xtask audit`: what is shipped and what it is made of, checked by tools that take long or need the network.
//!
//! Every check is made, whatever the others find, and the last lines say how each ended. What could not be checked is an
//! outcome of its own, with an exit code of its own: a database that cannot be fetched is neither a finding nor a pass.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use crate::manifests;
use crate::shell;
use crate::tasks::api;
use crate::tools;
use crate::workspace::{Package, Workspace};

/// The exit code when nothing was found, and something was not looked for.
const NOT_CHECKED: u8 = 3;

/// Where `deny.toml` says that the known vulnerabilities are, and the variable that says otherwise.
const ADVISORY_DBS: (&str, &str) = ("target/advisory-dbs", "ADVISORY_DBS");

/// One thing to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Check {
    /// Licences and sources of all dependencies, and no version left open
    Dependencies,
    /// Known vulnerabilities of all dependencies
    Advisories,
    /// The public API of each library crate is as listed
    Api,
    /// The fuzz targets compile
    Fuzz,
    /// Each library crate can be packaged, and compiles from its package
    Packages,
}

/// How a check ended.
enum Outcome {
    Passed,
    Failed(anyhow::Error),
    NotChecked(String),
}

/// Makes the named checks, or all. What they find is shown, and is in the exit code.
pub fn run(workspace: &Workspace, advisory_db: Option<&Path>, checks: &[Check]) -> ExitCode {
    let checks = if checks.is_empty() { Check::value_variants() } else { checks };
    let outcomes: Vec<(Check, Outcome)> = checks
        .iter()
        .map(|check| (*check, check.make(workspace, advisory_db).unwrap_or_else(Outcome::Failed)))
        .collect();
    eprint!("\n{}", summary(&outcomes));
    ExitCode::from(exit_code(&outcomes))
}

impl Check {
    fn make(self, workspace: &Workspace, advisory_db: Option<&Path>) -> Result<Outcome> {
        let done = match self {
            Self::Dependencies => dependencies(workspace),
            Self::Advisories => return advisories(workspace, advisory_db),
            Self::Api => match api::unfit(workspace)? {
                Some(reason) => return Ok(Outcome::NotChecked(reason)),
                None => api::run(workspace, false),
            },
            Self::Fuzz => fuzz(workspace),
            Self::Packages => packages(workspace),
        };
        done.map(|()| Outcome::Passed)
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn dependencies(workspace: &Workspace) -> Result<()> {
    let mut deny = deny(workspace)?;
    // Two versions of one crate are a warning that names both: a line each would hide what fails.
    deny.args(["check", "--hide-inclusion-graph", "licenses", "sources", "bans"]);
    shell::step("Checking licences and sources of the dependencies", || shell::run(&mut deny))
}

/// Known vulnerabilities, from a database fetched now, or from the folder that is named.
fn advisories(workspace: &Workspace, folder: Option<&Path>) -> Result<Outcome> {
    let mut check = deny(workspace)?;
    if let Some(folder) = folder {
        let folder = std::path::absolute(folder).context("cannot tell where the known vulnerabilities are")?;
        ensure!(folder.is_dir(), "{} is not a folder with known vulnerabilities", folder.display());
        check.arg("--offline").env(ADVISORY_DBS.1, folder);
    } else {
        let mut fetch = deny(workspace)?;
        fetch.args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0").env_remove(ADVISORY_DBS.1);
        if shell::step("Fetching the known vulnerabilities", || shell::run(&mut fetch)).is_err() {
            return Ok(Outcome::NotChecked(cannot_fetch()));
        }
        check.env_remove(ADVISORY_DBS.1);
    }
    check.args(["check", "advisories"]);
    shell::step("Checking the dependencies for known vulnerabilities", || shell::run(&mut check))?;
    Ok(Outcome::Passed)
}

fn cannot_fetch() -> String {
    let (folder, _) = ADVISORY_DBS;
    format!(
        "the database cannot be fetched; to check, do `cargo xtask audit advisories` where it can, or copy {folder} from \
         there and do `cargo xtask audit advisories --advisory-db FOLDER`"
    )
}

fn deny(workspace: &Workspace) -> Result<Command> {
    let mut deny = workspace.program(tools::cargo_deny(workspace)?);
    deny.args(["--locked", "--workspace"]);
    Ok(deny)
}

/// Compiles every fuzz target as far as a stable compiler can: running them takes an unstable one.
fn fuzz(workspace: &Workspace) -> Result<()> {
    let manifests: Vec<_> = workspace
        .packages()
        .iter()
        .map(|package| package.folder().join("fuzz/Cargo.toml"))
        .filter(|manifest| manifest.is_file())
        .collect();
    ensure!(!manifests.is_empty(), "no crate has fuzz targets in a folder `fuzz`");
    shell::step(&format!("Compiling the fuzz targets of {} crates", manifests.len()), || {
        manifests.iter().try_for_each(|manifest| shell::run(&mut check_fuzz(workspace, manifest)))
    })
}

fn check_fuzz(workspace: &Workspace, manifest: &Path) -> Command {
    let mut check = workspace.cargo("check");
    check.args(["--quiet", "--bins", "--manifest-path"]).arg(manifest);
    check
        .env("CARGO_TARGET_DIR", workspace.target.join("fuzz"))
        .env("RUSTFLAGS", "--cfg fuzzing --deny warnings")
        // Nothing is linked: the fuzzer itself, in C++, need not be compiled.
        .env("CUSTOM_LIBFUZZER_PATH", manifest);
    check
}

/// Makes a package of each library crate, all in one call: they find each other's packages.
fn packages(workspace: &Workspace) -> Result<()> {
    manifests::check_libraries(workspace)?;
    let mut package = package_command(workspace, &workspace.libraries());
    shell::step("Packaging the library crates, and compiling them from their packages", || shell::run(&mut package))
}

fn package_command(workspace: &Workspace, libraries: &[&Package]) -> Command {
    let mut command = workspace.cargo("package");
    // What is judged is what is here, committed or not.
    command.args(["--quiet", "--allow-dirty"]);
    for package in libraries {
        command.args(["--package", &package.name]);
    }
    command
}

/// A line for each check.
fn summary(outcomes: &[(Check, Outcome)]) -> String {
    let line = |(check, outcome): &(Check, Outcome)| {
        let end = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(error) => format!("FAILED: {error:#}"),
            Outcome::NotChecked(reason) => format!("NOT CHECKED, because {reason}"),
        };
        format!("{}: {end}\n", check.name())
    };
    outcomes.iter().map(line).collect()
}

/// A finding outweighs what was not looked for.
fn exit_code(outcomes: &[(Check, Outcome)]) -> u8 {
    let any = |wanted: fn(&Outcome) -> bool| outcomes.iter().any(|(_, outcome)| wanted(outcome));
    match () {
        () if any(|outcome| matches!(outcome, Outcome::Failed(_))) => 1,
        () if any(|outcome| matches!(outcome, Outcome::NotChecked(_))) => NOT_CHECKED,
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_checked() -> (Check, Outcome) {
        (Check::Advisories, Outcome::NotChecked(cannot_fetch()))
    }

    #[test]
    fn what_was_not_checked_is_neither_a_pass_nor_a_finding() {
        let passed = || (Check::Api, Outcome::Passed);
        let failed = (Check::Fuzz, Outcome::Failed(anyhow::anyhow!("it does not compile")));
        assert_eq!(exit_code(&[passed()]), 0);
        assert_eq!(exit_code(&[passed(), not_checked()]), 3);
        assert_eq!(exit_code(&[not_checked(), failed, passed()]), 1);
    }

    #[test]
    fn the_summary_says_what_was_not_checked_why_and_how_to_check_it() {
        let text = summary(&[(Check::Dependencies, Outcome::Passed), not_checked()]);
        assert_eq!(
            text,
            "dependencies: passed\n\
             advisories: NOT CHECKED, because the database cannot be fetched; to check, do `cargo xtask audit advisories` \
             where it can, or copy target/advisory-dbs from there and do `cargo xtask audit advisories --advisory-db FOLDER`\n"
        );
    }

    #[test]
    fn the_variable_and_the_folder_are_those_of_the_configuration() {
        let (folder, variable) = ADVISORY_DBS;
        let text = include_str!("../../../deny.toml");
        assert!(text.contains(&format!("db-path = \"${{{variable}:-{folder}}}\"")), "{text}");
    }
}
