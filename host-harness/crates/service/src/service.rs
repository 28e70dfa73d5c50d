//! Opening a data folder, and serving it.

use std::collections::BTreeSet;
use std::fs::TryLockError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use connector_host::files;
use connector_host::sandbox::{Host, HostError, Limits};
use connector_settings::file::{ServiceSettings, SettingsError, load_service};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::audit::{Audit, AuditError};
use crate::config::{Config, Files};
use crate::connectors::{AddError, Connectors};
use crate::db::{Db, DbError, Scope};
use crate::engine::{Engine, LinkError};
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
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
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
pub fn find_keys(config: &Config, has_secrets: bool) -> Result<Keys, KeyError> {
    let own = config.files().keys();
    if let Some(named) = &config.key_file {
        return or_none(Keys::read(named));
    }
    if let Ok(text) = std::env::var(VARIABLE) {
        return Keys::parse(&text, VARIABLE);
    }
    if own.exists() {
        return Keys::read(&own);
    }
    if has_secrets {
        tracing::error!("the key for the stored secrets is not there: give it with --key-file or {VARIABLE}");
        return Ok(Keys::none());
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
        let files = config.files();
        let lock = FolderLock::take(&files)?;
        let settings =
            if files.settings().exists() { load_service(&files.settings())? } else { ServiceSettings::default() };
        let db = Db::open(&files.database())?;
        let has_secrets = !db.all_secrets().await?.is_empty() || !db.details(&Scope::All).await?.is_empty();
        let keys = find_keys(&config, has_secrets)?;
        let audit = Audit::open(&files.audit())?;
        let connectors = connectors(&config, &settings.limits, &db).await?;
        let address = config.listen.to_string();
        let listener = TcpListener::bind(config.listen).await.map_err(|why| ServiceError::Address { address, why })?;
        // With port 0 the system chooses.
        if let Ok(listen) = listener.local_addr() {
            config.listen = listen;
        }
        let engine = Engine::new(db, keys, config, settings, connectors, audit, stop);
        name_what_cannot_run(&engine).await?;
        tracing::info!(last = engine.audit.last_hash(), "the audit log goes on");
        engine.audit.add("service", None, "service.start", env!("CARGO_PKG_VERSION"))?;
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
