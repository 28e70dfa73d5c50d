//! A running instance, and how calls go into it and come out.
//!
//! Each call takes the instance out of its place and puts it back only when it ended well. So after a trap, a timeout,
//! or a caller that dropped the call's future, the instance is gone, and with it its memory and its secrets.
//!
//! Time: one tokio timeout around each call. It covers a guest that spins (it yields at each tick of the engine's clock)
//! and one that waits, in the contract's calls as well as in WASI's. tokio registers a timer only when the call does not
//! end at once, so that a short call pays for reading the clock and nothing else.
//!
//! What a call takes of a processor is measured by how long it is polled. Asking the system for a thread's own time was rejected:
//! two system calls for each record are more than some records take. So on a machine with too much to do, a call that is
//! interrupted counts what the system gave to others meanwhile.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Timeout, error::Elapsed, timeout};
use wasmtime::Store;

use super::engine::Running;
use super::exports::{Exports, Functions};
use super::guest::Guest;
use super::guest_error::GuestError;
use super::host::Host;
use super::limits::Limits;
use super::trap;

/// What an instance has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// The most linear memory it ever held, in bytes.
    pub peak_memory_bytes: u64,
    /// Requests it sent, redirects included; those that the policy refused are not among them.
    pub http_requests: u64,
    /// Requests the policy refused.
    pub denied_requests: u64,
    /// What it wrote to the log, dropped lines included, in bytes.
    pub log_bytes: u64,
    /// Calls into it.
    pub calls: u64,
    /// How long a processor was busy with its calls, its start included: what it waits for its source is not in it.
    pub busy: Duration,
    /// Instructions it has executed, as WebAssembly counts them; 0 unless the host counts
    /// ([`HostBuilder::counting`](super::HostBuilder::counting)).
    pub instructions: u64,
}

/// How long a call may take, and how long it has kept a processor busy.
#[derive(Debug)]
pub(super) struct Allowance {
    time: Duration,
    limit: &'static str,
    set_to: u64,
    /// In nanoseconds. Shared with the instance, which a call that is dropped does not come back to.
    busy: Arc<AtomicU64>,
}

impl Allowance {
    /// The rest of the sync's time, or the call's if that is less.
    fn new(limits: &Limits, spent: Duration, busy: &Arc<AtomicU64>) -> Self {
        let rest = limits.sync_time().saturating_sub(spent);
        let busy = Arc::clone(busy);
        if rest < limits.call_time() {
            Self { time: rest, limit: "sync-milliseconds", set_to: limits.sync_milliseconds, busy }
        } else {
            Self { time: limits.call_time(), limit: "call-milliseconds", set_to: limits.call_milliseconds, busy }
        }
    }

    /// Stops a call when its time is over.
    pub fn limit<F: Future>(&self, call: F) -> Measured<F> {
        Measured { call: timeout(self.time, call), busy: Arc::clone(&self.busy) }
    }

    fn verdict(&self, call: &'static str) -> GuestError {
        GuestError::TimedOut { call, limit: self.limit, set_to: self.set_to, said: String::new() }
    }
}

pin_project_lite::pin_project! {
    /// A call with its time; how long it is polled is counted. By hand and not `async`: the call would be in it twice.
    pub(super) struct Measured<F> {
        #[pin]
        call: Timeout<F>,
        busy: Arc<AtomicU64>,
    }
}

impl<F: Future> Future for Measured<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // Not tokio's clock, which tests stop.
        let start = std::time::Instant::now();
        let polled = this.call.poll(context);
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        this.busy.fetch_add(nanoseconds, Ordering::Relaxed);
        polled
    }
}

/// An instance that is in a call.
pub(super) struct Run {
    /// The instance's memory, and the host's data beside it.
    pub store: Store<Guest>,
    /// The instance's functions.
    pub functions: Functions,
    /// This call's time.
    pub time: Allowance,
    call: &'static str,
    room: OwnedSemaphorePermit,
    _clock: Running,
}

/// An instance that is not in a call.
struct Idle {
    store: Store<Guest>,
    functions: Functions,
    room: OwnedSemaphorePermit,
}

/// One instance, for as long as it behaves.
pub(super) struct Instance {
    idle: Option<Idle>,
    ended: Option<GuestError>,
    call: &'static str,
    usage: Usage,
    busy: Arc<AtomicU64>,
    limits: Limits,
    started: Instant,
    host: Host,
}

impl Instance {
    /// Waits for room, and starts an instance in it.
    pub async fn start(host: &Host, exports: &Exports, guest: Guest, limits: &Limits) -> Result<Self, GuestError> {
        let closed = |_| GuestError::HostFailed("it is shutting down".to_owned());
        let room = host.room().acquire_owned().await.map_err(closed)?;
        let started = Instant::now();
        let mut store = host.store(guest, limits);
        store.set_epoch_deadline(1);
        let busy = Arc::default();
        let time = Allowance::new(limits, Duration::ZERO, &busy);
        let clock = host.run_clock();
        let functions = match time.limit(exports.start(&mut store)).await {
            Ok(Ok(functions)) => functions,
            Ok(Err(error)) => return Err(trap::verdict("start", &error, store.data(), limits)),
            Err(Elapsed { .. }) => return Err(time.verdict("start").after(&store.data().stderr())),
        };
        drop(clock);
        let idle = Some(Idle { store, functions, room });
        let (host, limits) = (host.clone(), limits.clone());
        Ok(Self { idle, ended: None, call: "start", usage: Usage::default(), busy, limits, started, host })
    }

    /// Starts a call.
    pub fn begin(&mut self, call: &'static str) -> Result<Run, GuestError> {
        if let Some(verdict) = &self.ended {
            return Err(verdict.clone());
        }
        // No verdict and no instance: the future of the last call was dropped.
        let Some(Idle { mut store, functions, room }) = self.idle.take() else {
            return Err(self.condemn(GuestError::Interrupted { call: self.call }));
        };
        self.call = call;
        store.data_mut().start_call(call);
        store.set_epoch_deadline(1);
        let time = Allowance::new(&self.limits, self.started.elapsed(), &self.busy);
        Ok(Run { store, functions, time, call, room, _clock: self.host.run_clock() })
    }

    /// Ends a call: the instance is back in its place, or gone.
    pub fn end<R>(&mut self, run: Run, outcome: Result<wasmtime::Result<R>, Elapsed>) -> Result<R, GuestError> {
        let Run { store, functions, time, call, room, _clock } = run;
        self.count(&store);
        let verdict = match outcome {
            Ok(Ok(answer)) => {
                self.idle = Some(Idle { store, functions, room });
                return Ok(answer);
            }
            Ok(Err(error)) => trap::verdict(call, &error, store.data(), &self.limits),
            Err(Elapsed { .. }) => time.verdict(call).after(&store.data().stderr()),
        };
        Err(self.condemn(verdict))
    }

    /// Drops the instance; every further call gives this verdict.
    pub fn condemn(&mut self, verdict: GuestError) -> GuestError {
        let verdict = match self.idle.take() {
            Some(idle) => verdict.after(&idle.store.data().stderr()),
            None => verdict,
        };
        self.ended = Some(verdict.clone());
        verdict
    }

    /// What it has used up to the end of its last call.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes every known secret out of a text; an instance that is gone has no words left to be cleaned.
    pub fn scrub(&self, text: &str) -> String {
        self.idle.as_ref().map_or_else(|| text.to_owned(), |idle| idle.store.data().scrub(text))
    }

    fn count(&mut self, store: &Store<Guest>) {
        let guest = store.data();
        self.usage = Usage {
            peak_memory_bytes: guest.meter.peak(),
            http_requests: guest.outside.as_ref().map_or(0, |outside| outside.gateway.requests()),
            denied_requests: guest.denied.0,
            log_bytes: guest.journal.bytes(),
            calls: self.usage.calls + 1,
            busy: Duration::from_nanos(self.busy.load(Ordering::Relaxed)),
            instructions: store.get_fuel().map_or(0, |left| u64::MAX - left),
        };
    }
}
