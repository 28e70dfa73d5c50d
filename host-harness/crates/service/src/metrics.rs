//! Figures for Prometheus (`OpenMetrics`). No label names a person or a tenant: labels are verdicts, phases and states, of which there
//! are few.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use connector_host::sandbox::Usage;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Verdict {
    verdict: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    origin: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InPhase {
    phase: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    status: u16,
}

/// The service's figures.
pub struct Metrics {
    registry: Registry,
    runs: Family<Verdict, Counter>,
    seconds: Histogram,
    people: Counter,
    mails: Family<State, Counter>,
    requests: Family<Answered, Counter>,
    phases: Family<InPhase, Counter<f64, AtomicU64>>,
    source: Family<Request, Counter>,
    memory: Histogram,
    busy: Counter<f64, AtomicU64>,
    depth: Gauge,
    age: Gauge,
    database: Gauge,
    queue: Gauge,
    workers: Gauge,
    at_work: Gauge,
    events: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("harness");
        let runs = Family::<Verdict, Counter>::default();
        registry.register("runs", "Runs that ended, by verdict", runs.clone());
        let seconds = Histogram::new([0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]);
        registry.register_with_unit("run_duration", "From a run's begin to its end", Unit::Seconds, seconds.clone());
        let people = Counter::default();
        registry.register("people_read", "Records read from HR systems", people.clone());
        let mails = Family::<State, Counter>::default();
        registry.register("mails", "Mails, by what became of them", mails.clone());
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Requests to pages and API, by method and status", requests.clone());
        let phases = Family::<InPhase, Counter<f64, AtomicU64>>::default();
        registry.register_with_unit("run_phase", "Time in each phase of runs", Unit::Seconds, phases.clone());
        let source = Family::<Request, Counter>::default();
        registry.register("source_requests", "Requests of connectors, by origin and outcome", source.clone());
        let memory = Histogram::new([1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6, 128e6, 256e6]);
        registry.register_with_unit("guest_memory", "The most memory of each run's guest", Unit::Bytes, memory.clone());
        let busy = Counter::<f64, AtomicU64>::default();
        let help = "How long guests kept a processor busy";
        registry.register_with_unit("guest_cpu", help, Unit::Seconds, busy.clone());
        let depth = Gauge::default();
        registry.register("queue_depth", "Runs that wait for a worker", depth.clone());
        let age = Gauge::default();
        registry.register_with_unit("queue_age", "How long the first of them has waited", Unit::Seconds, age.clone());
        let database = Gauge::default();
        registry.register("database_up", "1 while the database answers, else 0", database.clone());
        let queue = Gauge::default();
        registry.register("queue_up", "1 while what hands out runs can be reached, else 0", queue.clone());
        let workers = Gauge::default();
        registry.register("processes", "Processes that share the database and are there", workers.clone());
        let at_work = Gauge::default();
        registry.register("runs_at_work", "Runs that this process has at work", at_work.clone());
        let events = Gauge::default();
        registry.register("event_streams", "Readers that follow something live", events.clone());
        Self {
            registry,
            runs,
            seconds,
            people,
            mails,
            requests,
            phases,
            source,
            memory,
            busy,
            depth,
            age,
            database,
            queue,
            workers,
            at_work,
            events,
        }
    }
}

impl Metrics {
    /// A run ended.
    pub fn run_ended(&self, verdict: &str, took: Duration, people: u64) {
        self.runs.get_or_create(&Verdict { verdict: verdict.to_owned() }).inc();
        self.seconds.observe(took.as_secs_f64());
        self.people.inc_by(people);
    }

    /// How long a run was in each phase, in milliseconds, and what its guest held and computed.
    pub fn run_measured(&self, timings_ms: &BTreeMap<&'static str, u64>, guest: Option<Usage>) {
        for (phase, milliseconds) in timings_ms {
            let seconds = Duration::from_millis(*milliseconds).as_secs_f64();
            self.phases.get_or_create(&InPhase { phase: (*phase).to_owned() }).inc_by(seconds);
        }
        if let Some(guest) = guest {
            // Bytes of memory are far below what a float holds exactly.
            #[allow(clippy::cast_precision_loss, reason = "see above")]
            self.memory.observe(guest.peak_memory_bytes as f64);
            self.busy.inc_by(guest.busy.as_secs_f64());
        }
    }

    /// A connector has sent a request.
    pub fn requested(&self, origin: &str, outcome: &'static str) {
        self.source.get_or_create(&Request { origin: origin.to_owned(), outcome }).inc();
    }

    /// Mails went out, or some did not.
    pub fn mails(&self, sent: u64, some_left: bool) {
        self.mails.get_or_create(&State { state: "sent" }).inc_by(sent);
        if some_left {
            self.mails.get_or_create(&State { state: "delayed" }).inc();
        }
    }

    /// A request was answered.
    pub fn answered(&self, method: &str, status: u16) {
        self.requests.get_or_create(&Answered { method: method.to_owned(), status }).inc();
    }

    /// Somebody follows something; until the answer is dropped.
    #[must_use]
    pub fn follow(&self) -> Following {
        self.events.inc();
        Following(self.events.clone())
    }

    /// All figures as text, with what is known of this moment.
    ///
    /// # Errors
    /// Never.
    pub fn text(&self, now: &Moment) -> Result<String, fmt::Error> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.database.set(i64::from(now.waiting.is_some()));
        self.queue.set(i64::from(now.is_queue_up));
        self.at_work.set(number(now.at_work));
        if let Some((depth, age)) = now.waiting {
            self.depth.set(number(depth));
            self.age.set(number(age.as_secs()));
        }
        if let Some(workers) = now.workers {
            self.workers.set(number(workers));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// What is known of this moment.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    /// How many runs wait, and for how long the first of them has; none while the database does not answer.
    pub waiting: Option<(u64, Duration)>,
    /// Processes that share the database; none while it does not answer.
    pub workers: Option<u64>,
    /// Whether what hands out runs can be reached.
    pub is_queue_up: bool,
    /// Runs that this process has at work.
    pub at_work: u64,
}

/// Somebody who follows something.
pub struct Following(Gauge);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.dec();
    }
}
