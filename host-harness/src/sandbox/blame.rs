//! Finds out why a guest's call broke.
//!
//! wasmtime says how, not why: a guest that ran out of memory, one that panicked and one that met a bug all execute
//! `unreachable`. What the store noted while the call ran tells them apart.

use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use super::calls::HOST_CALL;
use super::guest::Guest;
use super::limits::Limits;
use super::meter::Refusal;
use super::verdict::Verdict;

impl Verdict {
    /// A limit's refusal, as a verdict.
    pub(super) fn limit(call: &'static str, refusal: Refusal) -> Self {
        let Refusal { limit, set_to, what } = refusal;
        Self::LimitReached { call, limit, set_to, what }
    }

    /// The answer breaks the contract.
    pub(super) fn nonsense(call: &'static str, what: impl Into<String>) -> Self {
        Self::Nonsense { call, what: what.into() }
    }

    /// Adds what the guest wrote to its standard error, unless that is what the verdict says already.
    pub(super) fn after(mut self, last_words: &str) -> Self {
        if let Self::Refused { last: text, .. }
        | Self::LimitReached { what: text, .. }
        | Self::TimedOut { said: text, .. }
        | Self::Panicked { message: text, .. }
        | Self::Trapped { what: text, .. }
        | Self::Exited { what: text, .. }
        | Self::Nonsense { what: text, .. } = &mut self
            && !last_words.is_empty()
            && !text.contains(last_words)
        {
            text.push_str("; its last words: ");
            text.push_str(last_words);
        }
        self
    }

    /// Puts the call's name where a host call left it open.
    fn in_call(mut self, name: &'static str) -> Self {
        if let Self::LimitReached { call, .. } | Self::Refused { call, .. } = &mut self
            && *call == HOST_CALL
        {
            *call = name;
        }
        self
    }
}

/// The verdict on a call that broke.
pub(super) fn verdict(call: &'static str, error: &wasmtime::Error, guest: &Guest, limits: &Limits) -> Verdict {
    cause(call, error, guest, limits).after(&guest.stderr())
}

fn cause(call: &'static str, error: &wasmtime::Error, guest: &Guest, limits: &Limits) -> Verdict {
    if let Some(verdict) = error.downcast_ref::<Verdict>() {
        return verdict.clone().in_call(call);
    }
    // Before anything else: a guest that gets no memory often panics about it.
    if let Some(refusal) = guest.meter.refusal() {
        return Verdict::limit(call, refusal.clone());
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return Verdict::Exited { call, what: format!("with status {status}") };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => aborted(call, guest),
        Some(Trap::StackOverflow) => trapped(call, "it ran out of its call stack"),
        // A guest's own stack lies at the bottom of its memory, so that running out of it looks like this.
        Some(Trap::MemoryOutOfBounds) => {
            trapped(call, "it left its memory, which is also what running out of its stack looks like")
        }
        Some(trap) if breaks_the_abi(*trap) => Verdict::nonsense(call, trap.to_string()),
        Some(trap) => trapped(call, &trap.to_string()),
        None => by_words(call, error, limits),
    }
}

/// What Rust's panics say, and no other line of a log by chance.
const PANIC: &str = "panicked at";

fn aborted(call: &'static str, guest: &Guest) -> Verdict {
    // The contract's own connectors log a panic; those of other toolchains write it to their standard error.
    let (logged, stderr) = (guest.journal.last_error(), guest.stderr());
    match logged.filter(|message| message.contains(PANIC)) {
        Some(message) => Verdict::Panicked { call, message: message.to_owned() },
        None if stderr.contains(PANIC) => Verdict::Panicked { call, message: stderr },
        None => match logged {
            Some(message) => trapped(call, &format!("it aborted; the last error in its log: {message}")),
            None if stderr.is_empty() => trapped(call, "it aborted without a word"),
            None => trapped(call, "it aborted"),
        },
    }
}

fn trapped(call: &'static str, what: &str) -> Verdict {
    Verdict::Trapped { call, what: what.to_owned() }
}

/// What a guest passed could not be read as what the contract says it is.
const fn breaks_the_abi(trap: Trap) -> bool {
    matches!(
        trap,
        Trap::InvalidChar
            | Trap::StringOutOfBounds
            | Trap::ListOutOfBounds
            | Trap::InvalidDiscriminant
            | Trap::UnalignedPointer
    )
}

/// Some of wasmtime's errors have no public type, only words; tests hold them to it.
fn by_words(call: &'static str, error: &wasmtime::Error, limits: &Limits) -> Verdict {
    let words = error.root_cause().to_string();
    if words.contains("fuel allocated for hostcalls has been exhausted") {
        let what = "the connector handed over more at one go".to_owned();
        return Verdict::limit(call, Refusal { limit: "call-mib", set_to: limits.call_mib, what });
    }
    let counts = [
        ("instance count too high", "instances", limits.instances),
        ("memory count too high", "memories", limits.memories),
        ("table count too high", "tables", limits.tables),
        ("resource table has no free keys", "handles", limits.handles),
        ("store handle limit exceeded", "handles", limits.handles),
    ];
    for (sign, limit, set_to) in counts {
        if words.contains(sign) {
            return Verdict::limit(call, Refusal { limit, set_to, what: format!("the connector needs more {limit}") });
        }
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Verdict::HostFailed(words);
    }
    Verdict::nonsense(call, words)
}
