//! Counts what a guest holds, and refuses more than its limits allow.
//!
//! wasmtime's own `StoreLimits` was rejected: it refuses without a trace, and a guest that aborts because it got no
//! memory traps exactly as one that panics. Here every refusal is noted, so that the verdict can name the limit.

use wasmtime::ResourceLimiter;

use super::limits::{Limits, MIB, bytes};

/// A limit that was reached, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The limit's key.
    pub limit: &'static str,
    /// Its value.
    pub set_to: u64,
    /// What the guest wanted.
    pub what: String,
}

/// One store's counts.
#[derive(Debug)]
pub(super) struct Meter {
    memory_mib: u64,
    table_elements: u64,
    instances: u64,
    tables: u64,
    memories: u64,
    held: usize,
    growing: usize,
    peak: usize,
    refusal: Option<Refusal>,
}

impl Meter {
    /// Nothing held yet.
    pub fn new(limits: &Limits) -> Self {
        Self {
            memory_mib: limits.memory_mib,
            table_elements: limits.table_elements,
            instances: limits.instances,
            tables: limits.tables,
            memories: limits.memories,
            held: 0,
            growing: 0,
            peak: 0,
            refusal: None,
        }
    }

    /// The most linear memory ever held at once, in bytes.
    pub const fn peak(&self) -> u64 {
        self.peak as u64
    }

    /// Forgets refusals of earlier calls: a guest may have coped with them.
    pub fn start_call(&mut self) {
        self.refusal = None;
    }

    /// The last refusal of this call.
    pub const fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let growing = desired.saturating_sub(current);
        let held = self.held.saturating_add(growing);
        let granted = held <= bytes(self.memory_mib, MIB);
        if granted {
            self.growing = growing;
            self.held = held;
            self.peak = self.peak.max(held);
        } else {
            let what = format!("the connector asked for {} MiB of memory", (held as u64).div_ceil(MIB));
            self.refusal = Some(Refusal { limit: "memory-mib", set_to: self.memory_mib, what });
        }
        Ok(granted)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.held = self.held.saturating_sub(std::mem::take(&mut self.growing));
        tracing::debug!(%error, "a guest's memory could not grow");
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired as u64 <= self.table_elements;
        if !granted {
            let what = format!("the connector asked for a table of {desired} elements");
            self.refusal = Some(Refusal { limit: "table-elements", set_to: self.table_elements, what });
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        bytes(self.instances, 1)
    }

    fn tables(&self) -> usize {
        bytes(self.tables, 1)
    }

    fn memories(&self) -> usize {
        bytes(self.memories, 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    const ONE_MIB: usize = 1 << 20;

    fn meter() -> Meter {
        Meter::new(&Limits::default().memory_mib(2).table_elements(10))
    }

    #[test]
    fn memory_is_granted_at_the_limit_and_refused_past_it() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, 2 * ONE_MIB, None).unwrap());
        assert_eq!(meter.refusal(), None);
        assert!(!meter.memory_growing(2 * ONE_MIB, 2 * ONE_MIB + 1, None).unwrap());
        assert_eq!(meter.refusal().unwrap().limit, "memory-mib");
        assert_eq!(meter.peak(), 2 << 20);
    }

    #[test]
    fn two_memories_share_one_limit() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, ONE_MIB, None).unwrap());
        assert!(!meter.memory_growing(0, ONE_MIB + 1, None).unwrap());
    }

    #[test]
    fn memory_that_the_machine_did_not_give_is_not_held() {
        let mut meter = meter();
        assert!(meter.memory_growing(0, 2 * ONE_MIB, None).unwrap());
        meter.memory_grow_failed(wasmtime::Error::msg("no")).unwrap();
        assert!(meter.memory_growing(0, 2 * ONE_MIB, None).unwrap());
    }

    #[test]
    fn a_table_is_granted_at_the_limit_and_refused_past_it() {
        let mut meter = meter();
        assert!(meter.table_growing(0, 10, None).unwrap());
        assert!(!meter.table_growing(10, 11, None).unwrap());
        assert_eq!(meter.refusal().unwrap().limit, "table-elements");
    }

    #[test]
    fn a_refusal_is_forgotten_when_the_next_call_starts() {
        let mut meter = meter();
        assert!(!meter.table_growing(0, 11, None).unwrap());
        meter.start_call();
        assert_eq!(meter.refusal(), None);
    }
}
