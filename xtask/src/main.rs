//! Every chore of this repository, so that `cargo` is the only tool you need to know: `cargo xtask --help`.
//!
//! Each verb is a file in [`tasks`]; what they share is here: [`workspace`] (where things are), [`toolchain`] (the wasm
//! target), [`needs`] (programs that some tests need), [`component`] (from a package to a component), [`provenance`] (what a
//! component says about itself), [`manifests`] (what each crate must say about itself), [`tools`] (programs beside Cargo),
//! [`apt`] (Debian's packages), [`shell`] (running and showing commands). Shell scripts and make were rejected: they would
//! need an explanation for every platform.

mod apt;
mod component;
mod files;
mod manifests;
mod needs;
mod provenance;
mod shell;
mod tasks;
mod toolchain;
mod tools;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::tasks::audit::Check;
use crate::workspace::Workspace;

/// The chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build the component into target/personio.wasm, and get the wasm target first if it is missing
    Build,
    /// Check formatting, manifests, clippy and documentation; any finding is an error
    Lint,
    /// Compare each library crate's public API with its listing
    Api {
        /// Write the listings instead
        #[arg(long)]
        update: bool,
    },
    /// Check dependencies, public APIs, fuzz targets and packages; exit code 3 means that something could not be checked
    Audit {
        /// A folder that an earlier `cargo xtask audit` filled with the known vulnerabilities: its target/advisory-dbs
        #[arg(long, value_name = "FOLDER")]
        advisory_db: Option<PathBuf>,
        /// What to check, and nothing else
        #[arg(value_enum, value_name = "CHECK")]
        checks: Vec<Check>,
    },
    /// Set everything up, browser and database servers too, and run every test; further arguments go to `cargo test`
    Test {
        /// For `cargo test`, such as a test's name or `-p connector-host`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Sync the recorded companies into new directories, then again to see that nothing is left to do
    Demo,
    /// Start the service and a stand-in for Personio on this machine, with one customer to set up in a browser
    Console,
    /// Measure; further arguments go to `cargo bench`
    Bench {
        /// For `cargo bench`, such as a benchmark's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Sync thousands of integrations at once, with real processes and servers, and print what it costs
    Load,
    /// Write the generated fixtures again: the same bytes every time
    Fixtures,
    /// Keep the built components in tests/contracts, for every later host to load and run
    KeepContract,
    /// Make the versioned component, its checksum and its section of the changelog in target/release-artifacts
    Release,
}

fn main() -> ExitCode {
    if let Some(rustdoc) = tasks::api::real_rustdoc() {
        return tasks::api::act_as_rustdoc(&rustdoc);
    }
    let cli = Cli::parse();
    Workspace::find().and_then(|workspace| run(&workspace, cli.verb)).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(workspace: &Workspace, verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Build => tasks::build::run(workspace),
        Verb::Lint => tasks::lint::run(workspace),
        Verb::Api { update } => tasks::api::run(workspace, update),
        Verb::Audit { advisory_db, checks } => {
            return Ok(tasks::audit::run(workspace, advisory_db.as_deref(), &checks));
        }
        Verb::Test { arguments } => tasks::test::run(workspace, &arguments),
        Verb::Demo => tasks::demo::run(workspace),
        Verb::Console => tasks::console::run(workspace),
        Verb::Bench { arguments } => tasks::bench::run(workspace, &arguments),
        Verb::Load => tasks::bench::load(workspace),
        Verb::Fixtures => tasks::fixtures::run(workspace),
        Verb::KeepContract => tasks::keep_contract::run(workspace),
        Verb::Release => tasks::release::run(workspace),
    }
    .map(|()| ExitCode::SUCCESS)
}
