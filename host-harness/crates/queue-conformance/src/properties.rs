//! What the service relies on: one function for each property, each with a queue of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use connector_queue::{Delivery, Queue, QueueError};

use crate::steps::{
    LONG, Trial, depth_becomes, ensure, is_after, is_attempt, is_run, job, offer, take, take_run, take_within, tried,
};
use crate::{Answer, Subject, Violation};

/// How many jobs are many.
const MANY: usize = 10_000;
/// How many workers share them.
const WORKERS: usize = 8;

/// A worker gets the run, the tenant and the integration that were offered, whatever characters are in them.
///
/// # Errors
/// When it does not hold.
pub async fn a_job_arrives_as_it_was_offered<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queue = subject.open().await?;
    for run in ["h7k2m9p4q6r8", "a.b *>", "Größe/ % \u{1F680}"] {
        queue.offer(&job(run), Duration::ZERO).await?;
        let delivery = take::<S>(&*queue).await?;
        ensure(*delivery.job() == job(run), || {
            format!("the job should be {:?}, and is {:?}", job(run), delivery.job())
        })?;
        is_attempt(&*delivery, 1)?;
        delivery.done().await?;
    }
    Ok(())
}

/// A job outlives the process that offered it.
///
/// # Errors
/// When it does not hold.
pub async fn what_one_process_offers_another_takes<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let one = subject.open().await?;
    offer(&*one, "a").await?;
    drop(one);
    let another = subject.open().await?;
    take_run::<S>(&*another, "a").await?.done().await?;
    Ok(())
}

/// A worker that came before the job gets it.
///
/// # Errors
/// When it does not hold.
pub async fn a_worker_that_waits_gets_what_is_offered_then<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let (worker, scheduler) = (subject.open().await?, subject.open().await?);
    let mut waiting = worker.take();
    // Long enough for it to have found nothing.
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    ensure(early.is_err(), || "a worker should wait, and got something from an empty queue".to_owned())?;
    offer(&*scheduler, "a").await?;
    match tokio::time::timeout(S::patience(), waiting).await {
        Ok(taken) => is_run(&*taken?, "a"),
        Err(_) => Err(Violation::Broken("a worker that waits should get the job, and does not".to_owned())),
    }
}

/// Offered again, by whomever, a run that waits is still one job.
///
/// # Errors
/// When it does not hold.
pub async fn a_run_is_one_job_while_it_waits<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let (one, another) = (subject.open().await?, subject.open().await?);
    offer(&*one, "a").await?;
    offer(&*one, "a").await?;
    offer(&*another, "a").await?;
    offer(&*another, "b").await?;
    // If there were a second one, it would come before the one that was offered after it.
    let _held = take_run::<S>(&*one, "a").await?;
    take_run::<S>(&*one, "b").await?;
    Ok(())
}

/// Offered again while a worker has it, a run is still one job.
///
/// # Errors
/// When it does not hold.
pub async fn a_run_is_one_job_while_it_is_at_work<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queue = subject.open().await?;
    offer(&*queue, "a").await?;
    let held = take_run::<S>(&*queue, "a").await?;
    offer(&*queue, "a").await?;
    offer(&*queue, "b").await?;
    take_run::<S>(&*queue, "b").await?.done().await?;
    held.done().await?;
    depth_becomes::<S>(&*queue, 0, 0).await?;
    Ok(())
}

/// A run that has ended and is to be done once more, such as one that an operator tries again, is queued at once.
///
/// # Errors
/// When it does not hold.
pub async fn a_run_that_is_done_can_be_offered_again<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queue = subject.open().await?;
    for _ in 0..3 {
        offer(&*queue, "a").await?;
        let delivery = take_run::<S>(&*queue, "a").await?;
        is_attempt(&*delivery, 1)?;
        delivery.done().await?;
    }
    Ok(())
}

/// Jobs that are due are taken in the order in which they were offered, by whoever takes them.
///
/// # Errors
/// When it does not hold.
pub async fn the_first_offered_is_the_first_taken<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queues = [subject.open().await?, subject.open().await?];
    for run in 0..20 {
        offer(&*queues[0], &run.to_string()).await?;
    }
    for run in 0..20 {
        take_run::<S>(&*queues[run % 2], &run.to_string()).await?.done().await?;
    }
    Ok(())
}

/// A job that was offered for later comes then, and not before, and others come first.
///
/// # Errors
/// When it does not hold.
pub async fn a_delayed_job_waits_and_holds_up_nobody<S: Subject>() -> Answer {
    tried(|delay| async move {
        let subject = S::create(LONG).await?;
        let queue = subject.open().await?;
        let begun = Instant::now();
        queue.offer(&job("later"), delay).await?;
        offer(&*queue, "now").await?;
        let first = take::<S>(&*queue).await?;
        if begun.elapsed() >= delay {
            return Ok(Trial::Slow);
        }
        is_run(&*first, "now")?;
        let second = take_within::<S>(&*queue, delay).await?;
        is_after(begun, delay, "a job that was offered for later")?;
        is_run(&*second, "later")?;
        is_attempt(&*second, 1)?;
        second.done().await?;
        Ok(Trial::Held)
    })
    .await
}

/// A worker that says nothing for the hold time loses its job to another, and not before.
///
/// # Errors
/// When it does not hold.
pub async fn a_silent_worker_loses_its_job_after_the_hold_time<S: Subject>() -> Answer {
    let hold = Duration::from_secs(1);
    let subject = S::create(hold).await?;
    let (one, another) = (subject.open().await?, subject.open().await?);
    offer(&*one, "a").await?;
    let begun = Instant::now();
    let silent = take_run::<S>(&*one, "a").await?;
    let next = take_within::<S>(&*another, hold).await?;
    is_after(begun, hold, "the job of a silent worker")?;
    is_run(&*next, "a")?;
    drop(silent);
    is_later_attempt(&*next, 2)
}

/// A slow machine may have lost the job once more in between.
fn is_later_attempt(delivery: &dyn Delivery, least: u64) -> Answer {
    let attempt = delivery.attempt();
    ensure(attempt >= least, || format!("this should be attempt {least} or a later one, and is attempt {attempt}"))
}

/// A worker that says that it is at it keeps its job for as long as it does.
///
/// # Errors
/// When it does not hold.
pub async fn a_worker_that_is_at_it_keeps_its_job<S: Subject>() -> Answer {
    tried(|hold| async move {
        let subject = S::create(hold).await?;
        let (one, another) = (subject.open().await?, subject.open().await?);
        offer(&*one, "a").await?;
        let mut word = Instant::now();
        let held = take_run::<S>(&*one, "a").await?;
        let mut robber = another.take();
        for _ in 0..24 {
            let taken = tokio::time::timeout(hold / 8, &mut robber).await;
            // Half of it, because the queue may have been slow as well.
            if word.elapsed() > hold / 2 {
                return Ok(Trial::Slow);
            }
            ensure(taken.is_err(), || "a worker that is at it should keep its job, and another got it".to_owned())?;
            word = Instant::now();
            match held.in_progress().await {
                Err(_) if word.elapsed() > hold / 2 => return Ok(Trial::Slow),
                said => said?,
            }
        }
        held.done().await?;
        Ok(Trial::Held)
    })
    .await
}

/// Nobody gets a job that is done, after the hold time either.
///
/// # Errors
/// When it does not hold.
pub async fn a_job_that_is_done_is_gone<S: Subject>() -> Answer {
    let hold = Duration::from_secs(1);
    let subject = S::create(hold).await?;
    let queue = subject.open().await?;
    offer(&*queue, "a").await?;
    take_and_end::<S>(&*queue, "a").await?;
    depth_becomes::<S>(&*queue, 0, 0).await?;
    tokio::time::sleep(hold * 2).await;
    offer(&*queue, "b").await?;
    take_run::<S>(&*queue, "b").await?;
    Ok(())
}

/// Takes a run until it could be ended: on a slow machine, a hold time may be over before.
async fn take_and_end<S: Subject>(queue: &dyn Queue, run: &str) -> Answer {
    loop {
        match take_run::<S>(queue, run).await?.done().await {
            Err(QueueError::HoldLost) => {}
            ended => return Ok(ended?),
        }
    }
}

/// A job that was handed back is there for another worker at once, long before the hold time.
///
/// # Errors
/// When it does not hold.
pub async fn a_job_that_was_handed_back_is_for_anybody<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let (one, another) = (subject.open().await?, subject.open().await?);
    offer(&*one, "a").await?;
    take_run::<S>(&*one, "a").await?.hand_back(Duration::ZERO).await?;
    let next = take_run::<S>(&*another, "a").await?;
    is_attempt(&*next, 2)?;
    next.done().await?;
    Ok(())
}

/// A job that was handed back for later comes then, and not before, and others come first.
///
/// # Errors
/// When it does not hold.
pub async fn a_job_that_was_handed_back_for_later_waits<S: Subject>() -> Answer {
    tried(|delay| async move {
        let subject = S::create(LONG).await?;
        let queue = subject.open().await?;
        offer(&*queue, "later").await?;
        let held = take_run::<S>(&*queue, "later").await?;
        let begun = Instant::now();
        held.hand_back(delay).await?;
        offer(&*queue, "now").await?;
        let first = take::<S>(&*queue).await?;
        if begun.elapsed() >= delay {
            return Ok(Trial::Slow);
        }
        is_run(&*first, "now")?;
        let second = take_within::<S>(&*queue, delay).await?;
        is_after(begun, delay, "a job that was handed back for later")?;
        is_run(&*second, "later")?;
        is_attempt(&*second, 2)?;
        Ok(Trial::Held)
    })
    .await
}

/// Each delivery has its number, of a job that was offered for later as well.
///
/// # Errors
/// When it does not hold.
pub async fn attempts_are_counted<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queue = subject.open().await?;
    for delay in [Duration::ZERO, Duration::from_millis(50)] {
        queue.offer(&job("a"), delay).await?;
        for attempt in 1..=5 {
            let delivery = take_run::<S>(&*queue, "a").await?;
            is_attempt(&*delivery, attempt)?;
            if attempt == 5 {
                delivery.done().await?;
            } else {
                delivery.hand_back(Duration::from_millis(attempt)).await?;
            }
        }
    }
    Ok(())
}

/// A worker that comes back after its hold time is told so, and does not take the job from the next one.
///
/// # Errors
/// When it does not hold.
pub async fn a_late_word_changes_nothing<S: Subject>() -> Answer {
    let hold = Duration::from_secs(1);
    let subject = S::create(hold).await?;
    let (one, another) = (subject.open().await?, subject.open().await?);
    offer(&*one, "a").await?;
    let late = take_run::<S>(&*one, "a").await?;
    let next = take_within::<S>(&*another, hold).await?;
    is_run(&*next, "a")?;
    let words = [
        ("be at it", late.in_progress().await),
        ("hand it back", late.hand_back(Duration::ZERO).await),
        ("end it", late.done().await),
    ];
    for (what, said) in words {
        ensure(matches!(said, Err(QueueError::HoldLost)), || {
            format!("a worker that lost its job should be told so when it wants to {what}, and it is {said:?}")
        })?;
    }
    // The next worker falls silent as well. If the late word had ended the job, nobody would get it any more.
    let after = take_within::<S>(&*one, hold).await?;
    is_run(&*after, "a")?;
    is_later_attempt(&*after, 3)
}

/// What waits is told from what is at work, and for how long something has been waiting.
///
/// # Errors
/// When it does not hold.
pub async fn the_depth_tells_what_waits_from_what_is_at_work<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queue = subject.open().await?;
    let age_is = |age: Option<Duration>, expected: bool| {
        ensure(age.is_some() == expected, || {
            let expected = if expected { "one" } else { "none" };
            format!("there should be {expected} that waits, and the age of the oldest is {age:?}")
        })
    };
    let empty = depth_becomes::<S>(&*queue, 0, 0).await?;
    age_is(empty.oldest, false)?;
    for run in ["a", "b", "c"] {
        offer(&*queue, run).await?;
    }
    let depth = depth_becomes::<S>(&*queue, 3, 0).await?;
    age_is(depth.oldest, true)?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let oldest = queue.depth().await?.oldest;
    ensure(oldest.is_some_and(|age| age >= Duration::from_millis(190)), || {
        format!("the oldest should wait for 200 ms at least, and waits for {oldest:?}")
    })?;
    let held = take_run::<S>(&*queue, "a").await?;
    depth_becomes::<S>(&*queue, 2, 1).await?;
    held.done().await?;
    depth_becomes::<S>(&*queue, 2, 0).await?;
    for run in ["b", "c"] {
        take_run::<S>(&*queue, run).await?.done().await?;
    }
    age_is(depth_becomes::<S>(&*queue, 0, 0).await?.oldest, false)
}

/// However a worker stops waiting, somebody gets each job.
///
/// # Errors
/// When it does not hold.
pub async fn a_take_that_is_dropped_loses_nothing<S: Subject>() -> Answer {
    const JOBS: usize = 100;
    let subject = S::create(Duration::from_secs(2)).await?;
    let queue = subject.open().await?;
    let mut open: BTreeSet<String> = (0..JOBS).map(|run| run.to_string()).collect();
    let offering = async {
        for run in 0..JOBS {
            offer(&*queue, &run.to_string()).await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok::<(), Violation>(())
    };
    let dropping = async {
        for _ in 0..JOBS * 2 {
            let moment = Duration::from_micros(fastrand::u64(0..3000));
            // Whatever it has got by then is dropped with it, and nothing is said about it.
            let _ = tokio::time::timeout(moment, queue.take()).await;
        }
    };
    let (offered, ()) = tokio::join!(offering, dropping);
    offered?;
    while !open.is_empty() {
        let taken = take_within::<S>(&*queue, Duration::from_secs(2)).await;
        let delivery =
            taken.map_err(|_| Violation::Broken(format!("{} jobs should come, and are lost", open.len())))?;
        let run = delivery.job().run.clone();
        if delivery.done().await.is_ok() {
            open.remove(&run);
        }
    }
    Ok(())
}

/// Eight workers of two processes share ten thousand jobs, and each job is taken by one of them, once.
///
/// # Errors
/// When it does not hold.
pub async fn many_workers_take_each_of_many_jobs_once<S: Subject>() -> Answer {
    let subject = S::create(LONG).await?;
    let queues = [subject.open().await?, subject.open().await?];
    let taken = Arc::new(Taken::default());
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..WORKERS {
        let (queue, taken) = (Arc::clone(&queues[worker % 2]), Arc::clone(&taken));
        tasks.spawn(async move { work(&*queue, &taken).await });
    }
    for part in 0..4 {
        let queue = Arc::clone(&queues[part % 2]);
        tasks.spawn(async move {
            for run in (part..MANY).step_by(4) {
                offer(&*queue, &run.to_string()).await?;
            }
            Ok(())
        });
    }
    let mut known = 0;
    while !tasks.is_empty() {
        match tokio::time::timeout(S::patience(), tasks.join_next()).await {
            Ok(Some(Ok(answer))) => answer?,
            Ok(Some(Err(error))) => {
                return Err(Violation::Broken(format!("a worker should end, and did not: {error}")));
            }
            Ok(None) => break,
            Err(_) => {
                let count = taken.count();
                ensure(count > known, || format!("{MANY} jobs should come, and {count} do"))?;
                known = count;
            }
        }
    }
    let runs = taken.runs.lock().unwrap_or_else(PoisonError::into_inner);
    let twice: Vec<&String> = runs.iter().filter(|(_, count)| **count != 1).map(|(run, _)| run).collect();
    ensure(twice.is_empty(), || format!("each job should be taken once, and these were taken again: {twice:?}"))
}

/// How often each run was taken, and whether all were.
#[derive(Default)]
struct Taken {
    runs: Mutex<BTreeMap<String, u32>>,
    all: tokio::sync::watch::Sender<bool>,
}

impl Taken {
    fn count(&self) -> usize {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn add(&self, run: &str) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        *runs.entry(run.to_owned()).or_default() += 1;
        if runs.len() == MANY {
            self.all.send_replace(true);
        }
    }
}

/// Takes jobs and ends them until all have been taken by somebody.
async fn work(queue: &dyn Queue, taken: &Taken) -> Answer {
    let mut all = taken.all.subscribe();
    loop {
        let delivery = tokio::select! {
            delivery = queue.take() => delivery?,
            _ = all.wait_for(|all| *all) => return Ok(()),
        };
        taken.add(&delivery.job().run);
        delivery.done().await?;
    }
}
