//! What one store holds beside the guest itself: its way out, its secrets, its counts.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::http::{Gateway, Vault};

use super::journal::{Journal, printable};
use super::limits::{KIB, Limits, bytes};
use super::meter::Meter;

/// What is kept of a guest's standard error beyond what is shown of it, so that a secret across the end is found. The
/// longest token is 16 KiB, and up to four times that as it may be spelled.
const BEYOND: usize = 64 * 1024;

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
    stderr: MemoryOutputPipe,
    stderr_shown: usize,
    wasi: Option<WasiCtx>,
}

impl Guest {
    /// Data for a fresh store.
    pub fn new(connector: &str, outside: Option<Outside>, limits: &Limits) -> Self {
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
            stderr: MemoryOutputPipe::new(stderr_shown.saturating_add(BEYOND)),
            stderr_shown,
            wasi: None,
        }
    }

    /// Notes that a call starts: what earlier calls did is no longer to blame.
    pub fn start_call(&mut self) {
        self.meter.start_call();
        self.journal.start_call();
    }

    /// Takes every known secret out of a text.
    pub fn scrub(&self, text: &str) -> String {
        scrub(self.outside.as_ref(), text)
    }

    /// What the guest wrote to its standard error, scrubbed, cut to length and escaped; empty if nothing.
    pub fn stderr(&self) -> String {
        let text = self.scrub(&String::from_utf8_lossy(&self.stderr.contents()));
        printable(text.get(..text.floor_char_boundary(self.stderr_shown)).unwrap_or_default().trim())
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
        let stderr = &self.stderr;
        let ctx = self
            .wasi
            .get_or_insert_with(|| WasiCtx::builder().stderr(stderr.clone()).allow_tcp(false).allow_udp(false).build());
        WasiCtxView { ctx, table: &mut self.table }
    }
}
