//! A guest's time and chance, when the platform gives it its own.

use std::sync::Arc;
use std::time::Duration;

use connector_host::sandbox::{Host, HostEnv, Limits};

use super::fixture::tenant;
use super::text::{Parts, guest};

/// The same time, and the same chance, whenever it is asked.
struct Still;

impl HostEnv for Still {
    fn now(&self) -> Duration {
        Duration::from_secs(1_700_000_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x2a);
    }
}

#[tokio::test]
async fn a_platform_gives_guests_their_time_and_random_numbers() {
    let same = |call: &str, at: u32, value: u64| {
        format!("{call} (if (i64.ne (i64.load (i32.const {at})) (i64.const {value})) (then unreachable))")
    };
    let chance = 0x2a2a_2a2a_2a2a_2a2a;
    let parts = Parts {
        // The contract's own wall clock is there already.
        world: "import wasi:clocks/monotonic-clock@0.2.0; import wasi:random/random@0.2.0;
            import wasi:random/insecure@0.2.0; import wasi:random/insecure-seed@0.2.0;",
        packages: "package wasi:clocks@0.2.0 { interface monotonic-clock { now: func() -> u64; } }
         package wasi:random@0.2.0 {
             interface random { get-random-u64: func() -> u64; get-random-bytes: func(len: u64) -> list<u8>; }
             interface insecure { get-insecure-random-u64: func() -> u64; }
             interface insecure-seed { insecure-seed: func() -> tuple<u64, u64>; }
         }",
        fields: r#"(import "wasi:clocks/wall-clock@0.2.12" "now" (func $now (param i32)))
            (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $elapsed (result i64)))
            (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
            (import "wasi:random/random@0.2.0" "get-random-bytes" (func $bytes (param i64 i32)))
            (import "wasi:random/insecure@0.2.0" "get-insecure-random-u64" (func $insecure (result i64)))
            (import "wasi:random/insecure-seed@0.2.0" "insecure-seed" (func $seed (param i32)))"#,
        map: &[
            same("(call $now (i32.const 3072))", 3072, 1_700_000_000),
            same("(i64.store (i32.const 3072) (call $elapsed))", 3072, 7_000_000_000),
            same("(i64.store (i32.const 3072) (call $random))", 3072, chance),
            same("(i64.store (i32.const 3072) (call $insecure))", 3072, chance),
            same("(call $seed (i32.const 3072))", 3080, chance),
            // As many bytes as 16 KiB for each of the record's.
            "(call $bytes (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 16384)) (i32.const 3072))".to_owned(),
        ]
        .concat(),
    };
    let host = Host::builder().cache(false).pooling(false).host_env(|| Arc::new(Still)).build().unwrap();
    let connector = host.load_bytes(&guest(&parts)).await.unwrap();
    let (mut tenant, _) = tenant(&connector, &Limits::default()).await.unwrap();
    assert!(tenant.map_employee("1234").await.is_ok(), "64 KiB of random bytes at one go");
    assert!(tenant.map_employee("12345").await.is_err(), "and no more");
}
