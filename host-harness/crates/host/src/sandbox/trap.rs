//! Finds out why a guest's call failed.
//!
//! wasmtime says how, not why: a guest that ran out of memory, one that panicked and one that met a bug all execute
//! `unreachable`. What the store noted while the call ran tells them apart.

use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

use super::guest::Guest;
use super::guest_error::GuestError;
use super::imports::HOST_CALL;
use super::limiter::Refusal;
use super::limits::Limits;

impl GuestError {
    /// A limit's refusal, as a verdict.
    pub(super) fn limit_reached(call: &'static str, refusal: Refusal) -> Self {
        let Refusal { limit, set_to, what } = refusal;
        Self::LimitReached { call, limit, set_to, what }
    }

    /// The answer breaks the contract.
    pub(super) fn invalid_response(call: &'static str, what: impl Into<String>) -> Self {
        Self::InvalidResponse { call, what: what.into() }
    }

    /// Adds what the guest wrote to its standard error, unless that is what the verdict says already.
    pub(super) fn after(mut self, last_words: &str) -> Self {
        if let Self::Refused { last: text, .. }
        | Self::LimitReached { what: text, .. }
        | Self::TimedOut { said: text, .. }
        | Self::Panicked { message: text, .. }
        | Self::Trapped { what: text, .. }
        | Self::Exited { what: text, .. }
        | Self::InvalidResponse { what: text, .. } = &mut self
            && !last_words.is_empty()
            && !text.contains(last_words)
        {
            text.push_str("; the end of its standard error: ");
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
pub(super) fn verdict(call: &'static str, error: &wasmtime::Error, guest: &Guest, limits: &Limits) -> GuestError {
    cause(call, error, guest, limits).after(&guest.stderr())
}

fn cause(call: &'static str, error: &wasmtime::Error, guest: &Guest, limits: &Limits) -> GuestError {
    if let Some(verdict) = error.downcast_ref::<GuestError>() {
        return verdict.clone().in_call(call);
    }
    // Before anything else: a guest that gets no memory often panics about it.
    if let Some(refusal) = guest.meter.refusal() {
        return GuestError::limit_reached(call, refusal.clone());
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return GuestError::Exited { call, what: format!("with status {status}") };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => aborted(call, guest),
        Some(Trap::StackOverflow) => trapped(call, "it ran out of call stack"),
        // A guest's own stack lies at the bottom of its memory, so that running out of it looks like this.
        Some(Trap::MemoryOutOfBounds) => {
            trapped(call, "it accessed memory out of bounds, which is also how running out of stack shows")
        }
        Some(trap) if breaks_the_abi(*trap) => GuestError::invalid_response(call, trap.to_string()),
        Some(trap) => trapped(call, &trap.to_string()),
        None => by_words(call, error, limits),
    }
}

/// What Rust's panics say, and no other line of a log by chance.
const PANIC: &str = "panicked at";

fn aborted(call: &'static str, guest: &Guest) -> GuestError {
    // The contract's own connectors log a panic; those of other toolchains write it to their standard error.
    let (logged, stderr) = (guest.journal.last_error(), guest.stderr());
    match logged.filter(|message| message.contains(PANIC)) {
        Some(message) => GuestError::Panicked { call, message: message.to_owned() },
        None if stderr.contains(PANIC) => GuestError::Panicked { call, message: stderr },
        None => match logged {
            Some(message) => trapped(call, &format!("it aborted; the last error in its log: {message}")),
            None if stderr.is_empty() => trapped(call, "it aborted without a message"),
            None => trapped(call, "it aborted"),
        },
    }
}

fn trapped(call: &'static str, what: &str) -> GuestError {
    GuestError::Trapped { call, what: what.to_owned() }
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
fn by_words(call: &'static str, error: &wasmtime::Error, limits: &Limits) -> GuestError {
    let words = error.root_cause().to_string();
    if words.contains("fuel allocated for hostcalls has been exhausted") {
        let what = "the connector handed over too much at once".to_owned();
        return GuestError::limit_reached(call, Refusal { limit: "call-mib", set_to: limits.call_mib, what });
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
            return GuestError::limit_reached(
                call,
                Refusal { limit, set_to, what: format!("the connector needs more {limit}") },
            );
        }
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return GuestError::HostFailed(words);
    }
    GuestError::invalid_response(call, words)
}
