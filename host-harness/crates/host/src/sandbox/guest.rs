//! What one store holds beside the guest itself: its way out, its secrets, its counts.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::contract::connector;
use crate::http::{Gateway, HttpError, Vault};
use crate::settings::ConnectorSettings;

use super::connector::Description;

use super::guest_log::{Journal, printable};
use super::host_env::Source;
use super::limiter::Meter;
use super::limits::{KIB, Limits, bytes};
use super::stderr::LastWords;

/// What is kept of a guest's standard error beyond what is shown of it, so that a secret across the cut is found. The
/// longest token is 16 KiB, and up to four times that as it may be spelled.
const BEYOND: usize = 64 * 1024;

/// After so many ticks in one call a guest rests.
const TICKS_TO_A_REST: u32 = 8;

/// How a guest that computes gives way.
pub(super) enum GiveWay {
    /// To others that wait for the same thread.
    Turn,
    /// So that its thread has nothing to do, and takes over what waits for another. A thread that always has something to
    /// do never looks: beside one guest that spins, all others could be left to the other threads.
    Rest,
}

/// A tenant's way out and its secrets. A component that is only asked to describe itself has neither.
pub(super) struct Outside {
    /// Sends what the policy allows.
    pub gateway: Gateway,
    /// Knows the secrets.
    pub vault: Vault,
}

/// One store's data.
pub(super) struct Guest {
    /// The handles the guest holds.
    pub table: ResourceTable,
    /// Refuses memory.
    pub meter: Meter,
    /// Takes log lines.
    pub journal: Journal,
    /// The way out; none while a component describes itself.
    pub outside: Option<Outside>,
    /// Requests the policy refused, and its words on the last.
    pub denied: (u64, String),
    /// The limit on `denied`.
    pub denied_limit: u64,
    /// The call the guest is in.
    call: &'static str,
    /// How often the guest gave way in this call.
    ticks: u32,
    stderr: LastWords,
    stderr_shown: usize,
    host_env: Source,
    wasi: Option<WasiCtx>,
}

impl Guest {
    /// Data for a fresh store.
    pub fn new(connector: &str, outside: Option<Outside>, host_env: &Source, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(bytes(limits.handles, 1));
        let stderr_shown = bytes(limits.stderr_kib, KIB);
        Self {
            table,
            meter: Meter::new(limits),
            journal: Journal::new(connector, limits),
            outside,
            denied: (0, String::new()),
            denied_limit: limits.denied_requests,
            call: "start",
            ticks: 0,
            stderr: LastWords::new(stderr_shown.saturating_add(BEYOND)),
            stderr_shown,
            host_env: host_env.clone(),
            wasi: None,
        }
    }

    /// Notes that a call starts: what earlier calls did no longer counts.
    pub fn start_call(&mut self, call: &'static str) {
        self.call = call;
        self.ticks = 0;
        self.meter.start_call();
        self.journal.start_call();
    }

    /// Counts that the guest gives way, and says for how long.
    pub const fn give_way(&mut self) -> GiveWay {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_TO_A_REST) { GiveWay::Rest } else { GiveWay::Turn }
    }

    /// The way out, from the calls that have one: the others get all they need as arguments, and a request of theirs could
    /// only carry somebody's data away.
    ///
    /// # Errors
    /// What the guest is told.
    pub fn gateway(&mut self) -> Result<&mut Gateway, HttpError> {
        let call = self.call;
        match &mut self.outside {
            Some(outside) if matches!(call, "configure" | "fetch-page" | "fetch-mapped") => Ok(&mut outside.gateway),
            _ => Err(HttpError::Denied(format!(
                "{call} makes no requests; only configure, fetch-page and fetch-mapped do"
            ))),
        }
    }

    /// The contract's settings record, with handles on the secrets.
    ///
    /// # Errors
    /// When the guest holds more handles than it may.
    pub fn settings(
        &mut self,
        settings: &ConnectorSettings,
        description: &Description,
    ) -> wasmtime::Result<connector::Settings> {
        let vault = self.outside.as_ref().map(|outside| outside.vault.clone()).unwrap_or_default();
        settings.to_contract(description, &vault, &mut self.table)
    }

    /// Takes every known secret out of a text.
    pub fn scrub(&self, text: &str) -> String {
        scrub(self.outside.as_ref(), text)
    }

    /// The last of what the guest wrote to its standard error, scrubbed, cut to length and escaped; empty if nothing.
    pub fn stderr(&self) -> String {
        let text = self.scrub(&self.stderr.text());
        let start = text.ceil_char_boundary(text.len().saturating_sub(self.stderr_shown));
        printable(text.get(start..).unwrap_or_default().trim())
    }
}

/// As [`Guest::scrub`], for when another of the guest's fields is borrowed.
pub(super) fn scrub(outside: Option<&Outside>, text: &str) -> String {
    outside.map_or_else(|| text.to_owned(), |outside| outside.vault.scrub_text(text).into_owned())
}

impl WasiView for Guest {
    /// Nothing is granted: no files, environment, arguments or network; input is closed and output goes nowhere. Built
    /// at the first use, because the contract's own connectors rarely need it and it costs more than an instance.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Self { stderr, host_env, wasi, table, .. } = self;
        let ctx = wasi.get_or_insert_with(|| {
            let mut wasi = WasiCtx::builder();
            wasi.stderr(stderr.clone()).allow_tcp(false).allow_udp(false);
            host_env.put_into(&mut wasi);
            wasi.build()
        });
        WasiCtxView { ctx, table }
    }
}
