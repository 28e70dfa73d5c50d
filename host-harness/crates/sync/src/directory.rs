//! Where accounts live.
//!
//! A platform implements [`Directory`] over its own accounts; `connector-store` does it over `SQLite`. Everything is done in a
//! [`Transaction`], whose jobs are traits of their own: [`Accounts`], [`Approvals`], [`IssuedPlans`], [`RunLog`] and [`Outbox`]. A run's
//! changes, its record and its mails are one transaction, so that a run which dies half way leaves the directory as it was
//! or as planned.
//!
//! That is what a sync needs. A [`Store`] is a directory that can be administered too.
//!
//! The traits are asynchronous, since a directory may be a server away, and object-safe, since the driver need not know
//! which one it has. `connector-store-conformance` holds any implementation against what the driver relies on.
//!
//! Rejected: methods that read outside a transaction. Planning would then see accounts and groups of two moments.

mod fixed;
mod store;

use async_trait::async_trait;
use connector_host::contract;
use jiff::Timestamp;

use crate::history::PersonHistory;
use crate::mail::Mail;
use crate::plan_file::IssuedPlan;
use crate::run::{Failure, Outcome, RunReport, StoredRun};

pub use fixed::FixedDirectory;
pub use store::{
    AccountsOf, ForeignEmployee, Import, ImportedAccount, Link, Links, OutboxCounts, OutboxStatus, Retention, Store,
    StoreTransaction, Undeliverable,
};

/// What can go wrong with a directory. Says which file or row, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Cannot be opened or written: what and why.
    #[error("{0}")]
    Unusable(String),
    /// Holds something impossible.
    #[error("{0}")]
    Corrupt(String),
    /// An import file is wrong.
    #[error("{0}")]
    Import(String),
    /// The database failed in mid-work; nothing was written.
    #[error("the directory failed: {0}; nothing was written")]
    Failed(String),
    /// A saved plan that this directory did not issue, by its hash; nothing was written.
    #[error(
        "this directory did not issue plan {0}: the plan was saved for another directory or tenant, was changed since, or is \
         older than the last {KEPT_PLANS} that were saved; nothing was written; plan again"
    )]
    NotIssued(String),
    /// A saved plan that was applied before, by its hash; nothing was written.
    #[error("plan {0} was applied before, and a saved plan is applied once; nothing was written; plan again")]
    AppliedBefore(String),
    /// The database of a directory that is a server away cannot be reached, or went away: why. Worth another try later.
    #[error("the database cannot be reached: {0}; nothing was written; it is tried again when the database is back")]
    Unreachable(String),
    /// Another transaction was in the way, and this one gave way to it: why. Worth another try at once.
    #[error("another transaction was in the way: {0}; nothing was written; start again")]
    Conflict(String),
    /// The connection was lost while a transaction was being committed, so nobody knows whether it was. If it filed a run,
    /// [`RunLog::find_run`] tells.
    #[error(
        "the connection was lost while the changes were being made lasting, and the answer with it: {0}; whether they are is \
         on file in the run log"
    )]
    CommitUnknown(String),
    /// Who began this transaction may no longer write: somebody else works on this directory since.
    #[error("the right to write to this directory has passed to another worker: {0}; nothing was written")]
    LeaseLost(String),
}

/// The answer of everything that asks a directory.
pub type Result<T> = std::result::Result<T, DirectoryError>;

/// One tenant's accounts, as the driver sees them.
#[async_trait]
pub trait Directory: Send {
    /// What tells this directory from every other, for as long as it exists: random, and no secret. A saved plan and an
    /// invitation's message ID have it. None for a directory that is not kept, such as a dry run's empty one.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn id(&mut self) -> Result<Option<String>>;

    /// Starts a transaction that only reads: everything it shows is of one moment.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn read(&mut self) -> Result<Box<dyn Transaction + '_>>;

    /// Starts a transaction that writes; dropping it without [`Transaction::commit`] undoes it.
    ///
    /// # Errors
    /// When the directory cannot be written, or another run holds it.
    async fn begin(&mut self) -> Result<Box<dyn Transaction + '_>>;
}

/// What one transaction can do, all of it or nothing.
#[async_trait]
pub trait Transaction: Accounts + Approvals + IssuedPlans + RunLog + Outbox {
    /// Makes everything lasting.
    ///
    /// # Errors
    /// When the directory fails; nothing was written then.
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Accounts and groups.
#[async_trait]
pub trait Accounts: Send {
    /// Every account and group as they are.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn snapshot(&mut self) -> Result<contract::Directory>;

    /// Applies the plan's actions in order, each with its outcome, in the plan's order (rules S13 and S21).
    ///
    /// An action whose account is no longer at the version it was planned against is skipped as stale; so is one that
    /// relies on a skipped one; the others go on. [`crate::apply_check`] decides which.
    ///
    /// # Errors
    /// When the directory fails; the transaction is then to be dropped.
    async fn apply(&mut self, actions: &[contract::Action]) -> Result<Vec<Outcome>>;

    /// Where an employee's invitation goes, as the account stands now; none if they have no account.
    ///
    /// # Errors
    /// When the directory fails.
    async fn invitee(&mut self, employee: &str) -> Result<Option<Invitee>>;

    /// [`invitee`](Self::invitee) of many, each in its place. A directory that is a server away should ask once for all.
    ///
    /// # Errors
    /// When the directory fails.
    async fn invitees(&mut self, employees: &[String]) -> Result<Vec<Option<Invitee>>> {
        let mut invitees = Vec::with_capacity(employees.len());
        for employee in employees {
            invitees.push(self.invitee(employee).await?);
        }
        Ok(invitees)
    }
}

/// Approvals that were given (rule S19).
#[async_trait]
pub trait Approvals: Send {
    /// True if a plan with this hash was approved and applied before: an approval counts once.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn approval_used(&mut self, plan_hash: &str) -> Result<bool>;
}

/// How many saved plans a directory remembers: the newest.
pub const KEPT_PLANS: u32 = 100;

/// What a directory knows of a saved plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issue {
    /// Nothing: it was never issued here, or is no longer remembered.
    Unknown,
    /// It was issued here and can be applied.
    Open,
    /// It was issued and applied.
    Applied,
}

/// Plans that were saved to be applied later (rule S19): only what the directory itself remembers is applied.
#[async_trait]
pub trait IssuedPlans: Send {
    /// Remembers a plan that is being saved, with the time. The newest [`KEPT_PLANS`] are remembered, older ones may be
    /// forgotten. One that is known already stays as it is: what was applied is not applied again.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn issue(&mut self, plan: &IssuedPlan, at: Timestamp) -> Result<()>;

    /// What is known of a plan: its hash, its seal and its tenant have to be the ones that were issued.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn issued(&mut self, plan: &IssuedPlan) -> Result<Issue>;

    /// Notes that an issued plan is applied by this transaction.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn use_up(&mut self, plan: &IssuedPlan) -> Result<()>;
}

/// The log of runs.
#[async_trait]
pub trait RunLog: Send {
    /// Files the run with every action and its outcome, and uses up the approval of its plan if it had one. Of what was
    /// applied, the last change of each field of each person is kept with its values, and replaces the one before.
    ///
    /// # Errors
    /// When the directory fails.
    async fn record(&mut self, run: &RunReport) -> Result<()>;

    /// Notes that the platform's operator is notified of something on this day (UTC, `YYYY-MM-DD`); false if they were
    /// notified of it on this day before.
    ///
    /// # Errors
    /// When the directory fails.
    async fn note_for_platform(&mut self, notice: &Failure, day: &str) -> Result<bool>;

    /// The runs on file, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn runs(&mut self) -> Result<Vec<StoredRun>>;

    /// The run with this ID, if it is on file. A store that can find it without reading the whole log should.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn find_run(&mut self, id: &str) -> Result<Option<StoredRun>> {
        Ok(self.runs().await?.into_iter().find(|run| run.id == id))
    }

    /// What is on file about one employee ID; empty if nothing is.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn history(&mut self, employee: &str) -> Result<PersonHistory>;
}

/// The queue of mails between commit and delivery.
#[async_trait]
pub trait Outbox: Send {
    /// Queues a mail; one with a message ID already known is ignored.
    ///
    /// # Errors
    /// When the directory fails.
    async fn enqueue(&mut self, mail: &Mail) -> Result<()>;

    /// Queues many, in this order. A directory that is a server away should send them at once.
    ///
    /// # Errors
    /// When the directory fails.
    async fn enqueue_all(&mut self, mails: &[Mail]) -> Result<()> {
        for mail in mails {
            self.enqueue(mail).await?;
        }
        Ok(())
    }

    /// Replaces the mail with this message ID that was not delivered yet, and queues it again if it was
    /// dead-lettered; without such a mail nothing happens.
    ///
    /// # Errors
    /// When the directory fails.
    async fn replace(&mut self, mail: &Mail) -> Result<()>;

    /// Replaces many, each as [`replace`](Self::replace) does. A directory that is a server away should send them at once.
    ///
    /// # Errors
    /// When the directory fails.
    async fn replace_all(&mut self, mails: &[Mail]) -> Result<()> {
        for mail in mails {
            self.replace(mail).await?;
        }
        Ok(())
    }

    /// Mails committed but not yet delivered, oldest first.
    ///
    /// # Errors
    /// When the directory cannot be read.
    async fn queued(&mut self) -> Result<Vec<Mail>>;

    /// Notes that a mail was delivered.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn delivered(&mut self, message_id: &str) -> Result<()>;

    /// Dead-letters a mail that can never be delivered, with why: it is no longer queued, and is kept for a person to see.
    ///
    /// # Errors
    /// When the directory cannot be written.
    async fn dead_letter(&mut self, message_id: &str, why: &str) -> Result<()>;
}

/// Whom an invitation is for (rule S16). No `Debug`: it names a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitee {
    /// The account.
    pub account: String,
    /// Its address.
    pub email: String,
    /// Its owner's first name; may be empty.
    pub first_name: String,
}
