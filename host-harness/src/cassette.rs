//! `harness cassette`: converts between cassettes and HAR files.

use std::path::PathBuf;

use clap::Subcommand;

use super::exit::{CliError, Exit};
use super::output;
use connector_cassette::har;
use connector_cassette::record::{Persons, folder};

/// The options of `harness cassette`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a cassette from a HAR file of a proxy, a browser or an API client.
    Import {
        /// The HAR file.
        #[arg(value_name = "FILE.har")]
        capture: PathBuf,
        /// Where the cassette goes: a new folder, or an empty one.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Keep real people. The cassette is then personal data.
        #[arg(long)]
        keep_people: bool,
    },
    /// Write a cassette as a HAR file for other tools.
    Export {
        /// The cassette.
        #[arg(value_name = "DIR")]
        recording: PathBuf,
        /// The HAR file to write; an existing file is not overwritten.
        #[arg(long, value_name = "FILE.har")]
        to: PathBuf,
    },
}

/// Runs it.
///
/// # Errors
/// What is wrong with the capture, the cassette or the place it should go to.
pub fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.command {
        Command::Import { capture, to, keep_people } => {
            folder::vacant(to)?;
            let persons = if *keep_people { Persons::Keep } else { Persons::Invent };
            if *keep_people {
                output::people_are_kept(to);
            }
            let import = har::import(capture, persons)?;
            folder::write(to, &import.files)?;
            for skipped in &import.skipped {
                anstream::eprintln!("{skipped}");
            }
            output::line(&format!("{} exchanges recorded in {}", import.files.len(), to.display()))?;
        }
        Command::Export { recording, to } => {
            let count = har::export(recording, to)?;
            output::line(&format!("{count} exchanges written to {}", to.display()))?;
        }
    }
    Ok(Exit::Done)
}
