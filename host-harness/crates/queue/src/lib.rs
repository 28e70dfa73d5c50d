//! Hands runs to workers: [`Queue`], with one maker in the service's database and one in NATS `JetStream`.
//!
//! # What it is for
//! The truth about runs is in the service's database: the run's row says whether it is queued, and a lease with a fencing
//! number says who may write. The queue only tells an idle worker, quickly and one worker at a time, that there is something
//! to do. So it may deliver a job twice, and it may lose all of them: the scheduler offers again what the database still has as
//! queued. It keeps no dead letters either. It counts the attempts, and the worker decides.
//!
//! # What was rejected
//! A queue that delivers exactly once: there is none, and the lease has to be asked for anyway. A priority, a schedule, or a
//! result in the queue: all of them are in the database, where they can be looked at and changed.
//!
//! # Credentials
//! Nothing here shows them: no message, no log line, no `Debug`. But `async-nats` writes them into its log at the level `trace`, target
//! `async_nats::connection`. Whoever lets a subscriber listen to that level leaves this target out.
//!
//! # What both makers promise
//! `connector-queue-conformance` has a test for each sentence in the documentation of [`Queue`] and [`Delivery`].

#![forbid(unsafe_code)]

mod database;
mod health;
mod hold;
mod jetstream;

use std::time::Duration;

use async_trait::async_trait;

pub use database::DatabaseQueue;
pub use jetstream::{JetStreamOptions, JetStreamQueue, StartError, StartProblem};

/// How long a worker holds a job without a word before somebody else gets it, if nothing else is set.
pub const DEFAULT_HOLD: Duration = Duration::from_mins(1);

/// A run that is to be done. IDs only: what the run is about is in the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Job {
    /// The run, unique in the service: two jobs with the same run are the same job.
    pub run: String,
    /// Whose it is.
    pub tenant: String,
    /// Which of the tenant's integrations it syncs.
    pub integration: String,
}

/// Jobs on their way from a scheduler to workers.
///
/// Every queue has a *hold time*, set when it is made: a job that was taken and neither ended nor kept alive for that long goes to
/// somebody else.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Offers a job, to be taken after `delay` and not before. If the queue has a job of this run, waiting or at work, this is that
    /// job and nothing changes.
    ///
    /// What is due in an hour is better offered in an hour: the database is where it waits.
    ///
    /// # Errors
    /// When the queue cannot be reached now. It does not wait for it: the run stays queued in the database and is offered again.
    async fn offer(&self, job: &Job, delay: Duration) -> Result<(), QueueError>;

    /// Waits for the next job that is due: those offered first come first, unless they were delayed or delivered before.
    ///
    /// While the queue cannot be reached, this waits for it; [`Queue::is_available`] says so. A future that is dropped loses no job
    /// for longer than the hold time.
    ///
    /// # Errors
    /// When waiting is of no use.
    async fn take(&self) -> Result<Box<dyn Delivery>, QueueError>;

    /// How much there is to do.
    ///
    /// # Errors
    /// When the queue cannot be reached now.
    async fn depth(&self) -> Result<Depth, QueueError>;

    /// False from when the queue could last not be reached until it is reached again. For a metric and the operator's page.
    fn is_available(&self) -> bool;
}

/// A job in the hands of one worker. If it is dropped without a word, somebody gets it after the hold time.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// What is to be done.
    fn job(&self) -> &Job;

    /// How often this job was delivered, with this time: 1 for the first.
    fn attempt(&self) -> u64;

    /// Says that the worker is still at it: the hold time begins anew.
    ///
    /// # Errors
    /// [`QueueError::HoldLost`] if the hold time was over before, or if the queue cannot be reached now. Neither is a reason to end a
    /// run: the lease in the database is.
    async fn in_progress(&self) -> Result<(), QueueError>;

    /// Says that there is nothing left to do. The queue forgets the job; the same run can be offered as a new one.
    ///
    /// # Errors
    /// [`QueueError::HoldLost`] if somebody else may have the job by now, which then stays theirs. If the queue cannot be reached,
    /// the job is delivered once more.
    async fn done(&self) -> Result<(), QueueError>;

    /// Gives the job back, for anybody to take after `delay` and not before.
    ///
    /// # Errors
    /// As [`Delivery::done`].
    async fn hand_back(&self, delay: Duration) -> Result<(), QueueError>;
}

/// How much a queue has to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Jobs that nobody has taken yet.
    pub waiting: u64,
    /// Jobs that were taken and have not ended. One that was handed back may count here until it is taken again.
    pub at_work: u64,
    /// How long ago the oldest of those that wait was offered, by the clock of this machine.
    pub oldest: Option<Duration>,
}

/// Why a queue did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// It cannot be reached now, or did not answer in time. Whether it did what it was asked for is not known.
    #[error("the queue cannot be reached: {0}")]
    Unavailable(String),
    /// The hold time was over before the worker said a word.
    #[error("the job was held for longer than the hold time and may be somebody else's by now")]
    HoldLost,
}

impl QueueError {
    /// What is wrong with the queue, for a log that names it.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Unavailable(reason) => reason.clone(),
            Self::HoldLost => self.to_string(),
        }
    }
}
