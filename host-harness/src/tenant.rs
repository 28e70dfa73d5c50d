//! `harness tenant`: a service's tenants and users, from a terminal.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use connector_host::one_line::one_line;
use connector_service::Config;
use connector_service::setup::{NewTenant, Setup};

use super::exit::{CliError, Exit};
use super::output;
use super::serve::base_url;
use super::shared::DatabaseArgs;

/// The options of `harness tenant`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// Which service.
#[derive(clap::Args)]
struct Where {
    /// The service's data folder. The service may be running.
    #[arg(long, value_name = "DIR", required_unless_present = "database")]
    data: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where the service listens, for the link.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// The address that people type, for the link.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Set up a tenant, and print the link with which its first admin sets a password. It works once, for a week.
    Add {
        /// The tenant's name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The first admin's address.
        #[arg(long, value_name = "EMAIL")]
        email: String,
        /// The admin's language.
        #[arg(long, value_parser = ["de", "en"], default_value = "de")]
        language: String,
        /// The accounts and groups that the tenant's integrations begin with, a file as for `harness directory import`.
        #[arg(long, value_name = "FILE.json")]
        accounts: Option<PathBuf>,
        #[command(flatten)]
        service: Where,
    },
    /// List tenants, and who signs in.
    List {
        #[command(flatten)]
        service: Where,
    },
    /// Make an API token for somebody who signs in, and print it. It is not shown again.
    Token {
        /// The address that they sign in with.
        #[arg(value_name = "EMAIL")]
        email: String,
        /// What the token is for.
        #[arg(long, value_name = "TEXT")]
        name: String,
        #[command(flatten)]
        service: Where,
    },
    /// Print a new one-time link for somebody who has lost their password, an operator too.
    Link {
        /// The address that they sign in with.
        #[arg(value_name = "EMAIL")]
        email: String,
        #[command(flatten)]
        service: Where,
    },
}

impl Where {
    async fn open(self) -> Result<Setup, CliError> {
        let mut config = Config::new(self.data.unwrap_or_default());
        config.shared = self.database.read()?;
        config.listen = self.listen;
        config.url = self.url.as_deref().map(base_url).transpose()?;
        Setup::open(config).await.map_err(|error| CliError::Failed(error.to_string()))
    }
}

/// Runs it.
///
/// # Errors
/// What cannot be set up.
pub async fn run(args: Args) -> Result<Exit, CliError> {
    let usage = |error: connector_service::setup::SetupError| CliError::Usage(error.to_string());
    match args.command {
        Command::Add { name, email, language, accounts, service } => {
            let new = NewTenant { name: &name, email: &email, language: &language, accounts: accounts.as_deref() };
            output::line(&service.open().await?.add_tenant(&new).await.map_err(usage)?)?;
        }
        Command::List { service } => {
            for (tenant, users) in service.open().await?.users().await.map_err(usage)? {
                let name =
                    tenant.map_or_else(|| "(operators)".to_owned(), |tenant| format!("{} {}", tenant.id, tenant.name));
                output::line(&one_line(&format!("{name}: {}", users.join(", "))))?;
            }
        }
        Command::Token { email, name, service } => {
            output::line(service.open().await?.token(&email, &name).await.map_err(usage)?.reveal())?;
        }
        Command::Link { email, service } => {
            output::line(&service.open().await?.link(&email).await.map_err(usage)?)?;
        }
    }
    Ok(Exit::Done)
}
