//! `harness mock`: a stand-in for Personio on this machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::exit::{CliError, Exit};
use super::output;
use personio_mock::company::Company;
use personio_mock::company::file;
use personio_mock::company::wire::Labels;
use personio_mock::faults::parse;
use personio_mock::{Fault, MockError, MockOptions, Rule, Server};

/// The options of `harness mock`.
#[derive(ClapArgs)]
#[command(after_long_help = faults())]
pub struct Args {
    /// A company's file (JSON), or how many people to invent, up to 100,000.
    ///
    /// A file is `{"name": TEXT, "people": [PERSON, ...]}`. A person has `id` (a number), `first_name` and `last_name`, and may
    /// have `status` (default: active), `supervisor` (an ID), `email`, `gender`, `position`, `office`, `department`,
    /// `team` and `flag` (the filter attribute): each a string, or null, "" or [], which are Personio's ways to say "nothing".
    #[arg(long, value_name = "FILE|SIZE")]
    company: String,
    /// Which company to invent: the same number always gives the same people.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The port to listen on; 0 for any that is free.
    #[arg(long, value_name = "N", default_value_t = 4010)]
    port: u16,
    /// The language of the attributes' labels.
    #[arg(long, value_enum, default_value = "de")]
    labels: Language,
    /// An attribute that the credential may not read, such as team, or flag for the filter attribute. May be repeated.
    #[arg(long, value_name = "ATTRIBUTE")]
    hide: Vec<String>,
    /// How long a token lives, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    token_life: u64,
    /// Turn rate limits off.
    #[arg(long)]
    no_rate_limits: bool,
    /// A fault, such as `busy=7@employees:2x3`. May be repeated; --help lists all faults.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Rule>,
    /// A file of faults (TOML or JSON).
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
}

/// The language of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// As most German customers see them.
    De,
    /// As some German customers see them.
    En,
}

/// The faults, for `--help`: from the one table that says what they do.
fn faults() -> String {
    let table = Fault::table();
    let width = table.iter().map(|(written, _)| written.len()).max().unwrap_or_default();
    let mut text =
        "Faults, as --fault FAULT[=VALUE][@[REQUESTS:]AT[xTIMES]]; the default value in brackets:\n".to_owned();
    for (written, meaning) in table {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {written:width$}  {meaning}");
    }
    text + EXAMPLES
}

const EXAMPLES: &str = "
The last six concern pages; they do not change any other response.

  --fault busy=7@employees:2x3    the 2nd to 4th page are refused, with Retry-After: 7
  --fault reset@3                 the 3rd page breaks off
  --fault html@any:1x*            every request, from the first on

REQUESTS is auth, attributes, employees or any; the default is employees. AT counts these
requests from 1. TIMES is how many requests in a row go wrong; * means all from that one on. A
scenario file has the same rules as [[fault]] tables, with the keys fault, value, on, at and times.";

/// Runs it until Ctrl-C.
///
/// # Errors
/// When the company or the scenario cannot be read, or the port cannot be had.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let company = company(&args.company, args.seed)?;
    let people = company.people.len();
    let mut faults = args.fault;
    if let Some(path) = &args.scenario {
        faults.extend(parse::scenario(path).map_err(|error| CliError::Usage(error.to_string()))?);
    }
    let server = Server::start(MockOptions {
        port: args.port,
        labels: if args.labels == Language::De { Labels::German } else { Labels::English },
        hidden: args.hide,
        rate_limits: !args.no_rate_limits,
        token_life: Duration::from_secs(args.token_life),
        faults,
        ..MockOptions::new(company)
    })
    .await?;
    output::line(&welcome(&server, people))?;
    tokio::signal::ctrl_c().await.map_err(CliError::from_io)?;
    Ok(Exit::Done)
}

fn company(text: &str, seed: u64) -> Result<Company, CliError> {
    if let Ok(size) = text.parse::<usize>() {
        if size > file::MOST {
            return Err(CliError::Usage(format!("--company {size}: a company has at most {} people", file::MOST)));
        }
        return Ok(Company::generate("firma", size, seed));
    }
    file::read(Path::new(text)).map_err(|error| CliError::Usage(error.to_string()))
}

/// Everything that is needed to sync with it, to be copied.
fn welcome(server: &Server, people: usize) -> String {
    let origin = server.origin();
    let (id, secret) = (personio_mock::CLIENT_ID, personio_mock::CLIENT_SECRET);
    format!(
        r#"Standing in for Personio at {origin} with {people} people. Press Ctrl-C to stop it.

  client ID      {id}
  client secret  {secret}

A settings file for it, settings.toml:

  name = "Stand-in"
  type = "personio"
  client-id = "{id}"
  client-secret = {{ env = "MOCK_CLIENT_SECRET" }}
  endpoint = "{origin}"

Sync with it, in another terminal:

  export MOCK_CLIENT_SECRET={secret}
  harness sync --settings settings.toml --live --allow-origin {origin} --directory directory.db

Add a fault while it runs, and remove it:

  curl -H content-type:application/json {origin}/_admin/faults \
    -d '{{"fault":"busy","value":7,"on":"employees","at":1,"times":2}}'
  curl {origin}/_admin/faults -X DELETE

List the requests so far:

  curl {origin}/_admin/requests
"#
    )
}

impl From<MockError> for CliError {
    fn from(error: MockError) -> Self {
        Self::Usage(error.to_string())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn the_help_lists_every_fault() {
        for fault in Fault::ALL {
            assert!(faults().contains(&format!("\n  {}", fault.name())), "{}", fault.name());
        }
    }

    #[test]
    fn a_number_is_a_size_and_anything_else_a_file() {
        assert_eq!(company("12", 1).unwrap().people.len(), 12);
        assert!(company("100001", 1).unwrap_err().to_string().contains("at most 100000"));
        assert!(company("no-such-file.json", 1).unwrap_err().to_string().contains("no-such-file.json"));
    }

    #[tokio::test]
    async fn the_settings_it_prints_can_be_read() {
        let server = Server::start(MockOptions::new(Company::generate("a", 1, 1))).await.unwrap();
        let text = welcome(&server, 1);
        let lines = text.lines().skip_while(|line| !line.contains("settings.toml:")).skip(2);
        let settings: Vec<&str> = lines.take_while(|line| !line.is_empty()).map(str::trim).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, settings.join("\n")).unwrap();
        let read = connector_settings::file::load_with(&path, |name| {
            (name == "MOCK_CLIENT_SECRET").then(|| personio_mock::CLIENT_SECRET.to_owned())
        });
        assert_eq!(read.unwrap().text("endpoint"), Some(server.origin().as_str()));
    }
}
