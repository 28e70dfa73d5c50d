//! What a person or a program reads on stdout, and errors on stderr.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use clap::ValueEnum;

use super::command_line::CommandLine;
use super::exit::CliError;
use connector_cassette::replay::Replay;
use connector_host::one_line::escaped_json;
use connector_sync::explain::Explanation;
use connector_sync::run::RunReport;

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Prints a run.
///
/// # Errors
/// When stdout is closed.
pub fn run(report: &RunReport, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json => json(&connector_report::json::json(report)),
        Format::Text => line(&connector_report::text::text(report, &style())),
    }
}

/// Prints a run whose plan is approved by this command line with `--approve HASH` at its end.
///
/// # Errors
/// When stdout is closed.
pub fn approvable(report: &RunReport, format: Format, command: &CommandLine) -> Result<(), CliError> {
    match format {
        Format::Json => json(&connector_report::json::json(report)),
        Format::Text => line(&connector_report::text::text(
            report,
            &connector_report::text::Style { command: Some(command.line()), ..style() },
        )),
    }
}

/// Prints what is known of one person.
///
/// # Errors
/// When stdout is closed.
pub fn explanation(explanation: &Explanation, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json => json(&connector_report::explain::json(explanation)),
        Format::Text => line(&connector_report::explain::text(explanation, &style())),
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// When stdout cannot be written.
pub fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(value).map_err(|error| CliError::Failed(error.to_string()))?;
    json_text(&json)
}

/// Prints a text that is JSON. A name in it may hold what a terminal obeys.
///
/// # Errors
/// When stdout cannot be written.
pub fn json_text(json: &str) -> Result<(), CliError> {
    line(&escaped_json(json))
}

/// Prints one text. A reader who stopped reading, such as `head`, is not an error: the work goes on.
///
/// # Errors
/// When stdout cannot be written.
pub fn line(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match writeln!(out, "{}", text.trim_end()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::from_io(error)),
        _ => Ok(()),
    }
}

/// Says what of a cassette was asked for in vain, and what was never asked for.
pub fn recording(replay: &Replay) {
    for miss in replay.misses() {
        anstream::eprintln!("not in the cassette: {miss}");
    }
    let unused = replay.unused();
    if !unused.is_empty() {
        anstream::eprintln!("in the cassette, but never requested: {}", unused.join(", "));
    }
}

/// Says on stderr, loudly, that a cassette will hold real people.
pub fn people_are_kept(folder: &Path) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Yellow.into()));
    anstream::eprintln!(
        "{style}WARNING:{style:#} --keep-people: names, e-mail addresses and IDs of real people will be written to {}.\n\
         {style}WARNING:{style:#} This is personal data. Do not commit it, do not share it, and delete it when you are done.",
        folder.display()
    );
}

/// An error for stderr.
#[must_use]
pub fn error(error: &CliError) -> String {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    format!("{style}error:{style:#} {error}")
}

/// The most actions a terminal shows: what scrolled away is not read. A file or a pipe gets them all.
const MOST_ACTIONS: usize = 200;

fn style() -> connector_report::text::Style {
    if !std::io::stdout().is_terminal() {
        return connector_report::text::Style::default();
    }
    let width = terminal_size::terminal_size().map(|(width, _)| width.0);
    connector_report::text::Style { colour: true, width, max_actions: Some(MOST_ACTIONS), command: None }
}
