//! A directory that keeps the accounts itself, and can be administered: filled, corrected, looked into, and made to forget.
//!
//! A sync needs no more than a [`Directory`], and a platform that has accounts of its own has its own pages for the rest. Who
//! runs a service or a command line over many directories needs more of each, whatever database it is in: this is that more.
//! The methods are primitives. What may be decided is judged once, for every store, in [`crate::decisions`].
//!
//! Rejected: these methods in [`Transaction`] itself. Every platform would then have to write what no sync ever calls.

use std::collections::BTreeMap;

use async_trait::async_trait;
use connector_host::contract::{Account, Group};

use super::{Directory, Result, Transaction};
use crate::history::PastDecision;

/// A directory with the transactions of who administers it.
#[async_trait]
pub trait Store: Directory {
    /// As [`Directory::read`]: only reads, and everything it shows is of one moment.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn inspect(&mut self) -> Result<Box<dyn StoreTransaction + '_>>;

    /// As [`Directory::begin`]: writes; dropping it without [`Transaction::commit`] undoes it.
    ///
    /// # Errors
    /// When the directory cannot be written, or another run holds it.
    async fn administer(&mut self) -> Result<Box<dyn StoreTransaction + '_>>;
}

/// What one transaction of a [`Store`] can do, all of it or nothing. Whatever has the parts is one.
pub trait StoreTransaction: Transaction + Links + Import + Retention + OutboxStatus {}

impl<T: Transaction + Links + Import + Retention + OutboxStatus> StoreTransaction for T {}

/// Who an account belongs to, and what was decided about it (rule S12).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// The employee it is linked to.
    pub employee: Option<String>,
    /// IDs that the same person had before.
    pub earlier: Vec<String>,
    /// Employees to whom it is never linked by its address again.
    pub foreign: Vec<ForeignEmployee>,
}

/// An employee whose account it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignEmployee {
    /// Their ID.
    pub employee: String,
    /// Of an ID that somebody had before: the one that they were linked by. Linking the account back to that one makes this
    /// an earlier ID again.
    pub earlier_of: Option<String>,
}

/// The accounts that have to do with an employee's ID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountsOf {
    /// The one that is linked to it.
    pub linked: Option<String>,
    /// The one whose owner had it before, by a decision.
    pub earlier: Option<String>,
}

/// Links between accounts and employees: the only way to change one that is there (rule S12).
#[async_trait]
pub trait Links: Send {
    /// An account's link; none if there is no such account.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn link(&mut self, account: &str) -> Result<Option<Link>>;

    /// The accounts that have to do with this ID.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn accounts_of(&mut self, employee: &str) -> Result<AccountsOf>;

    /// Puts this link in the place of the account's, and raises its version; without such an account nothing happens.
    ///
    /// # Errors
    /// When the directory cannot be written, or the employee has another account.
    async fn set_link(&mut self, account: &str, link: &Link) -> Result<()>;

    /// Files a decision, to be found in the [history](crate::history) of both employees that it names. It is never changed.
    ///
    /// # Errors
    /// When the directory cannot be written, or there is no such account.
    async fn file_decision(&mut self, decision: &PastDecision) -> Result<()>;
}

/// An account as an import stores it. No `Debug`: it is a person's.
#[derive(Clone, PartialEq)]
pub struct ImportedAccount {
    /// The account. Its version counts for nothing; nor do its earlier and foreign employees, which a person decides.
    pub account: Account,
    /// Its role, which no connector reads or writes (rule S4).
    pub role: String,
}

/// Storing whole accounts and groups, which the platform may do, but a connector may not.
#[async_trait]
pub trait Import: Send {
    /// Each account's role, by account ID.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn roles(&mut self) -> Result<BTreeMap<String, String>>;

    /// Stores these groups under their IDs.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn put_groups(&mut self, groups: &[Group]) -> Result<()>;

    /// Stores these accounts under their IDs, memberships included, in the place of those that are there. A new one has
    /// version 1; the version of one that is there grows. Two accounts may trade their employees.
    ///
    /// # Errors
    /// When the directory cannot be written, or two accounts would be one employee's.
    async fn put_accounts(&mut self, accounts: &[ImportedAccount]) -> Result<()>;
}

/// Forgetting people on request.
#[async_trait]
pub trait Retention: Send {
    /// Forgets what the fields of an employee were before. That something was done, and by which run, stays.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn forget_changes(&mut self, employee: &str) -> Result<()>;
}

/// How many mails there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Those that wait.
    pub queued: u64,
    /// Those that are out.
    pub delivered: u64,
}

/// A mail that can never be delivered as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Undeliverable {
    /// Its message ID.
    pub message_id: String,
    /// Whom it was for.
    pub recipients: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What became of the mails.
#[async_trait]
pub trait OutboxStatus: Send {
    /// How many wait, and how many were delivered. Those that were dead-lettered are neither.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn outbox_counts(&mut self) -> Result<OutboxCounts>;

    /// The mails that were dead-lettered, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn undeliverable(&mut self) -> Result<Vec<Undeliverable>>;
}
