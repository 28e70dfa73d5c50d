//! The suite against a queue in memory, and against that queue with one fault at a time: each property has a fault that
//! breaks it, so that none is empty.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use connector_queue::{Delivery, Depth, Job, Queue, QueueError};
use connector_queue_conformance::{Answer, Subject, Unready, properties};
use tokio::sync::Notify;

/// What a queue can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Gives a job to the wrong tenant.
    MixesUp,
    /// Nobody else gets what a process offers.
    KeepsToItself,
    /// Whoever waits is forgotten.
    NeverWakes,
    /// Each offer is a job.
    KeepsDuplicates,
    /// Knows only what waits.
    ForgetsWhatIsAtWork,
    /// A run is a job once and never again.
    RemembersForever,
    /// The last one is the first.
    LastComesFirst,
    /// Whatever is offered is due.
    IgnoresDelays,
    /// Nobody passes a job that is not due.
    HoldsUpEverybody,
    /// Whoever has a job has it for good.
    HoldsForever,
    /// A tenth of the hold time is enough.
    HoldsTooShort,
    /// A worker that is at it is like one that is silent.
    HearsNothing,
    /// What is done comes again after the hold time.
    KeepsWhatIsDone,
    /// Nobody gets what was handed back.
    LosesWhatIsHandedBack,
    /// Whatever is handed back is due.
    HandsBackAtOnce,
    /// Every delivery is the first.
    CountsNothing,
    /// Whoever once had a job may end it.
    BelievesTheLate,
    /// What is at work waits.
    CountsAllAsWaiting,
    /// Gives a job away before anybody is there to have it.
    LosesWhatIsDropped,
    /// Now and then two workers get one job.
    DeliversTwice,
}

/// When a job is due, and its number in the order of offers.
type Place = (Instant, u64);

struct Entry {
    job: Job,
    offered: Instant,
    attempts: u64,
    holder: Option<u64>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<Place, Entry>,
    /// Where each run is. A queue that keeps duplicates knows the last one only.
    places: HashMap<String, Place>,
    ended: Vec<String>,
    numbers: u64,
}

impl State {
    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn put(&mut self, place: Place, entry: Entry) {
        self.places.insert(entry.job.run.clone(), place);
        self.entries.insert(place, entry);
    }

    fn remove(&mut self, place: Place) -> Entry {
        let entry = self.entries.remove(&place).unwrap();
        self.places.remove(&entry.job.run);
        entry
    }

    /// Another time for the same job.
    fn postpone(&mut self, place: Place, due: Instant, holder: Option<u64>) {
        let mut entry = self.remove(place);
        entry.holder = holder;
        self.put((due, place.1), entry);
    }
}

struct Shared {
    state: Mutex<State>,
    offered: Notify,
    hold: Duration,
    fault: Fault,
}

impl Shared {
    fn new(hold: Duration, fault: Fault) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), offered: Notify::new(), hold, fault })
    }

    fn wake(&self) {
        if self.fault != Fault::NeverWakes {
            self.offered.notify_waiters();
        }
    }

    /// Changes the job of this holder, if it still is.
    fn change(&self, run: &str, holder: u64, change: impl FnOnce(&mut State, Place)) -> Result<(), QueueError> {
        let mut state = self.state.lock().unwrap();
        let believed = self.fault == Fault::BelievesTheLate;
        let place = state.places.get(run).copied().ok_or(QueueError::HoldLost)?;
        if state.entries[&place].holder != Some(holder) && !believed {
            return Err(QueueError::HoldLost);
        }
        change(&mut state, place);
        drop(state);
        self.wake();
        Ok(())
    }

    /// What is due, or how long nothing is.
    fn next(self: &Arc<Self>) -> Result<Held, Duration> {
        let (fault, now) = (self.fault, Instant::now());
        let mut state = self.state.lock().unwrap();
        let mut due = state
            .entries
            .range(..=(now, u64::MAX))
            .filter(|(_, entry)| entry.holder.is_none() || fault != Fault::HoldsForever);
        let found = match fault {
            Fault::HoldsUpEverybody => {
                state.entries.iter().min_by_key(|(place, _)| place.1).filter(|(place, _)| place.0 <= now)
            }
            Fault::LastComesFirst => due.next_back(),
            _ => due.next(),
        };
        let Some(place) = found.map(|(place, _)| *place) else {
            let soonest = state.entries.keys().next().map(|place| place.0.saturating_duration_since(now));
            return Err(soonest.unwrap_or(Duration::from_secs(1)).max(Duration::from_millis(1)));
        };
        let holder = state.number();
        let mut entry = state.remove(place);
        entry.attempts += 1;
        let mut job = entry.job.clone();
        let attempt = if fault == Fault::CountsNothing { 1 } else { entry.attempts };
        let is_kept = fault == Fault::DeliversTwice && holder.is_multiple_of(100);
        state.put(place, entry);
        if !is_kept {
            let hold = if fault == Fault::HoldsTooShort { self.hold / 10 } else { self.hold };
            state.postpone(place, now + hold, Some(holder));
        }
        if fault == Fault::MixesUp {
            job.tenant.clone_from(&job.integration);
        }
        Ok(Held { shared: Arc::clone(self), job, attempt, holder })
    }
}

struct Memory<const FAULT: usize>(Arc<Shared>);

#[async_trait]
impl<const FAULT: usize> Subject for Memory<FAULT> {
    async fn create(hold: Duration) -> Result<Self, Unready> {
        Ok(Self(Shared::new(hold, FAULTS[FAULT].0)))
    }

    async fn open(&self) -> Result<Arc<dyn Queue>, Unready> {
        let own = FAULTS[FAULT].0 == Fault::KeepsToItself;
        Ok(Arc::new(Opened(if own { Shared::new(self.0.hold, self.0.fault) } else { Arc::clone(&self.0) })))
    }

    fn patience() -> Duration {
        // What a faulty queue does not do is not waited for.
        if FAULT == 0 { Duration::from_mins(2) } else { Duration::from_secs(3) }
    }
}

struct Opened(Arc<Shared>);

#[async_trait]
impl Queue for Opened {
    async fn offer(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let fault = self.0.fault;
        let mut state = self.0.state.lock().unwrap();
        let known = state.places.get(&job.run).map(|place| state.entries[place].holder.is_none());
        let is_known = match fault {
            Fault::KeepsDuplicates => false,
            Fault::ForgetsWhatIsAtWork => known == Some(true),
            Fault::RemembersForever => known.is_some() || state.ended.contains(&job.run),
            _ => known.is_some(),
        };
        if is_known {
            return Ok(());
        }
        let now = Instant::now();
        let due = if fault == Fault::IgnoresDelays { now } else { now + delay };
        let place = (due, state.number());
        state.put(place, Entry { job: job.clone(), offered: now, attempts: 0, holder: None });
        drop(state);
        self.0.wake();
        Ok(())
    }

    async fn take(&self) -> Result<Box<dyn Delivery>, QueueError> {
        loop {
            let offered = self.0.offered.notified();
            let wait = match self.0.next() {
                Ok(held) if self.0.fault == Fault::LosesWhatIsDropped => {
                    self.0.change(&held.job.run, held.holder, |state, place| drop(state.remove(place)))?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    return Ok(Box::new(held));
                }
                Ok(held) => return Ok(Box::new(held)),
                Err(_) if self.0.fault == Fault::NeverWakes => Duration::MAX,
                Err(wait) => wait,
            };
            let _ = tokio::time::timeout(wait, offered).await;
        }
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let state = self.0.state.lock().unwrap();
        let all_wait = self.0.fault == Fault::CountsAllAsWaiting;
        let (mut waiting, mut at_work, mut oldest) = (0, 0, None);
        for entry in state.entries.values() {
            if entry.holder.is_some() && !all_wait {
                at_work += 1;
            } else {
                waiting += 1;
                oldest = oldest.max(Some(entry.offered.elapsed()));
            }
        }
        Ok(Depth { waiting, at_work, oldest })
    }

    fn is_available(&self) -> bool {
        true
    }
}

struct Held {
    shared: Arc<Shared>,
    job: Job,
    attempt: u64,
    holder: u64,
}

impl Held {
    fn change(&self, change: impl FnOnce(&mut State, Place)) -> Result<(), QueueError> {
        self.shared.change(&self.job.run, self.holder, change)
    }
}

#[async_trait]
impl Delivery for Held {
    fn job(&self) -> &Job {
        &self.job
    }

    fn attempt(&self) -> u64 {
        self.attempt
    }

    async fn in_progress(&self) -> Result<(), QueueError> {
        let hold = self.shared.hold;
        let hears = self.shared.fault != Fault::HearsNothing;
        self.change(|state, place| {
            if hears {
                state.postpone(place, Instant::now() + hold, Some(self.holder));
            }
        })
    }

    async fn done(&self) -> Result<(), QueueError> {
        match self.shared.fault {
            Fault::LosesWhatIsDropped => return Ok(()),
            Fault::DeliversTwice => {
                // Whoever got it second ends nothing, and does not hear of it.
                let _ = self.change(|state, place| drop(state.remove(place)));
                return Ok(());
            }
            Fault::KeepsWhatIsDone => return self.change(|_, _| ()),
            _ => {}
        }
        self.change(|state, place| {
            let ended = state.remove(place);
            state.ended.push(ended.job.run);
        })
    }

    async fn hand_back(&self, delay: Duration) -> Result<(), QueueError> {
        let fault = self.shared.fault;
        self.change(|state, place| match fault {
            Fault::LosesWhatIsHandedBack => drop(state.remove(place)),
            Fault::HandsBackAtOnce => state.postpone(place, Instant::now(), None),
            _ => state.postpone(place, Instant::now() + delay, None),
        })
    }
}

connector_queue_conformance::tests!(Memory<0>);

/// Makes the table of faults, each with the property that it breaks, and a test that it does.
macro_rules! faults {
    ($($number:literal $fault:ident breaks $property:ident;)+) => {
        const FAULTS: &[(Fault, &str)] = &[(Fault::None, ""), $((Fault::$fault, stringify!($property))),+];

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn each_fault_breaks_its_property() {
            let mut asked = tokio::task::JoinSet::<(&'static str, Answer)>::new();
            $(
                assert_eq!(FAULTS[$number].0, Fault::$fault);
                asked.spawn(async {
                    (stringify!($fault), properties::$property::<Memory<$number>>().await)
                });
            )+
            let answers = asked.join_all().await;
            for (fault, answer) in answers {
                assert!(answer.is_err(), "{fault} is not noticed");
            }
        }
    };
}

faults! {
    1 MixesUp breaks a_job_arrives_as_it_was_offered;
    2 KeepsToItself breaks what_one_process_offers_another_takes;
    3 NeverWakes breaks a_worker_that_waits_gets_what_is_offered_then;
    4 KeepsDuplicates breaks a_run_is_one_job_while_it_waits;
    5 ForgetsWhatIsAtWork breaks a_run_is_one_job_while_it_is_at_work;
    6 RemembersForever breaks a_run_that_is_done_can_be_offered_again;
    7 LastComesFirst breaks the_first_offered_is_the_first_taken;
    8 IgnoresDelays breaks a_delayed_job_waits_and_holds_up_nobody;
    9 HoldsUpEverybody breaks a_delayed_job_waits_and_holds_up_nobody;
    10 HoldsForever breaks a_silent_worker_loses_its_job_after_the_hold_time;
    11 HoldsTooShort breaks a_silent_worker_loses_its_job_after_the_hold_time;
    12 HearsNothing breaks a_worker_that_is_at_it_keeps_its_job;
    13 KeepsWhatIsDone breaks a_job_that_is_done_is_gone;
    14 LosesWhatIsHandedBack breaks a_job_that_was_handed_back_is_for_anybody;
    15 HandsBackAtOnce breaks a_job_that_was_handed_back_for_later_waits;
    16 CountsNothing breaks attempts_are_counted;
    17 BelievesTheLate breaks a_late_word_changes_nothing;
    18 CountsAllAsWaiting breaks the_depth_tells_what_waits_from_what_is_at_work;
    19 LosesWhatIsDropped breaks a_take_that_is_dropped_loses_nothing;
    20 DeliversTwice breaks many_workers_take_each_of_many_jobs_once;
}

/// There is a fault for every property.
#[test]
fn every_property_can_be_broken() {
    macro_rules! names {
        ([] $($property:ident)+) => { [$(stringify!($property)),+] };
    }
    for property in connector_queue_conformance::with_properties! { [names] [] } {
        assert!(FAULTS.iter().any(|(_, broken)| *broken == property), "no fault breaks {property}");
    }
}

/// A violation says what was expected, and what is the case.
#[tokio::test]
async fn a_violation_explains_itself() {
    let told = properties::attempts_are_counted::<Memory<16>>().await.unwrap_err().to_string();
    assert_eq!(told, "this should be attempt 2 of `a`, and is attempt 1");
}
