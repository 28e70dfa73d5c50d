//! Opening a data folder, or what several processes share, and serving it or working for it.

use std::collections::BTreeSet;
use std::fs::TryLockError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector_database::{Database, PoolOptions};
use connector_host::files;
use connector_host::sandbox::{Host, HostError, Limits};
use connector_queue::{DatabaseQueue, JetStreamQueue, Queue, StartError};
use connector_settings::file::{ServiceSettings, SettingsError, load_service};
use connector_sync::directory::DirectoryError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::audit::{Audit, AuditError};
use crate::config::{Config, Files, Shared};
use crate::connectors::{AddError, Connectors};
use crate::db::{Db, DbError, Scope};
use crate::engine::{Engine, LinkError, Storage};
use crate::ids::{self, NoRandomness};
use crate::keys::{KeyError, Keys, VARIABLE};
use crate::setup::LINK_SECONDS;
use crate::web::{self, Site};

/// How long open requests may take after a stop.
const AFTER_STOP: Duration = Duration::from_secs(10);

/// Why a service cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The data folder cannot be made or written.
    #[error("the data folder {path} cannot be used: {why}; name another one with --data, or make this one writable")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Another service has it.
    #[error("another service is running on {0}; stop that one first, or name another folder with --data")]
    Busy(PathBuf),
    /// The address is taken.
    #[error("{address} cannot be listened on: {why}; name another address with --listen")]
    Address {
        /// Which.
        address: String,
        /// Why.
        why: io::Error,
    },
    /// The operator's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// No key, where several processes need the same.
    #[error(
        "processes that share a database need the same key: name its file with --key-file, or set {VARIABLE}; make one with: \
         harness keys new FILE"
    )]
    NoSharedKey,
    /// Processes are at work that would not know a new key.
    #[error("{0} processes still share the database; stop them first: they would not know the new key")]
    StillThere(usize),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] StartError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The directories of accounts.
    #[error(transparent)]
    Directories(#[from] DirectoryError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The sandbox.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A connector that was named at the start.
    #[error("the connector {from} cannot be added: {why}")]
    Connector {
        /// Its file, or its reference.
        from: String,
        /// Why.
        why: AddError,
    },
    /// Random numbers.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The first operator's link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The server itself.
    #[error("the server failed: {0}")]
    Server(io::Error),
}

impl ServiceError {
    /// Whether how it was started is wrong, and nothing was begun.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoSharedKey
                | Self::Queue(_)
                | Self::Db(DbError::Unusable(_) | DbError::Away(_))
                | Self::Directories(DirectoryError::Unusable(_) | DirectoryError::Unreachable(_))
        )
    }
}

/// The right to a data folder; given up when dropped.
#[derive(Debug)]
pub struct FolderLock(#[allow(dead_code, reason = "held, not read")] std::fs::File);

impl FolderLock {
    /// Makes the folder, and takes the right to it.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process has it.
    pub fn take(files: &Files) -> Result<Self, ServiceError> {
        let folder = |why| ServiceError::Folder { path: files.folder().to_owned(), why };
        files::create_private_folder(files.folder()).map_err(folder)?;
        let file = files::open_private(&files.lock()).map_err(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(ServiceError::Busy(files.folder().to_owned())),
            Err(TryLockError::Error(why)) => Err(folder(why)),
        }
    }
}

/// The keys that a service is started with: from the file that is named, else from the environment, else from the data folder.
/// `has_secrets` says whether anything is sealed already: else a first key is made.
///
/// # Errors
/// When there are keys, and they are none.
pub fn find_keys(config: &Config, has_secrets: bool) -> Result<Keys, ServiceError> {
    let own = config.files().keys();
    if let Some(named) = &config.key_file {
        return Ok(or_none(Keys::read(named))?);
    }
    if let Ok(text) = std::env::var(VARIABLE) {
        return Ok(Keys::parse(&text, VARIABLE)?);
    }
    if own.exists() {
        return Ok(Keys::read(&own)?);
    }
    if has_secrets {
        tracing::error!("the key for the stored secrets is not there: give it with --key-file or {VARIABLE}");
        return Ok(Keys::none());
    }
    if config.shared.is_some() {
        // One that is made here would be no other process's.
        return Err(ServiceError::NoSharedKey);
    }
    let keys = Keys::none().with_new()?;
    keys.write(&own)?;
    Ok(keys)
}

/// A service without its key still shows what it has, and says what it cannot run.
fn or_none(keys: Result<Keys, KeyError>) -> Result<Keys, KeyError> {
    match keys {
        Err(error @ KeyError::Unreadable { .. }) => {
            tracing::error!("{error}");
            Ok(Keys::none())
        }
        keys => keys,
    }
}

/// A service that is ready to serve.
pub struct Service {
    engine: Arc<Engine>,
    listener: TcpListener,
    /// The first operator's one-time link, if nobody can sign in as one yet.
    pub operator_link: Option<String>,
    _lock: FolderLock,
}

impl Service {
    /// Opens the data folder, and listens. Everything stops with `stop`.
    ///
    /// # Errors
    /// What keeps it from starting.
    pub async fn open(mut config: Config, stop: CancellationToken) -> Result<Self, ServiceError> {
        let lock = FolderLock::take(&config.files())?;
        let parts = Parts::open(&config).await?;
        let listener = listen(config.listen).await?;
        // With port 0 the system chooses.
        if let Ok(listen) = listener.local_addr() {
            config.listen = listen;
        }
        let engine = parts.engine(config, stop);
        name_what_cannot_run(&engine).await?;
        tracing::info!(last = engine.audit.last_hash().await?, "the audit log goes on");
        engine.audit.add("service", None, "service.start", env!("CARGO_PKG_VERSION")).await?;
        let operator_link = first_operator(&engine).await?;
        Ok(Self { engine, listener, operator_link, _lock: lock })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Serves until it is stopped, and brings to an end what is at work.
    ///
    /// # Errors
    /// When the server or the database fails.
    pub async fn run(self) -> Result<(), ServiceError> {
        let engine = Arc::clone(&self.engine);
        let work = tokio::spawn(Arc::clone(&engine).run());
        let site = Site::new(Arc::clone(&engine));
        let app = web::router(&site).into_make_service_with_connect_info::<std::net::SocketAddr>();
        let stop = engine.stop.clone();
        let serve = axum::serve(self.listener, app).with_graceful_shutdown(async move { stop.cancelled().await });
        let ended = async {
            engine.stop.cancelled().await;
            tokio::time::sleep(AFTER_STOP).await;
        };
        let served = tokio::select! {
            served = async { serve.await } => served.map_err(ServiceError::Server),
            // Somebody holds a connection open and says nothing.
            () = ended => Ok(()),
        };
        engine.stop.cancel();
        match work.await {
            Ok(worked) => worked?,
            Err(error) => tracing::error!("the workers ended: {error}"),
        }
        served
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServiceError> {
    TcpListener::bind(address).await.map_err(|why| ServiceError::Address { address: address.to_string(), why })
}

/// A process that works, and shows figures at most.
pub struct Worker {
    engine: Arc<Engine>,
    listener: Option<TcpListener>,
    _lock: FolderLock,
}

impl Worker {
    /// Opens the data folder, the database and the queue. Everything stops with `stop`.
    ///
    /// # Errors
    /// What keeps it from starting.
    pub async fn open(
        config: Config,
        figures: Option<SocketAddr>,
        stop: CancellationToken,
    ) -> Result<Self, ServiceError> {
        let lock = FolderLock::take(&config.files())?;
        let listener = match figures {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let engine = Parts::open(&config).await?.engine(config, stop);
        name_what_cannot_run(&engine).await?;
        Ok(Self { engine, listener, _lock: lock })
    }

    /// Where its figures are, if it shows them.
    #[must_use]
    pub fn figures_at(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Works until it is stopped; then what is being applied is finished, and what is only read is handed back.
    ///
    /// # Errors
    /// When the database fails at the start.
    pub async fn run(self) -> Result<(), ServiceError> {
        let shown = self.listener.map(|listener| {
            let app = web::figures(&self.engine);
            tokio::spawn(async move { axum::serve(listener, app).await })
        });
        let worked = self.engine.run().await;
        if let Some(shown) = shown {
            shown.abort();
        }
        Ok(worked?)
    }
}

/// What an engine is made of.
struct Parts {
    db: Db,
    keys: Keys,
    settings: ServiceSettings,
    connectors: Connectors,
    audit: Audit,
    queue: Arc<dyn Queue>,
    storage: Storage,
}

impl Parts {
    async fn open(config: &Config) -> Result<Self, ServiceError> {
        let files = config.files();
        let settings =
            if files.settings().exists() { load_service(&files.settings())? } else { ServiceSettings::default() };
        let (db, audit, queue) = match &config.shared {
            None => {
                let db = Db::open(&files.database()).await?;
                let queue = DatabaseQueue::open(db.database().clone(), config.hold).await?;
                // Nobody else has this database: what is held is held by a process that is gone.
                queue.release_all().await?;
                (db, Audit::open(&files.audit())?, Arc::new(queue) as Arc<dyn Queue>)
            }
            Some(shared) => {
                let options = PoolOptions { connections: shared.connections };
                let database = Database::postgres(&shared.database, options).await?;
                let queue = shared_queue(shared, &database, config).await?;
                (Db::in_database(database.clone()).await?, Audit::in_database(database), queue)
            }
        };
        let keys = find_keys(config, db.has_sealed().await?)?;
        let storage = Storage::open(&db, files).await?;
        let connectors = connectors(config, &settings.limits, &db).await?;
        Ok(Self { db, keys, settings, connectors, audit, queue, storage })
    }

    fn engine(self, config: Config, stop: CancellationToken) -> Arc<Engine> {
        let Self { db, keys, settings, connectors, audit, queue, storage } = self;
        Engine::new(db, keys, config, settings, connectors, audit, queue, storage, stop)
    }
}

async fn shared_queue(shared: &Shared, database: &Database, config: &Config) -> Result<Arc<dyn Queue>, ServiceError> {
    Ok(match &shared.queue {
        None => Arc::new(DatabaseQueue::open(database.clone(), config.hold).await?),
        Some(queue) => Arc::new(JetStreamQueue::connect(&queue.clone().hold(config.hold)).await?),
    })
}

async fn connectors(config: &Config, limits: &Limits, db: &Db) -> Result<Connectors, ServiceError> {
    let room = connector_fleet::room(config.parallel);
    let host = Host::builder().limits(limits.clone()).tenants(u32::try_from(room).unwrap_or(u32::MAX)).build()?;
    let connectors = Connectors::open(host, config.files().connectors(), db).await?;
    for from in &config.connectors {
        let added = connectors.add_at_start(from, &config.allow_origins, db).await;
        added.map_err(|why| ServiceError::Connector { from: from.to_string(), why })?;
    }
    Ok(connectors)
}

/// Says which integrations have secrets that none of the keys opens.
async fn name_what_cannot_run(engine: &Engine) -> Result<(), DbError> {
    let locked: BTreeSet<String> = engine
        .db
        .all_secrets()
        .await?
        .into_iter()
        .filter(|(_, secret)| !engine.keys.can_open(&secret.sealed))
        .map(|(integration, _)| integration)
        .collect();
    for integration in engine.db.integrations(&Scope::All).await?.iter().filter(|it| locked.contains(&it.id)) {
        tracing::error!(
            integration = integration.id,
            tenant = integration.tenant,
            "the key for the secrets of this integration is not there: it cannot run"
        );
    }
    Ok(())
}

/// Makes the first operator, and a link to sign in with, until one has a password.
async fn first_operator(engine: &Engine) -> Result<Option<String>, ServiceError> {
    let operators = engine.db.users(None).await?;
    if operators.iter().any(|operator| operator.password.is_some()) {
        return Ok(None);
    }
    let email = web::address_key(&engine.config.operator);
    engine.db.add_user(&ids::id()?, None, &email, "en").await?;
    let operator = engine.db.users(None).await?.into_iter().next();
    let Some(operator) = operator else { return Ok(None) };
    Ok(Some(engine.one_time_link(&operator, LINK_SECONDS).await?))
}
