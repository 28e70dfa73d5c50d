//! Where guests get the time and random numbers from: the machine, or a replacement that the platform provides.
//!
//! A connector is the same function every time but for these. A platform that replays a sync to find a fault, or tests one
//! at another time of day, gives it the same ones again. The contract's own clock is WASI's, so it comes from here too.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rand_core::TryRng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The most random bytes that a guest gets at one go: enough for keys and seeds.
const MOST_RANDOM: u64 = 64 << 10;

/// The time and the chance of one instance.
pub trait HostEnv: Send + Sync {
    /// The time of day, since 1970 in UTC.
    fn now(&self) -> Duration;
    /// The time since some moment that stays the same. Never less than before. A guest that waits does so by the
    /// machine's clock.
    fn elapsed(&self) -> Duration;
    /// Random bytes. Guests make keys of them, so that a platform gives foreseeable ones only to replay.
    fn fill(&self, bytes: &mut [u8]);
}

/// Makes them anew for each instance, so that what one guest draws is not missing for the next.
type Make = dyn Fn() -> Arc<dyn HostEnv> + Send + Sync;

/// A platform's own `host_env`, or the machine's.
#[derive(Clone, Default)]
pub(super) struct Source(Option<Arc<Make>>);

impl Source {
    /// Those of a platform.
    pub fn of(make: impl Fn() -> Arc<dyn HostEnv> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(make)))
    }

    /// Gives a guest its time and chance.
    pub fn put_into(&self, wasi: &mut WasiCtxBuilder) {
        wasi.max_random_size(MOST_RANDOM);
        let Some(own) = self.0.as_ref().map(|make| make()) else { return };
        let mut seed = [0; 16];
        own.fill(&mut seed);
        wasi.wall_clock(Wall(Arc::clone(&own)))
            .monotonic_clock(Monotonic(Arc::clone(&own)))
            .secure_random(Chance(Arc::clone(&own)))
            .insecure_random(Chance(own))
            .insecure_random_seed(u128::from_le_bytes(seed));
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "the platform's" } else { "the machine's" })
    }
}

struct Wall(Arc<dyn HostEnv>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}

struct Monotonic(Arc<dyn HostEnv>);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

struct Chance(Arc<dyn HostEnv>);

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}
