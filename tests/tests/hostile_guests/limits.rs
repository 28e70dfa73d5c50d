//! Every limit, at its value and one past it.
//!
//! A row of [`ROWS`] is a limit; a test fails if one has no row. Time stands still in here unless everybody waits, so that
//! limits in milliseconds are met to the millisecond and cost nothing.

use std::pin::Pin;

use connector_host::sandbox::{GuestError, Host, Limits};
use whole_system_tests::guests;

use super::fixture::{Call, holding, hostile_guest, run, settings, tenant, words};
use super::text::{Parts, guest};
use super::wasi::{own_handles, stderr_is_kept_up_to};

/// How a limit is tested.
enum Test {
    /// Set to this, it lets the first behaviours pass one after the other, and ends the second in its verdict.
    Verdict(u64, Call, &'static [&'static str], &'static [&'static str]),
    /// As before, but the guest is told, and lives.
    Told(u64, &'static str, &'static str, &'static str),
    /// The hostile guest needs some number of these to start; how many is its compiler's business. It starts with as many, and not
    /// with one fewer.
    Start,
    /// In a way of its own.
    Own(fn(Limits) -> Pin<Box<dyn Future<Output = ()>>>, u64),
}

use Call::{FetchPage, MapEmployee, PlanActions};
use Test::{Own, Start, Told, Verdict as Ends};

const ROWS: &[(&str, Test)] = &[
    ("component-mib", Own(|limits| Box::pin(a_file_of_so_many_bytes(limits)), 1)),
    ("compile-milliseconds", Own(|limits| Box::pin(a_component_compiled_within(limits)), 60_000)),
    ("compile-mib", Own(|limits| Box::pin(a_component_compiled_within(limits)), 1_024)),
    // 64 KiB each.
    ("memory-mib", Ends(4, MapEmployee, &["grow-memory 64"], &["grow-memory 65"])),
    ("memories", Start),
    ("table-elements", Own(|limits| Box::pin(a_table_of_so_many_elements(limits)), 20)),
    ("tables", Start),
    ("instances", Start),
    (
        "call-milliseconds",
        Ends(1000, FetchPage, &["send https://api.example.com/slow/999"], &["send https://api.example.com/slow/1001"]),
    ),
    (
        "sync-milliseconds",
        Ends(
            1000,
            FetchPage,
            &["send https://api.example.com/slow/600", "send https://api.example.com/slow/399"],
            &["send https://api.example.com/slow/600", "send https://api.example.com/slow/401"],
        ),
    ),
    // The URL has 26 bytes.
    ("call-mib", Ends(1, FetchPage, &["post 1048550"], &["post 1048551"])),
    // Those of a guest's own making: `wasi`. One is the client secret's.
    ("handles", Ends(10, FetchPage, &["hold-tokens 9"], &["hold-tokens 10"])),
    // An empty line costs 32 bytes, and it takes sixteen times the limit to be stopped; what is written and what is
    // dropped before that is in `journal`.
    ("log-kib", Ends(1, MapEmployee, &["log-lines 512"], &["log-lines 513"])),
    ("stderr-kib", Own(|limits| Box::pin(stderr_is_kept_up_to(limits)), 1)),
    ("pages", Ends(3, FetchPage, &["read 0 3"], &["read 0 4"])),
    ("page-employees", Ends(3, FetchPage, &["read 3 1"], &["read 4 1"])),
    ("employees", Ends(6, FetchPage, &["read 2 3"], &["read 7 1"])),
    ("cursor-bytes", Ends(10, FetchPage, &["cursor 10"], &["cursor 11"])),
    ("actions", Ends(3, PlanActions, &["memberships 3"], &["memberships 4"])),
    ("notices", Ends(3, PlanActions, &["notices 3"], &["notices 4"])),
    ("read-mib", Ends(1, MapEmployee, &["learner 524288", "learner 524288"], &["learner 524288", "learner 524289"])),
    ("requests-per-sync", Ends(3, FetchPage, &["ask 2", "ask 1"], &["ask 2", "ask 2"])),
    ("requests-per-minute", Ends(3, FetchPage, &["ask 2", "ask 1"], &["ask 2", "ask 2"])),
    (
        "request-milliseconds",
        Told(
            1000,
            "send https://api.example.com/slow/999",
            "send https://api.example.com/slow/1001",
            "Error::TimedOut",
        ),
    ),
    ("request-bytes", Ends(1000, FetchPage, &["post 974"], &["post 975"])),
    (
        "response-bytes",
        Told(
            1000,
            "send https://api.example.com/size/1000",
            "send https://api.example.com/size/1001",
            "Error::TooLarge(1000)",
        ),
    ),
    ("redirects", Ends(2, FetchPage, &["send https://api.example.com/hop/2"], &["send https://api.example.com/hop/3"])),
    ("denied-requests", Ends(3, FetchPage, &["ask-denied 2", "ask-denied 1"], &["ask-denied 2", "ask-denied 2"])),
];

/// By a program that compiles, within these limits; and not by one that has a millisecond, or no memory at all. The bombs are in
/// the host's own tests.
async fn a_component_compiled_within(limits: Limits) {
    let bytes = std::fs::read(guests::component("hostile").unwrap()).unwrap();
    let host = |limits| {
        let host = Host::builder().cache(false).pooling(false).limits(limits);
        host.compiler(env!("CARGO_BIN_EXE_harness-under-test")).build().unwrap()
    };
    let refusal = |limits| {
        let (host, bytes) = (host(limits), bytes.clone());
        async move { host.load_bytes(&bytes).await.map(drop).unwrap_err().limit() }
    };
    assert!(host(limits.clone()).load_bytes(&bytes).await.is_ok());
    assert_eq!(refusal(limits.clone().compile_milliseconds(1)).await, Some("compile-milliseconds"));
    assert_eq!(refusal(limits.compile_mib(1)).await, Some("compile-mib"));
}

#[test]
fn every_limit_has_one_row() {
    let mut rows: Vec<_> = ROWS.iter().map(|(limit, _)| (*limit).to_owned()).collect();
    let mut limits: Vec<_> = Limits::default().rows().into_iter().map(|(limit, _)| limit).collect();
    rows.sort();
    limits.sort();
    assert_eq!(rows, limits);
}

#[tokio::test(start_paused = true)]
async fn every_limit_holds_at_its_value_and_one_past_it() {
    for (limit, test) in ROWS {
        match test {
            Ends(set_to, call, at, past) => {
                let limits = only(limit, *set_to);
                let last = outcome(&limits, *call, at).await;
                assert!(last.is_ok(), "at {limit} = {set_to}: {last:?}");
                let words = outcome(&limits, *call, past).await.expect_err(limit).to_string();
                assert!(words.contains(&sign(limit, *set_to)), "past {limit} = {set_to}: {words}");
            }
            Told(set_to, at, past, error) => {
                let limits = only(limit, *set_to);
                let answer = outcome(&limits, FetchPage, &[at]).await.unwrap();
                assert!(answer.starts_with("200"), "at {limit} = {set_to}: {answer}");
                assert_eq!(outcome(&limits, FetchPage, &[past]).await.unwrap(), *error, "past {limit} = {set_to}");
            }
            Start => starts_with_enough(limit).await,
            Own(test, set_to) => test(only(limit, *set_to)).await,
        }
    }
}

/// The defaults but for one, set by its key as in a settings file.
fn only(limit: &str, set_to: u64) -> Limits {
    let mut limits = Limits::default();
    assert!(limits.set(limit, set_to), "there is no limit {limit}");
    limits
}

/// The words of a limit's verdict.
fn sign(limit: &str, set_to: u64) -> String {
    match limit {
        "call-milliseconds" | "sync-milliseconds" => format!("stopped after {set_to} ms, the limit {limit}"),
        "denied-requests" => format!("the policy refused {} requests", set_to + 1),
        _ => format!("the limit {limit} is set to {set_to}"),
    }
}

/// What came of the last of these, done by one tenant; all but the last have to pass.
async fn outcome(limits: &Limits, call: Call, whats: &[&str]) -> Result<String, GuestError> {
    let (mut guest, secret) = tenant(hostile_guest().await, limits).await.unwrap();
    guest.configure(holding(&settings("well"), &secret)).await.unwrap();
    let mut last = Ok(String::new());
    for what in whats {
        assert!(last.is_ok(), "before {what}: {last:?}");
        last = words(run(&mut guest, &secret, call, what).await);
    }
    last
}

async fn starts_with_enough(limit: &str) {
    for set_to in 0..16 {
        match tenant(hostile_guest().await, &only(limit, set_to)).await {
            Err(verdict) => assert!(verdict.to_string().ends_with(&sign(limit, set_to)), "{verdict}"),
            Ok(_) => return assert!(set_to > 0, "{limit} limits nothing"),
        }
    }
    panic!("the hostile guest does not start with {limit} = 15");
}

#[tokio::test]
async fn handles_of_a_guest_s_own_making_count_too() {
    own_handles(only("handles", 10)).await;
}

async fn a_table_of_so_many_elements(limits: Limits) {
    let grow = Parts {
        fields: "(table $table 0 funcref)",
        map: "(if (i32.eq (table.grow $table (ref.null func) (local.get 1)) (i32.const -1)) (then unreachable))",
        ..Parts::default()
    };
    for pooling in [true, false] {
        let host = Host::builder().cache(false).pooling(pooling).tenants(1).build().unwrap();
        let connector = host.load_bytes(&guest(&grow)).await.unwrap();
        let (mut tenant, _) = tenant(&connector, &limits).await.unwrap();
        assert!(tenant.map_employee(&"x".repeat(20)).await.is_ok());
        let words = tenant.map_employee("x").await.unwrap_err().to_string();
        assert!(words.ends_with("a table of 21 elements; the limit table-elements is set to 20"), "{words}");
    }
}

/// A table for each of the limit's, and one more, in one module: a pool could have a narrower idea of that.
#[tokio::test]
async fn a_module_with_many_tables_or_memories_meets_its_limits_and_not_the_pool_s() {
    let Limits { tables, memories, .. } = Limits::default();
    for pooling in [true, false] {
        let host = Host::builder().cache(false).pooling(pooling).tenants(2).build().unwrap();
        // The guest has a memory of its own.
        for (field, most, limit) in [("(table 1 funcref)", tables, "tables"), ("(memory 1)", memories - 1, "memories")]
        {
            let most = usize::try_from(most).unwrap();
            let load = async |count: usize| {
                let fields = field.repeat(count);
                let connector = host.load_bytes(&guest(&Parts { fields: &fields, ..Parts::default() })).await;
                connector.map(drop).map_err(|verdict| verdict.to_string())
            };
            assert_eq!(load(most).await, Ok(()), "{limit}, pooling {pooling}");
            let words = load(most + 1).await.unwrap_err();
            assert!(words.contains(&format!("the limit {limit} is set to ")), "{words}");
        }
    }
}

async fn a_file_of_so_many_bytes(limits: Limits) {
    let host = Host::builder().cache(false).pooling(false).limits(limits).build().unwrap();
    let component = guest(&Parts::default());
    assert!(host.load_bytes(&padded(&component, 1 << 20)).await.is_ok());
    let words = host.load_bytes(&padded(&component, (1 << 20) + 1)).await.map(drop).unwrap_err().to_string();
    assert!(words.ends_with("the limit component-mib is set to 1"), "{words}");
}

/// The component, made longer by a custom section that means nothing.
fn padded(component: &[u8], length: usize) -> Vec<u8> {
    // A section is its kind, its length in LEB128 (here always five bytes), and its name: one letter.
    let content = length - component.len() - 6;
    let mut size: Vec<u8> = (0..5).map(|at| u8::try_from(content >> (7 * at) & 0x7f).unwrap() | 0x80).collect();
    size[4] &= 0x7f;
    let mut padded = [component, &[0], &size, &[1, b'p']].concat();
    padded.resize(length, 0);
    padded
}
