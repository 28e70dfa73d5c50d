//! The connectors at hand: loaded once, and known by the digest of their file.
//!
//! A file that is gone or was exchanged stops the integrations of its type until the operator has looked: what runs is what was
//! granted its origins, and nothing that took its place.

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

/// Every connector of the service.
pub struct Connectors {
    host: Host,
    loaded: RwLock<BTreeMap<String, LoadedConnector>>,
    /// Where requests are counted.
    pub metrics: Arc<Metrics>,
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn seen(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn failure(code: &str, subject: &str, message: String, remedy: &str) -> Failure {
    Failure { code: code.to_owned(), subject: Some(subject.to_owned()), message, remedy: remedy.to_owned() }
}

impl Connectors {
    /// Loads what the operator has added; what cannot be loaded says why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(host: Host, db: &Db) -> Result<Self, DbError> {
        let connectors = Self { host, loaded: RwLock::default(), metrics: Arc::default() };
        for stored in db.connectors().await? {
            let loaded = connectors.load(stored).await;
            connectors.put(loaded);
        }
        Ok(connectors)
    }

    async fn load(&self, stored: StoredConnector) -> LoadedConnector {
        let path = PathBuf::from(&stored.path);
        let seen = seen(&path);
        let mut loaded = LoadedConnector { stored, state: ConnectorState::Ok, failure: None, connector: None, seen };
        let name = loaded.stored.name.clone();
        let limit = self.host.limits().component_mib.saturating_mul(1 << 20);
        match files::read(&path, limit) {
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

    /// Adds a file as a connector, or takes a changed file in. It is granted the origins that its manifest asks for, and those
    /// that are allowed beside them; one that was there before keeps what it was granted, and gets nothing new.
    ///
    /// # Errors
    /// When it cannot be loaded, or the database fails.
    pub async fn add(&self, path: &Path, allowed: &[Origin], db: &Db) -> Result<LoadedConnector, AddError> {
        let name = path.display().to_string();
        let path = path.canonicalize().map_err(|error| AddError::Refused(missing(&name, path, &error.to_string())))?;
        let limit = self.host.limits().component_mib.saturating_mul(1 << 20);
        let bytes =
            files::read(&path, limit).map_err(|error| AddError::Refused(missing(&name, &path, &error.to_string())))?;
        let connector = self.host.load_bytes(&bytes).await.map_err(|error| AddError::Refused((&error).into()))?;
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
            path: path.display().to_string(),
            digest: digest(&bytes),
            version: description.version,
            contract,
            asked,
            granted,
        };
        db.put_connector(&stored).await?;
        let loaded = LoadedConnector {
            stored,
            state: ConnectorState::Ok,
            failure: None,
            connector: Some(connector),
            seen: seen(&path),
        };
        self.put(loaded.clone());
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
        Ok(true)
    }

    /// Removes a connector; false if there is none of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&self, name: &str, db: &Db) -> Result<bool, DbError> {
        let removed = db.remove_connector(name).await?;
        self.loaded.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(removed)
    }

    /// A connector that is to run now: its file is looked at again.
    ///
    /// # Errors
    /// Why it cannot run.
    pub async fn ready(&self, name: &str) -> Result<Ready, Failure> {
        let known = self.all().into_iter().find(|loaded| loaded.stored.name == name);
        let Some(mut loaded) = known else {
            let message = format!("The connector \"{name}\" is not loaded.");
            return Err(failure(codes::CONNECTOR_MISSING, name, message, "Ask the platform's operator to add it."));
        };
        let now = seen(Path::new(&loaded.stored.path));
        if now.is_none() || now != loaded.seen || loaded.connector.is_none() {
            loaded = self.load(loaded.stored).await;
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
