//! Working: taking runs from the queue, holding their leases, and bringing each to its end.
//!
//! The queue hands out that there is something to do, perhaps twice; whether it is still to be done, and whether this worker may do it,
//! the database says ([`crate::db::Lease`]). While a run is at work its lease is extended and the queue hears of it, by a task that has
//! nothing else to do: a guest that computes gives way to it after a few milliseconds.
//!
//! A worker that ends gives back what it has only read, for another one to begin anew; what it applies it finishes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use connector_fleet::steps::broken;
use connector_queue::{Delivery, Job};
use connector_sync::run::Failure;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Engine;
use crate::codes;
use crate::db::{Claim, DbError, Ended, Extended, Lease, Run, Scope};
use crate::live::{Ongoing, Watched};

/// How many runs may have begun for each that works: most of them wait for their source.
const BEGUN_PER_PERMIT: usize = connector_fleet::STARTED_PER_PERMIT;
/// After so many workers that did not come back, a run is given up.
pub const MOST_DELIVERIES: u64 = 5;
/// How often a worker looks whether a run has moved on, to tell other machines.
const LOOK: Duration = Duration::from_millis(500);
/// Waiting for a database that is away: first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What has become of a lease that could not be kept.
#[derive(Default)]
struct Holding {
    /// It is somebody else's.
    is_lost: AtomicBool,
    /// The database could not be asked for as long as the lease was good.
    is_over: AtomicBool,
}

/// A run that this worker has taken.
struct Taken {
    run: Run,
    lease: Lease,
    was_begun: bool,
    ongoing: Ongoing,
}

impl Engine {
    /// Takes runs and works on them until it is stopped; then what is being applied is finished.
    pub(super) async fn work(self: &Arc<Self>) {
        let mut runs = JoinSet::new();
        let room = Arc::new(Semaphore::new(self.config.parallel.max(1).saturating_mul(BEGUN_PER_PERMIT)));
        while let Some(Ok(place)) = self.stop.run_until_cancelled(Arc::clone(&room).acquire_owned()).await {
            while runs.try_join_next().is_some() {}
            let Some(delivery) = self.stop.run_until_cancelled(self.queue.take()).await else { break };
            match delivery {
                Ok(delivery) => {
                    let engine = Arc::clone(self);
                    runs.spawn(async move {
                        engine.work_on(delivery).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::error!("the queue cannot be read: {error}");
                    let _ = self.stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(1))).await;
                }
            }
        }
        while runs.join_next().await.is_some() {}
    }

    async fn work_on(self: &Arc<Self>, delivery: Box<dyn Delivery>) {
        let delivery: Arc<dyn Delivery> = Arc::from(delivery);
        match self.claim(delivery.job()).await {
            Ok(Ok(taken)) => self.supervise(taken, &delivery).await,
            Ok(Err(Some(left))) => said(delivery.hand_back(Duration::from_secs(left)).await, &delivery),
            Ok(Err(None)) => said(delivery.done().await, &delivery),
            Err(error) => {
                tracing::error!(run = delivery.job().run, "a run cannot be taken: {error}");
                said(delivery.hand_back(Duration::from_secs(1)).await, &delivery);
            }
        }
    }

    /// Takes a run, so that nobody who stops it finds it neither waiting nor at work. Else after how many seconds to ask again, or none
    /// if it is over.
    async fn claim(&self, job: &Job) -> Result<Result<Taken, Option<u64>>, DbError> {
        let _claiming = self.claiming.lock().await;
        let seconds = self.config.hold_seconds();
        if self.live.find(&job.run).is_some() {
            // This very process works on it, and was silent for too long: its machine slept, or its clock was set.
            return Ok(Err(Some(self.config.hold.as_secs().max(1))));
        }
        Ok(match self.db.claim_run(&job.tenant, &job.run, &self.worker, seconds).await? {
            Claim::Mine { run, lease, was_begun } => {
                let ongoing = self.live.begin(&run.tenant, &run.id);
                Ok(Taken { run: *run, lease, was_begun, ongoing })
            }
            Claim::Held(left) => Err(Some(left)),
            Claim::Over => Err(None),
        })
    }

    /// Brings a run to its end, whatever happens in it: a panic is that run's failure.
    async fn supervise(self: &Arc<Self>, taken: Taken, delivery: &Arc<dyn Delivery>) {
        let Taken { run, lease, was_begun, ongoing } = taken;
        self.at_work.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let kept = Arc::<Holding>::default();
        let holding = tokio::spawn(Arc::clone(self).hold(
            run.clone(),
            lease.clone(),
            Arc::clone(delivery),
            Arc::clone(&ongoing.watched),
            Arc::clone(&kept),
        ));
        let engine = Arc::clone(self);
        let (asked, held, watched) = (run.clone(), lease.clone(), Arc::clone(&ongoing.watched));
        let result = async move { Box::pin(engine.result_of(asked, held, was_begun, &watched)).await };
        let ended = tokio::spawn(result).await;
        let ended = ended.unwrap_or_else(|_| Ended { failures: vec![broken()], ..Ended::failed() });
        let has = |code: &str| ended.failures.iter().any(|failure| failure.code == code);
        let was_cut_off = kept.is_over.load(Ordering::Relaxed) && ended.verdict == "stopped";
        let is_leaving = self.is_shared() && self.stop.is_cancelled() && ended.verdict == "interrupted";
        if kept.is_lost.load(Ordering::Relaxed) || has(codes::LEASE_LOST) {
            tracing::warn!(run = run.id, "the lease of a run was lost; somebody else brings it to its end");
        } else if let Some(delay) = ongoing.watched.postponed().filter(|_| ended.verdict == "stopped") {
            self.hand_over(&run, &lease, delivery, Some(delay)).await;
        } else if is_leaving || was_cut_off || has(codes::DATABASE_AWAY) {
            self.hand_over(&run, &lease, delivery, None).await;
        } else {
            self.metrics.run_ended(&ended.verdict, begun.elapsed(), ended.employees);
            self.write_end(&run, &ended, &lease).await;
            said(delivery.done().await, delivery);
            if self.is_shared() && ended.verdict == "interrupted" {
                self.begin_anew(&run).await;
            }
        }
        holding.abort();
        self.sweep(&run.tenant, &run.integration).await;
        self.at_work.fetch_sub(1, Ordering::Relaxed);
        // Whoever looks now finds the run's end.
        drop(ongoing);
    }

    /// What becomes of a run: one that nobody brings to an end is given up, one that was applied before is found so.
    async fn result_of(self: Arc<Self>, run: Run, lease: Lease, was_begun: bool, watched: &Watched) -> Ended {
        if run.deliveries > MOST_DELIVERIES {
            tracing::error!(
                run = run.id,
                tenant = run.tenant,
                "a run was begun {MOST_DELIVERIES} times and never ended; it is given up"
            );
            return self.fail(&run, &lease, watched, given_up()).await;
        }
        if was_begun {
            match self.ended_before(&run, &lease).await {
                Ok(Some(ended)) => return ended,
                Ok(None) => {}
                Err(failure) => return Ended::because(failure),
            }
        }
        self.execute(run, lease, watched).await
    }

    /// Starts again what a worker that ended has left without a result, under another ID: the directory has this one on file.
    async fn begin_anew(&self, run: &Run) {
        let started = async {
            let integration = self.db.integration(&Scope::All, &run.integration).await?;
            let Some(integration) = integration else { return Ok(()) };
            self.start(&integration, run.kind, run.cause.clone(), None).await.map(|_| ())
        };
        let started: Result<(), DbError> = started.await;
        if let Err(error) = started {
            tracing::error!(run = run.id, "a run that was interrupted cannot be started again: {error}");
        }
    }

    /// Keeps a run's lease and its place in the queue, passes on who asks it to stop, and tells other machines where it is.
    async fn hold(
        self: Arc<Self>,
        run: Run,
        lease: Lease,
        delivery: Arc<dyn Delivery>,
        watched: Arc<Watched>,
        kept_by: Arc<Holding>,
    ) {
        let hold = self.config.hold;
        let (mut kept, mut asked, mut told) = (Instant::now(), Instant::now(), watched.position());
        let mut stops = self.stops.subscribe();
        loop {
            let is_named = tokio::select! {
                () = tokio::time::sleep(LOOK.min(hold / 6)) => false,
                named = stops.recv() => !matches!(named, Ok(named) if named != run.id),
            };
            if is_named || asked.elapsed() >= hold / 3 {
                asked = Instant::now();
                match self.db.extend_lease(&lease, self.config.hold_seconds()).await {
                    Ok(Extended::Lost) => {
                        kept_by.is_lost.store(true, Ordering::Relaxed);
                        return watched.stop();
                    }
                    Ok(is_extended) => {
                        kept = Instant::now();
                        if is_extended == Extended::Stopping {
                            watched.stop();
                        }
                    }
                    Err(error) => tracing::warn!(run = run.id, "a lease cannot be extended: {error}"),
                }
                // A queue that is away, or has given the run to somebody else, decides nothing: the lease does.
                if let Err(error) = delivery.in_progress().await {
                    tracing::debug!(run = run.id, "the queue did not hear of a run: {error}");
                }
            }
            if kept.elapsed() >= hold {
                // Somebody else may have it by now, and asking is not possible: what is only read is not worth going on with, and what
                // is applied asks in its transaction.
                kept_by.is_over.store(true, Ordering::Relaxed);
                return watched.stop();
            }
            let position = watched.position();
            if self.is_shared() && position != told {
                told = position;
                self.tell(&run, &told).await;
            }
        }
    }

    /// Gives a run back, for another worker to begin anew or to find applied, later if its source asked for that. A database that is away is waited for; where nobody waits
    /// any more, the lease ends by itself.
    async fn hand_over(&self, run: &Run, lease: &Lease, delivery: &Arc<dyn Delivery>, postponed: Option<Duration>) {
        let mut wait = FIRST_PAUSE;
        // To the next whole second, as the database counts.
        let delay = postponed.map(|delay| delay.as_secs() + 1);
        loop {
            match self.db.give_back(lease, &run.id, delay).await {
                Ok(true) => {
                    let delay = Duration::from_secs(delay.unwrap_or_default());
                    return said(delivery.hand_back(delay).await, delivery);
                }
                Ok(false) => return,
                Err(error) => tracing::error!(run = run.id, "a run cannot be given back: {error}"),
            }
            if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            wait = (wait * 2).min(LONGEST_PAUSE);
        }
    }

    /// A database that is away now may not be in a minute, and a run that is not ended holds its integration; at a stop whoever takes it
    /// next asks the directory what became of it.
    async fn write_end(&self, run: &Run, ended: &Ended, lease: &Lease) {
        let mut wait = FIRST_PAUSE;
        while let Err(error) = self.db.end_run(run, ended, Some(lease)).await {
            tracing::error!(run = run.id, "the end of a run cannot be written: {error}");
            if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
            wait = (wait * 2).min(LONGEST_PAUSE);
        }
    }

    /// Offers to the queue what waits in the database: a queue that lost everything hears of it again.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn offer_waiting(&self) -> Result<(), DbError> {
        for waiting in self.db.waiting_runs().await? {
            let job = Job { run: waiting.run, tenant: waiting.tenant, integration: waiting.integration };
            self.offer(&job, Duration::from_secs(waiting.delay)).await;
        }
        Ok(())
    }

    /// Offers a run. If the queue does not hear of it, it does with what waits, in the next round.
    pub(super) async fn offer(&self, job: &Job, delay: Duration) {
        if let Err(error) = self.queue.offer(job, delay).await {
            tracing::warn!(run = job.run, "the queue did not hear of a run, and is told again: {error}");
        }
    }
}

fn said(answer: Result<(), connector_queue::QueueError>, delivery: &Arc<dyn Delivery>) {
    if let Err(error) = answer {
        // It is delivered once more, and found over.
        tracing::debug!(run = delivery.job().run, "the queue did not hear what became of a run: {error}");
    }
}

fn given_up() -> Failure {
    Failure {
        code: codes::RUN_GIVEN_UP.to_owned(),
        subject: None,
        message: format!("The run was begun {MOST_DELIVERIES} times, and each time it ended without a result."),
        remedy: "Tell the platform's operator: the workers' logs say why they ended.".to_owned(),
    }
}
