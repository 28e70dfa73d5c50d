//! How a service is started: its folder, its address, its keys.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector_database::PostgresUrl;
use connector_host::http::Origin;
use connector_queue::JetStreamOptions;
use url::Url;

use crate::connectors::Source;

/// A database and a queue that several processes share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Where the database is.
    pub database: PostgresUrl,
    /// Where the queue is; in the database if it is nowhere else.
    pub queue: Option<JetStreamOptions>,
    /// How many connections this process makes to the database, at most.
    pub connections: usize,
}

/// What a service is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder with everything that is kept.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What readers type, with the path that everything is under: behind a proxy not the address that it listens on.
    pub url: Option<Url>,
    /// Whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The key file; the one in the data folder if none is named.
    pub key_file: Option<PathBuf>,
    /// Connectors to add at the start.
    pub connectors: Vec<Source>,
    /// Origins that every connector added at the start may reach beside those of its manifest.
    pub allow_origins: Vec<Origin>,
    /// Mail servers whose addresses may be private.
    pub allow_smtp: Vec<String>,
    /// How many syncs work at once; none if it is 0.
    pub parallel: usize,
    /// What tenants may hold together, in MiB; none sets no bound.
    pub memory_mib: Option<u32>,
    /// The first operator's address.
    pub operator: String,
    /// What it shares with other processes; nothing if it keeps everything in its data folder.
    pub shared: Option<Shared>,
    /// Whether it starts what is due. Any number of processes may; one that only works need not.
    pub schedules: bool,
    /// For how long a worker that says nothing keeps a run; seconds at least. The lease on an integration, and the queue, go by it.
    pub hold: Duration,
    /// What is called at each step of a run, with the step's name, before it is done. For tests, which break it there.
    #[doc(hidden)]
    pub at_step: fn(&'static str),
}

impl Config {
    /// A service with its data in this folder, on loopback.
    #[must_use]
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            url: None,
            trusted_proxies: Vec::new(),
            key_file: None,
            connectors: Vec::new(),
            allow_origins: Vec::new(),
            allow_smtp: Vec::new(),
            parallel: std::thread::available_parallelism().map_or(2, |processors| 2 * processors.get()),
            memory_mib: None,
            operator: "operator@localhost".to_owned(),
            shared: None,
            schedules: true,
            hold: connector_queue::DEFAULT_HOLD,
            at_step: |_| {},
        }
    }

    /// The URL of a page, from the path under the base.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        let base = self.url.as_ref().map_or_else(|| format!("http://{}", self.listen), ToString::to_string);
        format!("{}{path}", base.trim_end_matches('/'))
    }

    /// The hold time in whole seconds, as the database counts.
    #[must_use]
    pub fn hold_seconds(&self) -> i64 {
        i64::try_from(self.hold.as_secs().max(1)).unwrap_or(i64::MAX)
    }

    /// The files in the data folder.
    #[must_use]
    pub fn files(&self) -> Files {
        Files(self.data.clone())
    }
}

/// Where things are in a data folder.
#[derive(Debug, Clone)]
pub struct Files(PathBuf);

impl Files {
    /// Of this folder.
    #[must_use]
    pub fn of(data: impl Into<PathBuf>) -> Self {
        Self(data.into())
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The service's database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("service.db")
    }

    /// The lock that one service holds.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.0.join("service.lock")
    }

    /// The keys, unless another file is named.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.0.join("service.key")
    }

    /// The operator's settings.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.0.join("service.toml")
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.0.join("audit.jsonl")
    }

    /// Connectors that are from registries.
    #[must_use]
    pub fn connectors(&self) -> PathBuf {
        self.0.join("connectors")
    }

    /// Everything of all tenants.
    #[must_use]
    pub fn tenants(&self) -> PathBuf {
        self.0.join("tenants")
    }

    /// Everything of one tenant.
    #[must_use]
    pub fn tenant(&self, tenant: &str) -> PathBuf {
        self.tenants().join(tenant)
    }

    /// The accounts that a new integration of this tenant begins with.
    #[must_use]
    pub fn accounts(&self, tenant: &str) -> PathBuf {
        self.tenant(tenant).join("accounts.json")
    }

    /// An integration's folder.
    #[must_use]
    pub fn integration(&self, tenant: &str, integration: &str) -> PathBuf {
        self.tenant(tenant).join(integration)
    }

    /// An integration's directory of accounts.
    #[must_use]
    pub fn directory(&self, tenant: &str, integration: &str) -> PathBuf {
        self.integration(tenant, integration).join("directory.db")
    }

    /// Where an integration's mails become files, without a mail server.
    #[must_use]
    pub fn outbox(&self, tenant: &str, integration: &str) -> PathBuf {
        self.integration(tenant, integration).join("outbox")
    }
}
