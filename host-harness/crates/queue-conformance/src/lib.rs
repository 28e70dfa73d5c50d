//! Checks that a queue of runs has the properties that the service relies on.
//!
//! The signatures of [`Queue`] do not say that a job which is held is nobody else's, that a worker which falls silent loses it, or that
//! a run is one job however often it is offered. Each of [`properties`] checks one of them on a new queue, through the trait
//! alone. To check them all as tests, implement [`Subject`] and write
//!
//! ```ignore
//! connector_queue_conformance::tests!(MyQueue);
//! ```
//!
//! # Time
//! What has to happen is waited for, for as long as [`Subject::patience`]. What must not happen too early is measured, and a
//! machine under load only makes it later. Where both a worker and the queue have to be in time, a trial in which this machine was
//! too slow says nothing and is repeated with longer times.

#![forbid(unsafe_code)]

/// Makes a test of each of the [`properties`], for a [`Subject`].
#[macro_export]
macro_rules! tests {
    ($subject:ty) => {
        $crate::with_properties! { [$crate::make_tests] [$subject] }
    };
}

/// Hands the list of the properties to a macro. There is no other list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! with_properties {
    ([$($then:tt)+] $arguments:tt) => {
        $($then)+! { $arguments
            a_job_arrives_as_it_was_offered
            what_one_process_offers_another_takes
            a_worker_that_waits_gets_what_is_offered_then
            a_run_is_one_job_while_it_waits
            a_run_is_one_job_while_it_is_at_work
            a_run_that_is_done_can_be_offered_again
            the_first_offered_is_the_first_taken
            a_delayed_job_waits_and_holds_up_nobody
            a_silent_worker_loses_its_job_after_the_hold_time
            a_worker_that_is_at_it_keeps_its_job
            a_job_that_is_done_is_gone
            a_job_that_was_handed_back_is_for_anybody
            a_job_that_was_handed_back_for_later_waits
            attempts_are_counted
            a_late_word_changes_nothing
            the_depth_tells_what_waits_from_what_is_at_work
            a_take_that_is_dropped_loses_nothing
            many_workers_take_each_of_many_jobs_once
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! make_tests {
    ([$subject:ty] $($property:ident)+) => {
        $(#[test]
        fn $property() {
            $crate::hold($crate::properties::$property::<$subject>());
        })+
    };
}

pub mod properties;
mod steps;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_queue::{Queue, QueueError};

/// Why a queue could not be made for a test.
pub type Unready = Box<dyn std::error::Error + Send + Sync>;

/// A queue to be held against the properties: how a new one is made, and opened.
#[async_trait]
pub trait Subject: Sized + Send + Sync {
    /// Makes a new and empty queue that lets go of a job after this hold time.
    ///
    /// # Errors
    /// When it cannot be made.
    async fn create(hold: Duration) -> Result<Self, Unready>;

    /// Opens it once more, as another process would.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn open(&self) -> Result<Arc<dyn Queue>, Unready>;

    /// How long something that has to happen is waited for, beyond the times that are part of a property.
    #[must_use]
    fn patience() -> Duration {
        Duration::from_mins(2)
    }
}

/// What a queue does that the service does not expect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// A property does not hold: what was expected, and what is the case.
    #[error("{0}")]
    Broken(String),
    /// The queue failed where it should not.
    #[error("the queue failed: {0}")]
    Failed(#[from] QueueError),
    /// The queue could not be made.
    #[error("there is no queue: {0}")]
    Unready(#[from] Unready),
    /// The machine was too slow in every trial, so that nothing is known.
    #[error("this machine was too slow to tell, even with times of {0:?}")]
    TooSlow(Duration),
}

/// The answer of a property.
pub type Answer = Result<(), Violation>;

/// Asks one property, and panics with what is violated: the body of each test of [`tests!`].
///
/// # Panics
/// When the property does not hold.
#[doc(hidden)]
#[allow(clippy::panic, reason = "it is an assertion")]
pub fn hold(property: impl Future<Output = Answer>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let answer = match runtime {
        Ok(runtime) => runtime.block_on(property),
        Err(error) => panic!("no runtime: {error}"),
    };
    if let Err(violation) = answer {
        panic!("{violation}");
    }
}
