//! Where accounts live.
//!
//! [`Directory`] is what a platform implements over its own accounts; [`sqlite`] is elearnio's stand-in, a real database
//! on disk. A run's changes, its record and its mails are one transaction ([`Changes`]): a run that dies half way
//! leaves the directory as it was or as planned.

pub mod decide;
pub mod import;
pub mod lock;
pub mod show;
pub mod sqlite;

use crate::contract;
use crate::mail::Mail;
use crate::run::{Outcome, RunReport};

/// What can go wrong with a directory. Says which file or row, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Cannot be opened or written: what and why.
    #[error("{0}")]
    Unusable(String),
    /// Holds something that cannot be.
    #[error("{0}")]
    Corrupt(String),
    /// An import file is wrong.
    #[error("{0}")]
    Import(String),
    /// The database failed in mid-work; nothing was written.
    #[error("the directory failed: {0}; nothing was written")]
    Failed(String),
}

/// One tenant's accounts, as the driver sees them.
pub trait Directory: Send {
    /// What tells this directory from every other, for as long as it exists: random, and no secret. A saved plan and an
    /// invitation's message ID bear it. None for a directory that is not kept, such as a dry run's empty one.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn id(&self) -> Result<Option<String>, DirectoryError>;

    /// Every account and group as they are.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn snapshot(&self) -> Result<contract::Directory, DirectoryError>;

    /// Starts a transaction; dropping it without `commit` undoes it.
    ///
    /// # Errors
    /// When the directory cannot be written, or another run holds it.
    fn begin(&mut self) -> Result<Box<dyn Changes + '_>, DirectoryError>;

    /// True if a plan with this hash was approved and applied before: an approval counts once (rule S19).
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn approval_used(&self, plan_hash: &str) -> Result<bool, DirectoryError>;

    /// Mails committed but not yet delivered, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn queued(&self) -> Result<Vec<Mail>, DirectoryError>;

    /// Notes that a mail was delivered.
    ///
    /// # Errors
    /// When the directory cannot be written.
    fn delivered(&mut self, message_id: &str) -> Result<(), DirectoryError>;

    /// Sets a mail aside that can never be delivered, with why: it is no longer queued, and is kept for a person to see.
    ///
    /// # Errors
    /// When the directory cannot be written.
    fn set_aside(&mut self, message_id: &str, why: &str) -> Result<(), DirectoryError>;
}

/// Whom an invitation is for (rule S16). No `Debug`: it names a person.
pub struct Invitee {
    /// The account.
    pub account: String,
    /// Its address.
    pub email: String,
    /// Its owner's first name; may be empty.
    pub first_name: String,
}

/// One run's transaction.
pub trait Changes {
    /// Applies the plan's actions in order, each with its outcome, in the plan's order (rules S13 and S21).
    ///
    /// An action whose account is no longer at the version it was planned against is skipped as stale; so is one that
    /// relies on a skipped one; the others go on.
    ///
    /// # Errors
    /// When the directory fails; the transaction is then to be dropped.
    fn apply(&mut self, actions: &[contract::Action]) -> Result<Vec<Outcome>, DirectoryError>;

    /// Where an employee's invitation goes, as the account stands now; none if they have no account.
    ///
    /// # Errors
    /// When the directory fails.
    fn invitee(&self, employee: &str) -> Result<Option<Invitee>, DirectoryError>;

    /// Files the run with every action and its outcome, and uses up the approval of its plan if it had one.
    ///
    /// # Errors
    /// When the directory fails.
    fn record(&mut self, run: &RunReport) -> Result<(), DirectoryError>;

    /// Queues a mail; one with a message ID already known is ignored.
    ///
    /// # Errors
    /// When the directory fails.
    fn enqueue(&mut self, mail: &Mail) -> Result<(), DirectoryError>;

    /// Puts a mail in the place of the one with its message ID that was not delivered yet, and queues it again if it was
    /// set aside; without such a one nothing happens.
    ///
    /// # Errors
    /// When the directory fails.
    fn replace(&mut self, mail: &Mail) -> Result<(), DirectoryError>;

    /// Makes everything lasting.
    ///
    /// # Errors
    /// When the directory fails; nothing was written then.
    fn commit(self: Box<Self>) -> Result<(), DirectoryError>;
}
