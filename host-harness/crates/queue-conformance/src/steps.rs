//! What the properties are made of.

use std::time::{Duration, Instant};

use connector_queue::{Delivery, Depth, Job, Queue};

use crate::{Answer, Subject, Violation};

/// A hold time that is never over in a test.
pub const LONG: Duration = Duration::from_hours(1);

/// Times that a property is tried with, until one is long enough for this machine.
const TRIALS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(16)];

/// What a trial says.
pub enum Trial {
    /// The property held, or the machine was fast enough to see that.
    Held,
    /// Nothing: this machine did not do its part in time.
    Slow,
}

/// Tries a property with longer and longer times, until a trial says something.
pub async fn tried<T: Future<Output = Result<Trial, Violation>>>(trial: impl Fn(Duration) -> T) -> Answer {
    for span in TRIALS {
        if let Trial::Held = trial(span).await? {
            return Ok(());
        }
    }
    Err(Violation::TooSlow(TRIALS[TRIALS.len() - 1]))
}

pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Answer {
    if holds { Ok(()) } else { Err(Violation::Broken(otherwise())) }
}

/// A job of this run.
pub fn job(run: &str) -> Job {
    Job { run: run.to_owned(), tenant: format!("tenant-of-{run}"), integration: format!("integration-of-{run}") }
}

/// Offers a job that is due at once.
pub async fn offer(queue: &dyn Queue, run: &str) -> Answer {
    Ok(queue.offer(&job(run), Duration::ZERO).await?)
}

/// Takes the next job, which has to come.
pub async fn take<S: Subject>(queue: &dyn Queue) -> Result<Box<dyn Delivery>, Violation> {
    take_within::<S>(queue, Duration::ZERO).await
}

/// Takes the next job, which has to come soon after this time.
pub async fn take_within<S: Subject>(queue: &dyn Queue, span: Duration) -> Result<Box<dyn Delivery>, Violation> {
    match tokio::time::timeout(span + S::patience(), queue.take()).await {
        Ok(taken) => Ok(taken?),
        Err(_) => Err(Violation::Broken("a job should come, and none does".to_owned())),
    }
}

/// Takes the next job, which has to be this run's.
pub async fn take_run<S: Subject>(queue: &dyn Queue, run: &str) -> Result<Box<dyn Delivery>, Violation> {
    let delivery = take::<S>(queue).await?;
    is_run(&*delivery, run)?;
    Ok(delivery)
}

pub fn is_run(delivery: &dyn Delivery, run: &str) -> Answer {
    let taken = &delivery.job().run;
    ensure(taken == run, || format!("the next job should be `{run}`, and is `{taken}`"))
}

pub fn is_attempt(delivery: &dyn Delivery, expected: u64) -> Answer {
    let (run, attempt) = (&delivery.job().run, delivery.attempt());
    ensure(attempt == expected, || format!("this should be attempt {expected} of `{run}`, and is attempt {attempt}"))
}

/// Nothing came sooner than it may. A queue that counts in milliseconds may be one or two ahead.
pub fn is_after(since: Instant, span: Duration, what: &str) -> Answer {
    let elapsed = since.elapsed();
    ensure(elapsed + span / 20 >= span, || format!("{what} should be there after {span:?}, and is after {elapsed:?}"))
}

/// Waits until the queue says this of its depth: waiting, at work.
pub async fn depth_becomes<S: Subject>(queue: &dyn Queue, waiting: u64, at_work: u64) -> Result<Depth, Violation> {
    let begun = Instant::now();
    loop {
        let depth = queue.depth().await?;
        if (depth.waiting, depth.at_work) == (waiting, at_work) {
            return Ok(depth);
        }
        ensure(begun.elapsed() < S::patience(), || {
            format!("{waiting} should wait and {at_work} be at work, and it is {} and {}", depth.waiting, depth.at_work)
        })?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
