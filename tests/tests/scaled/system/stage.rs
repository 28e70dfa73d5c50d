//! A service with one tenant, some integrations, and what its processes share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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
const LEASE: &str = "2";

/// The most integrations that a stage can have.
const MOST: usize = 4;

/// What a worker says when it has started.
pub const READY: &str = "The worker is ready";

/// A service of several processes: one that shows and schedules, and as many that work as a test starts.
pub struct Stage {
    /// What shows and schedules, and does not work itself.
    pub service: Service,
    /// Where its people are from.
    pub source: Source,
    /// Where its mails go.
    pub post: Post,
    /// The database from outside.
    pub sql: Sql,
    /// The database.
    pub database: TestDatabase,
    /// More tenants.
    pub customers: Vec<Customer>,
    url: String,
    arguments: Vec<String>,
    folder: TempDir,
}

/// How a stage is set up.
#[derive(Default)]
pub struct Setting {
    /// How many integrations there are, all of them with the same people.
    pub integrations: usize,
    /// The database's port for the service's processes, if it is another than its own.
    pub database_port: Option<u16>,
    /// The queue's address, unless the database hands out work.
    pub queue: Option<String>,
    /// More connectors.
    pub connectors: Vec<PathBuf>,
    /// The names of more tenants.
    pub customers: &'static [&'static str],
}

impl Setting {
    /// So many integrations.
    pub fn of(integrations: usize) -> Self {
        Self { integrations, ..Self::default() }
    }
}

/// A service that was set up once, to be copied: signing people in takes longer than most tests.
struct Template {
    database: TestDatabase,
    origin: String,
    key: PathBuf,
    _folder: TempDir,
}

impl Template {
    fn shared() -> &'static Self {
        static SHARED: OnceLock<Template> = OnceLock::new();
        SHARED.get_or_init(|| {
            let (folder, source, post) = (tempfile::tempdir().unwrap(), people(), Post::start());
            let (key, database) = (folder.path().join("key"), PostgresServer::shared().database().unwrap());
            Keys::none().with_new().unwrap().write(&key).unwrap();
            let arguments = ["--key-file".to_owned(), key.to_string_lossy().into_owned()];
            let options = server_options(&source.origin(), &database.url, &arguments);
            drop(set_up(options, &post, &source));
            Self { database, origin: source.origin(), key, _folder: folder }
        })
    }

    /// A copy of its database, in which people are from another source.
    fn copy(&self, origin: &str) -> TestDatabase {
        let new = PostgresServer::shared().copy(&self.database).unwrap();
        let mut sql = Sql::open(&new.superuser_url);
        let old = &self.origin;
        sql.execute(&format!("UPDATE connector.integrations SET form = replace(form, '{old}', '{origin}')"));
        sql.execute(&format!("UPDATE connector.connectors SET granted = replace(granted, '{old}', '{origin}')"));
        new
    }
}

fn people() -> Source {
    Source::of(12)
}

fn server_options(origin: &str, url: &str, arguments: &[String]) -> Options {
    let mut options = Options::new(HARNESS, origin).argument("--parallel", "0").argument("--lease", LEASE);
    options.arguments.extend(arguments.iter().cloned());
    options.variable("HARNESS_DATABASE", url)
}

/// Starts a service, and makes a tenant with as many integrations as a stage can have.
fn set_up(options: Options, post: &Post, source: &Source) -> Console {
    let mut service = Service::prepared(options);
    make_data(service.data(), post);
    service.start_again();
    let console = Console::of(service);
    let customer = console.customer("Acme");
    for number in 0..MOST {
        let mut form = form(&format!("Personio {number}"), &source.origin());
        form["schedule"] = json!({ "every": "hourly" });
        let _ = customer.integration_of(&form);
    }
    console
}

fn make_data(folder: &Path, post: &Post) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("service.toml"), post.settings()).unwrap();
}

impl Stage {
    /// Sets one up over the shared database server, without a worker.
    #[allow(clippy::needless_pass_by_value, reason = "each stage has its own")]
    pub fn start(setting: Setting) -> Self {
        let template = Template::shared();
        let (source, post) = (people(), Post::start());
        let database = template.copy(&source.origin());
        let url = setting.database_port.map_or_else(|| database.url.clone(), |port| database.through(port));
        let mut arguments = vec!["--key-file".to_owned(), template.key.to_string_lossy().into_owned()];
        arguments.extend(setting.queue.iter().flat_map(|queue| ["--queue".to_owned(), queue.clone()]));
        let mut service = Service::prepared(server_options(&source.origin(), &url, &arguments));
        make_data(service.data(), &post);
        service.has_no_operator = false;
        let mut stage = Self::of(&setting, service, source, post, database, url, arguments);
        stage.service.start_again();
        stage
    }

    /// The same over a database server of the test's own, or with more connectors and tenants.
    pub fn start_on(server: &PostgresServer, setting: &Setting) -> Self {
        let (folder, source, post) = (tempfile::tempdir().unwrap().keep(), people(), Post::start());
        let (database, key) = (server.database().unwrap(), folder.join("key"));
        Keys::none().with_new().unwrap().write(&key).unwrap();
        let arguments = vec!["--key-file".to_owned(), key.to_string_lossy().into_owned()];
        let mut options = server_options(&source.origin(), &database.url, &arguments);
        for connector in &setting.connectors {
            options = options.argument("--connector", &connector.to_string_lossy());
        }
        let console = set_up(options, &post, &source);
        let customers = setting.customers.iter().map(|name| console.customer(name)).collect();
        let url = database.url.clone();
        Self { customers, ..Self::of(setting, console.service, source, post, database, url, arguments) }
    }

    fn of(
        setting: &Setting,
        service: Service,
        source: Source,
        post: Post,
        database: TestDatabase,
        url: String,
        arguments: Vec<String>,
    ) -> Self {
        let mut sql = Sql::open(&database.superuser_url);
        // Nothing is due but what a test says.
        sql.execute("UPDATE connector.integrations SET next_due = 4000000000");
        let keep = setting.integrations;
        sql.execute(&format!(
            "DELETE FROM connector.integrations WHERE id NOT IN (SELECT id FROM connector.integrations ORDER BY id LIMIT {keep})"
        ));
        gate::build(&mut sql);
        let folder = tempfile::tempdir().unwrap();
        Self { service, source, post, sql, database, customers: Vec::new(), url, arguments, folder }
    }

    /// The command of a worker with a data folder of its own, for which the database is here.
    pub fn worker_command(&self, url: &str) -> (Command, PathBuf) {
        let data = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        make_data(&data, &self.post);
        let mut command = Command::new(HARNESS);
        command.arg("worker").arg("--data").arg(&data).args(&self.arguments).args([
            "--lease",
            LEASE,
            "--parallel",
            "4",
        ]);
        for variable in ["HARNESS_KEY", "HARNESS_QUEUE", "HARNESS_LOG", "STOP_AT"] {
            command.env_remove(variable);
        }
        command.env("HARNESS_DATABASE", url);
        (command, data)
    }

    /// A worker.
    pub fn worker(&self) -> Process {
        Process::start(&mut self.worker_command(&self.url).0, READY)
    }

    /// A worker for whom the database is behind another port, such as a proxy's.
    pub fn worker_through(&self, port: u16) -> Process {
        Process::start(&mut self.worker_command(&self.database.through(port)).0, READY)
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
}
