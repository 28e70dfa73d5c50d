//! The options for what several processes share: a database, and a queue.

use std::time::Duration;

use connector_database::PostgresUrl;
use connector_queue::JetStreamOptions;
use connector_service::Shared;

use super::exit::CliError;

/// The database, for commands that need no queue.
#[derive(clap::Args)]
pub struct DatabaseArgs {
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// The PostgreSQL database that the service's processes share: postgres://USER:PASSWORD@HOST:PORT/DATABASE. In the environment
    /// variable a password is not seen by other users of the machine.
    #[arg(long, value_name = "URL", env = "HARNESS_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

/// The database and the queue.
#[derive(clap::Args)]
pub struct SharedArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[allow(clippy::doc_markdown, reason = "help is not Markdown")]
    /// The NATS server whose JetStream hands out work: nats://HOST:PORT, or tls://…. Default: the database hands it out.
    #[arg(long, value_name = "URL", env = "HARNESS_QUEUE", hide_env_values = true)]
    queue: Option<String>,
    /// How many connections to the database this process makes, at most.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=1000))]
    connections: u16,
    /// After how many seconds without a word a worker's runs go to another one. The same for every process.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(2..=3600))]
    lease: u32,
}

impl DatabaseArgs {
    /// What is shared, if anything is.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn read(&self) -> Result<Option<Shared>, CliError> {
        let Some(url) = &self.database else { return Ok(None) };
        let database: PostgresUrl = url.parse().map_err(|error| CliError::Usage(format!("{error}")))?;
        Ok(Some(Shared { database, queue: None, connections: 4 }))
    }
}

impl SharedArgs {
    /// What is shared, if anything is.
    ///
    /// # Errors
    /// When a URL cannot be read, or there is a queue without a database.
    pub fn read(&self) -> Result<Option<Shared>, CliError> {
        let queue = self.queue.as_deref().map(JetStreamOptions::parse).transpose();
        let queue = queue.map_err(|error| CliError::Usage(error.to_string()))?;
        match (self.database.read()?, queue) {
            (None, Some(_)) => Err(CliError::Usage(
                "a queue needs a database, which says what is to be done: name it with --database".to_owned(),
            )),
            (None, None) => Ok(None),
            (Some(shared), queue) => Ok(Some(Shared { queue, connections: usize::from(self.connections), ..shared })),
        }
    }

    /// For how long a worker that says nothing keeps a run.
    #[must_use]
    pub fn lease(&self) -> Duration {
        Duration::from_secs(u64::from(self.lease))
    }
}
