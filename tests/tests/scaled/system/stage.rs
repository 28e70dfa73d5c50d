//! A service with one tenant, some integrations, and what its processes share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use connector_service::keys::Keys;
use serde_json::json;
use tempfile::TempDir;
use whole_system_tests::postgres_server::{PostgresServer, TestDatabase};
use whole_system_tests::service_client::{Console, Customer, Options, Service, Source, form};

use super::process::Process;
use super::whole::Look;
use super::{Gate, Moment, Post, Sql, gate};
use crate::HARNESS;

/// The lease of every process, in seconds: the shortest that there is.
pub const LEASE: &str = "2";

/// What a worker says when it has started.
pub const READY: &str = "The worker is ready";

/// A service of several processes: one that shows and schedules, and as many that work as a test starts.
pub struct Stage {
    /// What shows and schedules, and does not work itself.
    pub console: Console,
    /// The tenant.
    pub customer: Customer,
    /// Its integrations.
    pub integrations: Vec<String>,
    /// Where its people are from.
    pub source: Source,
    /// Where its mails go.
    pub post: Post,
    /// The database from outside.
    pub sql: Sql,
    /// The database.
    pub database: TestDatabase,
    url: String,
    arguments: Vec<String>,
    folder: TempDir,
}

/// How a stage is set up.
pub struct Setting {
    /// Where its people are from.
    pub source: Source,
    /// How many integrations there are.
    pub integrations: usize,
    /// The database's address for the service's processes, if it is another than its own.
    pub database_port: Option<u16>,
    /// The queue's address, unless the database hands out work.
    pub queue: Option<String>,
    /// More connectors.
    pub connectors: Vec<PathBuf>,
}

impl Setting {
    /// So many integrations with so many people, and nothing between the processes and the database.
    pub fn of(integrations: usize, people: usize) -> Self {
        Self { source: Source::of(people), integrations, database_port: None, queue: None, connectors: Vec::new() }
    }
}

impl Stage {
    /// Sets it up, without a worker.
    pub fn start(server: &PostgresServer, setting: Setting) -> Self {
        let Setting { source, integrations, database_port, queue, connectors } = setting;
        let (folder, post, database) = (tempfile::tempdir().unwrap(), Post::start(), server.database().unwrap());
        let key = folder.path().join("key");
        Keys::none().with_new().unwrap().write(&key).unwrap();
        let url = database_port.map_or_else(|| database.url.clone(), |port| database.through(port));
        let mut arguments = vec!["--lease".to_owned(), LEASE.to_owned()];
        arguments.extend(["--key-file".to_owned(), key.to_string_lossy().into_owned()]);
        arguments.extend(queue.into_iter().flat_map(|queue| ["--queue".to_owned(), queue]));
        let mut options = Options::new(HARNESS, &source.origin()).argument("--parallel", "0");
        options = options.variable("HARNESS_DATABASE", &url);
        for connector in connectors {
            options = options.argument("--connector", &connector.to_string_lossy());
        }
        options.arguments.extend(arguments.iter().cloned());
        let mut service = Service::prepared(options);
        make_data(service.data(), &post);
        service.start_again();
        let console = Console::of(service);
        let customer = console.customer("Acme");
        let integration = |number| {
            let mut form = form(&format!("Personio {number}"), &source.origin());
            form["schedule"] = json!({ "every": "hourly" });
            customer.integration_of(&form)
        };
        let integrations = (0..integrations).map(integration).collect();
        let mut sql = Sql::open(&database.superuser_url);
        // Nothing is due but what a test says.
        sql.execute("UPDATE connector.integrations SET next_due = 4000000000");
        gate::build(&mut sql);
        Self { console, customer, integrations, source, post, sql, database, url, arguments, folder }
    }

    /// The command of a worker.
    pub fn worker_command(&self) -> Command {
        let data = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        make_data(&data, &self.post);
        let mut command = Command::new(HARNESS);
        command.arg("worker").arg("--data").arg(data).args(&self.arguments).args(["--parallel", "4"]);
        for variable in ["HARNESS_KEY", "HARNESS_QUEUE", "HARNESS_LOG", "STOP_AT"] {
            command.env_remove(variable);
        }
        command.env("HARNESS_DATABASE", &self.url);
        command
    }

    /// A worker.
    pub fn worker(&self) -> Process {
        Process::start(&mut self.worker_command(), READY)
    }

    /// A worker for whom the database is behind another port, such as a proxy's.
    pub fn worker_through(&self, port: u16) -> Process {
        let mut command = self.worker_command();
        command.env("HARNESS_DATABASE", self.database.through(port));
        Process::start(&mut command, READY)
    }

    /// Closes a gate.
    pub fn close(&self, moment: Moment) -> Gate {
        Gate::close(&self.database.superuser_url, moment)
    }

    /// Waits until all is done that is to be done, and looks at everything. So many mails may be out twice.
    pub fn is_whole(&mut self, slots: &[i64], in_flight: usize) {
        let Self { sql, database, post, .. } = self;
        Look { sql, database, post, slots, in_flight }.check();
    }

    /// Makes every integration due now; gives the slot.
    pub fn make_due(&mut self) -> i64 {
        let slot = self.sql.number("SELECT floor(extract(epoch FROM now()))::bigint");
        self.sql.execute(&format!("UPDATE connector.integrations SET next_due = {slot}"));
        slot
    }

    /// The processes' data folders and what they share.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

fn make_data(folder: &Path, post: &Post) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("service.toml"), post.settings()).unwrap();
}
