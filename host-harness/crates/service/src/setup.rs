//! Setting tenants up from a terminal: for scripts, and for the operator who has lost the way in.
//!
//! It works on the data folder itself, beside a running service or without one.

use std::io;
use std::path::{Path, PathBuf};

use connector_database::{Database, PoolOptions};
use connector_host::files;
use connector_settings::file::is_address;
use jiff::Timestamp;

use crate::accounts::{AccountsError, FirstAccounts};
use crate::audit::{Audit, AuditError};
use crate::config::Config;
use crate::db::{Db, DbError, Tenant};
use crate::ids::{self, NoRandomness, Token};
use crate::web::address_key;

/// How long a one-time link works, in seconds: a week, since people are on holiday.
pub const LINK_SECONDS: i64 = 7 * 24 * 3_600;
/// The largest file of accounts, in bytes.
const LARGEST: u64 = 1 << 28;

/// Why something could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The name is taken or empty.
    #[error("there is a tenant called \"{0}\" already; choose another name")]
    NameTaken(String),
    /// Nothing was entered.
    #[error("a tenant needs a name")]
    NoName,
    /// It is no address.
    #[error("{0} is not a mail address")]
    NotAnAddress(String),
    /// Somebody has the address.
    #[error("somebody signs in with {0} already; an address belongs to one user")]
    AddressTaken(String),
    /// Nobody has the address.
    #[error("nobody signs in with {0}; `harness tenant list` shows who does")]
    NoSuchUser(String),
    /// The accounts cannot be read or written.
    #[error("{path}: {why}")]
    Accounts {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The accounts cannot be imported: every mistake, with its file and line.
    #[error("{0}")]
    WrongAccounts(String),
    /// The folder cannot be made.
    #[error("the data folder {path} cannot be used: {why}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Random numbers.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

/// A tenant to set up.
#[derive(Debug, Clone)]
pub struct NewTenant<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its first admin's address.
    pub email: &'a str,
    /// The admin's language: `de` or `en`.
    pub language: &'a str,
    /// The accounts and groups that its integrations begin with: a file for `harness directory import`.
    pub accounts: Option<&'a Path>,
}

/// A service's data, open.
pub struct Setup {
    config: Config,
    db: Db,
    audit: Audit,
}

impl Setup {
    /// Opens what processes share, or a data folder, and makes it if it does not exist.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn open(config: Config) -> Result<Self, SetupError> {
        if let Some(shared) = &config.shared {
            let options = PoolOptions { connections: shared.connections };
            let database = Database::postgres(&shared.database, options).await?;
            let db = Db::in_database(database.clone()).await?;
            return Ok(Self { config, db, audit: Audit::in_database(database) });
        }
        let files = config.files();
        let folder = |why| SetupError::Folder { path: files.folder().to_owned(), why };
        files::create_private_folder(files.folder()).map_err(folder)?;
        let db = Db::open(&files.database()).await?;
        let audit = Audit::open(&files.audit())?;
        Ok(Self { config, db, audit })
    }

    /// Sets a tenant up; gives the one-time link of its admin.
    ///
    /// # Errors
    /// When name or address cannot be used, or something cannot be written.
    pub async fn add_tenant(&self, new: &NewTenant<'_>) -> Result<String, SetupError> {
        let (name, email) = (new.name.trim(), address_key(new.email));
        if name.is_empty() {
            return Err(SetupError::NoName);
        }
        let key = connector_common::key(name);
        if self.db.tenants().await?.iter().any(|tenant| connector_common::key(&tenant.name) == key) {
            return Err(SetupError::NameTaken(name.to_owned()));
        }
        if !is_address(&email) {
            return Err(SetupError::NotAnAddress(new.email.to_owned()));
        }
        if self.db.user_by_email(&email).await?.is_some() {
            return Err(SetupError::AddressTaken(email));
        }
        let read = |path| read_accounts(path).map(|accounts| (path, accounts));
        let accounts = new.accounts.map(read).transpose()?;
        let id = ids::id()?;
        let checked = match &accounts {
            Some((path, accounts)) => {
                let checked = FirstAccounts::check(accounts.as_bytes(), &path.display().to_string()).await;
                Some(checked.map_err(|error| accounts_error(path, error))?)
            }
            None => None,
        };
        self.audit.add("terminal", Some(&id), "tenant.create", &id).await?;
        self.db.add_tenant(&id, name).await?;
        if let Some(checked) = checked {
            let kept = checked.keep(&self.db, &self.config.files(), &id).await;
            kept.map_err(|error| accounts_error(new.accounts.unwrap_or(Path::new("")), error))?;
        }
        let user = ids::id()?;
        self.audit.add("terminal", Some(&id), "user.invite", &user).await?;
        self.db.add_user(&user, Some(&id), &email, new.language).await?;
        self.link(&email).await
    }

    /// A new one-time link for somebody who signs in with this address; earlier ones no longer work.
    ///
    /// # Errors
    /// When nobody does.
    pub async fn link(&self, email: &str) -> Result<String, SetupError> {
        let email = address_key(email);
        let user = self.db.user_by_email(&email).await?.ok_or(SetupError::NoSuchUser(email))?;
        let token = Token::new()?;
        self.audit.add("terminal", user.tenant.as_deref(), "user.link", &user.id).await?;
        self.db.add_link(&token.hash(), &user.id, Timestamp::now().as_second() + LINK_SECONDS).await?;
        Ok(self.config.page(&format!("/welcome/{}", token.reveal())))
    }

    /// A new API token for somebody who signs in with this address.
    ///
    /// # Errors
    /// When nobody does.
    pub async fn token(&self, email: &str, name: &str) -> Result<Token, SetupError> {
        let email = address_key(email);
        let user = self.db.user_by_email(&email).await?.ok_or(SetupError::NoSuchUser(email))?;
        let (id, token) = (ids::id()?, Token::for_api()?);
        self.audit.add("terminal", user.tenant.as_deref(), "token.create", &id).await?;
        self.db.add_token(&id, &token.hash(), &user.id, name.trim()).await?;
        Ok(token)
    }

    /// Every tenant, with the addresses that its admins sign in with; the operators' first, under no tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<(Option<Tenant>, Vec<String>)>, SetupError> {
        let emails = |users: Vec<crate::db::User>| users.into_iter().map(|user| user.email).collect();
        let mut all = vec![(None, emails(self.db.users(None).await?))];
        for tenant in self.db.tenants().await? {
            let users = self.db.users(Some(&tenant.id)).await?;
            all.push((Some(tenant), emails(users)));
        }
        Ok(all)
    }
}

fn accounts_error(path: &Path, error: AccountsError) -> SetupError {
    match error {
        AccountsError::Wrong(mistakes) => SetupError::WrongAccounts(mistakes),
        error => SetupError::Accounts { path: path.to_owned(), why: format!("cannot be put down: {error}") },
    }
}

fn read_accounts(path: &Path) -> Result<String, SetupError> {
    let failed = |why: String| SetupError::Accounts { path: path.to_owned(), why };
    files::read_text(path, LARGEST).map_err(|error| failed(format!("cannot be read: {error}")))
}
