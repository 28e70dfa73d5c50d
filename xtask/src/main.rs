//! Every chore of this repository, so that `cargo` is the only tool to know: `cargo xtask --help`.
//!
//! A verb is a file in [`tasks`]; what they share is here beside it: [`workspace`] (where things are), [`toolchain`] (the
//! wasm target), [`component`] (from a package to a component), [`shell`] (running and showing commands). Shell scripts
//! and make were rejected: they would need an explanation for every platform.

mod component;
mod files;
mod shell;
mod tasks;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Every chore of this repository.
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
    /// Check formatting, clippy and documentation; any finding is an error
    Lint,
    /// Set everything up and pass every test; further arguments go to `cargo test`
    Test {
        /// For `cargo test`, such as a test's name or `-p connector-host`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Sync the recorded companies from nothing, and once more to see that nothing is left
    Demo,
    /// Measure; further arguments go to `cargo bench`
    Bench {
        /// For `cargo bench`, such as a benchmark's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write the generated fixtures again: the same bytes every time
    Fixtures,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = Workspace::find().and_then(|workspace| match cli.verb {
        Verb::Build => tasks::build::run(&workspace),
        Verb::Lint => tasks::lint::run(&workspace),
        Verb::Test { arguments } => tasks::test::run(&workspace, &arguments),
        Verb::Demo => tasks::demo::run(&workspace),
        Verb::Bench { arguments } => tasks::bench::run(&workspace, &arguments),
        Verb::Fixtures => tasks::fixtures::run(&workspace),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
