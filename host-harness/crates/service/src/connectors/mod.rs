//! The connectors at hand: loaded once, and known by the digest of their file.
//!
//! A file that is gone or was exchanged stops the integrations of its type until the operator has looked: what runs is what was
//! granted its origins, and nothing that took its place. What is from a registry ([`oci`](crate::oci)) is kept as a file too, so that
//! a start needs no registry.

mod source;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use connector_host::files;
use connector_host::http::live::Live;
use connector_host::http::{EgressPolicy, Origin, Transport};
use connector_host::sandbox::{CONTRACT_VERSION, Connector, Description, Host};
use connector_sync::run::Failure;
use connector_sync::tenant_builder;
use sha2::{Digest, Sha256};

use crate::codes;
use crate::counted::Counted;
use crate::db::{Db, DbError, StoredConnector};
use crate::metrics::Metrics;
use crate::oci::OciError;
use source::{Fetched, Kept, fetch, not_fetched};

pub use source::Source;

/// How a connector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorState {
    /// It can run.
    Ok,
    /// Its file is not there.
    Missing,
    /// Its file is another one than the operator has loaded.
    Changed,
    /// It cannot be run: see its failure.
    Refused,
}

/// One connector.
#[derive(Clone)]
pub struct LoadedConnector {
    /// What the operator has loaded and granted.
    pub stored: StoredConnector,
    /// How it is.
    pub state: ConnectorState,
    /// Why it cannot run, if it cannot.
    pub failure: Option<Failure>,
    /// The component, if it could be loaded.
    pub connector: Option<Connector>,
    seen: Option<(SystemTime, u64)>,
}

/// A connector that is ready to run.
pub struct Ready {
    /// The component.
    pub connector: Connector,
    /// What it may reach.
    pub policy: EgressPolicy,
    /// What answers.
    pub transport: Arc<dyn Transport>,
}

/// Why a file could not be added as a connector.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// It cannot be loaded.
    #[error("{}", .0.message)]
    Refused(Failure),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Failure> for AddError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl From<OciError> for AddError {
    fn from(error: OciError) -> Self {
        Self::Refused(not_fetched(&error))
    }
}

/// Every connector of the service.
pub struct Connectors {
    host: Host,
    kept: Kept,
    /// Held while one is added or removed, so that its file is not swept before it is known.
    changing: tokio::sync::Mutex<()>,
    loaded: RwLock<BTreeMap<String, LoadedConnector>>,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
}

/// The SHA-256 of a component, as connectors are known by.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The file that a connector of a service with a data folder is loaded from; `kept` has what is from registries.
pub(crate) fn file_of(stored: &StoredConnector, kept: PathBuf) -> PathBuf {
    Kept::in_folder(kept, false).file(stored)
}

fn seen(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn failure(code: &str, subject: &str, message: String, remedy: &str) -> Failure {
    Failure { code: code.to_owned(), subject: Some(subject.to_owned()), message, remedy: remedy.to_owned() }
}

impl Connectors {
    /// The word that tells other processes to look at the connectors again.
    pub const CHANGED: &'static str = "connectors";

    /// Loads what the operator has added; what cannot be loaded says why. `folder` has what is from registries.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(host: Host, folder: PathBuf, db: &Db) -> Result<Self, DbError> {
        let kept = Kept::in_folder(folder, db.is_shared());
        let (changing, loaded) = (tokio::sync::Mutex::default(), RwLock::default());
        let connectors = Self { host, kept, changing, loaded, metrics: Arc::default() };
        connectors.refresh(db).await?;
        Ok(connectors)
    }

    /// Loads what is new, was changed, or was granted something else, and forgets what is gone: by this process, or by another one that
    /// shares the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self, db: &Db) -> Result<(), DbError> {
        let _changing = self.changing.lock().await;
        let stored = db.connectors().await?;
        let is_there = |name: &String| stored.iter().any(|stored| stored.name == *name);
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).retain(|name, _| is_there(name));
        for stored in stored {
            self.take_over(stored, db).await;
        }
        Ok(())
    }

    /// Has what is loaded be what is stored.
    async fn take_over(&self, stored: StoredConnector, db: &Db) -> Option<LoadedConnector> {
        let known = self.find(&stored.name);
        let loaded = match known {
            Some(loaded) if loaded.stored == stored => return Some(loaded),
            Some(loaded) if loaded.stored.digest == stored.digest && loaded.state == ConnectorState::Ok => {
                LoadedConnector { stored, ..loaded }
            }
            _ => self.load(stored, db).await,
        };
        self.put(loaded.clone());
        Some(loaded)
    }

    fn find(&self, name: &str) -> Option<LoadedConnector> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn load(&self, stored: StoredConnector, db: &Db) -> LoadedConnector {
        if let Err(failure) = self.kept.fetch(&stored, db).await {
            let state = ConnectorState::Missing;
            return LoadedConnector { stored, state, failure: Some(failure), connector: None, seen: None };
        }
        let path = self.kept.file(&stored);
        let seen = seen(&path);
        let mut loaded = LoadedConnector { stored, state: ConnectorState::Ok, failure: None, connector: None, seen };
        let name = loaded.stored.name.clone();
        match files::read(&path, self.limit()) {
            Err(error) => {
                loaded.state = ConnectorState::Missing;
                loaded.failure = Some(missing(&name, &path, &error.to_string()));
            }
            Ok(bytes) if digest(&bytes) != loaded.stored.digest => {
                loaded.state = ConnectorState::Changed;
                loaded.failure = Some(changed(&name, &path));
            }
            Ok(bytes) => match self.host.load_bytes(&bytes).await {
                Ok(connector) => loaded.connector = Some(connector),
                Err(error) => {
                    loaded.state = ConnectorState::Refused;
                    loaded.failure = Some((&error).into());
                }
            },
        }
        loaded
    }

    /// The most bytes of a component.
    fn limit(&self) -> u64 {
        self.host.limits().component_mib.saturating_mul(1 << 20)
    }

    fn put(&self, loaded: LoadedConnector) {
        let mut all = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(loaded.stored.name.clone(), loaded);
    }

    /// Every connector, by name.
    #[must_use]
    pub fn all(&self) -> Vec<LoadedConnector> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// What a connector says of itself, if it is loaded.
    #[must_use]
    pub fn description(&self, name: &str) -> Option<Description> {
        self.connector(name).map(|connector| connector.description().clone())
    }

    fn connector(&self, name: &str) -> Option<Connector> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(name)?.connector.clone()
    }

    /// Adds a connector, or takes another file or another artifact of one in. It is granted the origins that its manifest asks
    /// for, and those that are allowed beside them; one that was there before keeps what it was granted, and gets nothing new.
    ///
    /// # Errors
    /// When it cannot be fetched or loaded, or the database fails.
    pub async fn add(&self, source: &Source, allowed: &[Origin], db: &Db) -> Result<LoadedConnector, AddError> {
        let fetched = fetch(source, self.limit()).await?;
        self.take_in(fetched, allowed, db).await
    }

    /// [`Connectors::add`] at a start: a tag that was looked up before stands for what it stood for then, and no registry is asked.
    ///
    /// # Errors
    /// As for [`Connectors::add`].
    pub async fn add_at_start(
        &self,
        source: &Source,
        allowed: &[Origin],
        db: &Db,
    ) -> Result<LoadedConnector, AddError> {
        let is_named = |loaded: &LoadedConnector| match (source, Source::of(&loaded.stored)) {
            (Source::Registry(named), Source::Registry(pinned)) => named.is_pinned_by(&pinned),
            _ => false,
        };
        let known = self.all().into_iter().find(|loaded| loaded.state == ConnectorState::Ok && is_named(loaded));
        let Some(LoadedConnector { stored, .. }) = known else { return self.add(source, allowed, db).await };
        let bytes = files::read(&self.kept.file(&stored), self.limit())
            .map_err(|error| missing(&stored.name, &self.kept.file(&stored), &error.to_string()))?;
        self.take_in(Fetched { source: Source::of(&stored), bytes }, allowed, db).await
    }

    /// Takes in what is now where a connector is from; what is from a registry is the same as before.
    ///
    /// # Errors
    /// As for [`Connectors::add`].
    pub async fn renew(&self, stored: &StoredConnector, db: &Db) -> Result<LoadedConnector, AddError> {
        self.add(&Source::of(stored), &[], db).await
    }

    async fn take_in(&self, fetched: Fetched, allowed: &[Origin], db: &Db) -> Result<LoadedConnector, AddError> {
        let loading = self.host.load_bytes(&fetched.bytes).await;
        let connector = loading.map_err(|error| AddError::Refused((&error).into()))?;
        let _changing = self.changing.lock().await;
        let description = connector.description().clone();
        let asked: Vec<String> = description.origins.iter().map(ToString::to_string).collect();
        let before = self.all().into_iter().find(|loaded| loaded.stored.name == description.name);
        let mut granted = before.map_or_else(|| asked.clone(), |before| before.stored.granted);
        for origin in allowed.iter().map(ToString::to_string) {
            if !granted.contains(&origin) {
                granted.push(origin);
            }
        }
        let contract =
            connector.inspection().contract_version().map_or(CONTRACT_VERSION.to_string(), ToString::to_string);
        let stored = StoredConnector {
            name: description.name,
            path: fetched.source.to_string(),
            digest: digest(&fetched.bytes),
            version: description.version,
            contract,
            asked,
            granted,
        };
        self.kept.keep(&fetched)?;
        if db.is_shared() {
            db.put_component(&stored.digest, &fetched.bytes).await?;
        }
        db.put_connector(&stored).await?;
        let seen = seen(&self.kept.file(&stored));
        let loaded =
            LoadedConnector { stored, state: ConnectorState::Ok, failure: None, connector: Some(connector), seen };
        self.put(loaded.clone());
        self.changed(db).await?;
        Ok(loaded)
    }

    /// Grants a connector these origins and no others.
    ///
    /// # Errors
    /// When the database fails; false if there is no such connector.
    pub async fn grant(&self, name: &str, granted: Vec<String>, db: &Db) -> Result<bool, DbError> {
        let Some(mut loaded) = self.all().into_iter().find(|loaded| loaded.stored.name == name) else {
            return Ok(false);
        };
        loaded.stored.granted = granted;
        db.put_connector(&loaded.stored).await?;
        self.put(loaded);
        self.changed(db).await?;
        Ok(true)
    }

    /// Removes a connector; false if there is none of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&self, name: &str, db: &Db) -> Result<bool, DbError> {
        let _changing = self.changing.lock().await;
        let removed = db.remove_connector(name).await?;
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        self.changed(db).await?;
        Ok(removed)
    }

    /// Removes what no connector uses any more, and has other processes look.
    async fn changed(&self, db: &Db) -> Result<(), DbError> {
        let used: Vec<StoredConnector> = self.all().into_iter().map(|loaded| loaded.stored).collect();
        self.kept.sweep(&used);
        if db.is_shared() {
            db.sweep_components().await?;
            db.database().signal(Self::CHANGED).await?;
        }
        Ok(())
    }

    /// A connector that is to run now: its file is looked at again.
    ///
    /// # Errors
    /// Why it cannot run.
    pub async fn ready(&self, name: &str, db: &Db) -> Result<Ready, Failure> {
        // What another process has granted or taken away counts from now on, heard of or not.
        let known = if db.is_shared() {
            match db.connector(name).await.map_err(|error| crate::engine::service_failed(&error))? {
                Some(stored) => self.take_over(stored, db).await,
                None => None,
            }
        } else {
            self.find(name)
        };
        let Some(mut loaded) = known else {
            let message = format!("The connector \"{name}\" is not loaded.");
            return Err(failure(codes::CONNECTOR_MISSING, name, message, "Ask the platform's operator to add it."));
        };
        let now = seen(&self.kept.file(&loaded.stored));
        if now.is_none() || now != loaded.seen || loaded.connector.is_none() {
            loaded = self.load(loaded.stored, db).await;
            self.put(loaded.clone());
        }
        let (Some(connector), None) = (loaded.connector, loaded.failure.clone()) else {
            let message = || format!("The connector \"{name}\" cannot be run.");
            let remedy = "Ask the platform's operator to look at it.";
            return Err(loaded.failure.unwrap_or_else(|| failure(codes::CONNECTOR_MISSING, name, message(), remedy)));
        };
        let granted = loaded.stored.granted_origins();
        let named = granted.clone();
        let asked = connector.description().origins.clone();
        let (granted, allowed): (Vec<Origin>, Vec<Origin>) =
            granted.into_iter().partition(|origin| asked.contains(origin));
        let policy = tenant_builder::policy(&connector, allowed).granting(granted);
        let live = Live::new(policy.clone()).map_err(|error| {
            failure(codes::HOST_FAILED, name, error.to_string(), "Ask the platform's operator to look at it.")
        })?;
        let transport = Counted::new(Arc::new(live), Arc::clone(&self.metrics), named);
        Ok(Ready { connector, policy, transport: Arc::new(transport) })
    }
}

fn missing(name: &str, path: &Path, why: &str) -> Failure {
    let file = path.file_name().map_or_else(String::new, |file| file.to_string_lossy().into_owned());
    let message = format!("The connector's file {file} cannot be read: {why}.");
    let remedy = "Ask the platform's operator to put the file back, or to add the connector again.";
    failure(codes::CONNECTOR_MISSING, name, message, remedy)
}

fn changed(name: &str, path: &Path) -> Failure {
    let file = path.file_name().map_or_else(String::new, |file| file.to_string_lossy().into_owned());
    let message = format!("The connector's file {file} was exchanged since the operator loaded it.");
    let remedy = "Ask the platform's operator to accept the new file, or to put the old one back.";
    failure(codes::CONNECTOR_CHANGED, name, message, remedy)
}
