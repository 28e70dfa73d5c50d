//! Compiling is bounded, for any bytes: bombs of every known shape, against a host that starts this very program to compile.
//!
//! A program of its own instead of the usual test harness: `main` has to begin with the call that makes it a compiler.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use arbitrary::Unstructured;
use connector_host::compile::run_as_compiler_if_asked;
use connector_host::sandbox::{GuestError, Host, HostBuilder, Limits};
use wasm_encoder::{ComponentExportKind, ComponentInstanceSection, ComponentSectionId, RawSection};
use wasm_smith::Config;

/// Enough for an honest component of this size, and for no bomb.
const MILLISECONDS: u64 = 1_500;
const MIB: u64 = 512;

const TESTS: &[(&str, fn())] = &[
    ("bombs_of_every_shape_hit_a_limit", bombs_of_every_shape_hit_a_limit),
    ("nested_instances_do_not_abort_the_process", nested_instances_do_not_abort_the_process),
    ("whatever_is_made_at_random_is_loaded_or_refused", whatever_is_made_at_random_is_loaded_or_refused),
    ("a_bomb_costs_its_time_once", a_bomb_costs_its_time_once),
    ("what_is_no_component_is_told_in_the_compilers_words", what_is_no_component_is_told_in_the_compilers_words),
    ("a_warm_start_needs_no_compiler", a_warm_start_needs_no_compiler),
    ("a_program_that_is_no_compiler_is_named", a_program_that_is_no_compiler_is_named),
];

fn main() {
    run_as_compiler_if_asked();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if std::env::args().any(|word| word == "--list") {
        for (name, _) in TESTS {
            println!("{name}: test");
        }
        return;
    }
    let mut failed = 0;
    for (name, test) in
        TESTS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| name.contains(one)))
    {
        let passed = std::panic::catch_unwind(AssertUnwindSafe(test)).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        failed += usize::from(!passed);
    }
    assert!(failed == 0, "{failed} tests failed");
}

fn builder() -> HostBuilder {
    let limits = Limits::default().compile_milliseconds(MILLISECONDS).compile_mib(MIB);
    Host::builder().cache(false).pooling(false).limits(limits)
}

fn load(host: &Host, bytes: &[u8]) -> Result<(), GuestError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(host.load_bytes(bytes)).map(drop)
}

/// A component with one module in it.
fn component(module: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {module}))")).unwrap()
}

fn repeated(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, number| {
        write!(text, "{}", one(number)).unwrap();
        text
    })
}

/// Loops within loops, each of which uses every local.
fn nested_loops(depth: usize, locals: usize) -> Vec<u8> {
    let inner = repeated(locals, |n| format!("(local.set {n} (i32.add (local.get {n}) (i32.const 1)))"));
    let body = format!("{}{inner}{}", "(loop ".repeat(depth), ")".repeat(depth));
    component(&format!("(func (export \"f\") {} {body})", repeated(locals, |_| "(local i32)".to_owned())))
}

/// A jump table to every one of many blocks, all of which use every local.
fn jump_tables(blocks: usize, locals: usize) -> Vec<u8> {
    let set = repeated(locals, |n| format!("(local.set {n} (i32.add (local.get {n}) (i32.const 1)))"));
    let targets = repeated(blocks, |n| format!(" {n}"));
    let mut body = format!("(br_table {targets} (local.get 0))");
    for _ in 0..blocks {
        body = format!("(block {body}) {set}");
    }
    component(&format!("(func (export \"f\") {} (loop {body} (br 0)))", repeated(locals, |_| "(local i32)".to_owned())))
}

/// Many functions, each of which calls its neighbour in a loop.
fn many_functions(count: usize) -> Vec<u8> {
    let body = "(loop (local.set 0 (i32.mul (local.get 0) (i32.const 3))) (br_if 0 (local.get 0)))";
    component(&repeated(count, |n| format!("(func (export \"f{n}\") (param i32) {body})")))
}

/// Branches with many parameters and results within each other.
fn nested_ifs(depth: usize, parameters: usize) -> Vec<u8> {
    let kinds = "i32 ".repeat(parameters);
    let kind = format!("(type $t (func (param {kinds}) (result {kinds})))");
    let body = repeated(depth, |_| "local.get 0 if (type $t) ".to_owned()) + &"else end ".repeat(depth);
    component(&format!(
        "{kind} (func (export \"f\") (type $t) {} {body})",
        repeated(parameters, |n| format!("local.get {n} "))
    ))
}

/// Components that instantiate the one before them twice, each within the next: no code at all.
fn nested_instances(depth: usize, times: usize) -> Vec<u8> {
    let mut inner =
        "(component $c0 (core module $m (func (export \"f\"))) (core instance (instantiate $m)))".to_owned();
    for level in 1..depth {
        let instances = repeated(times, |_| format!("(instance (instantiate $c{}))", level - 1));
        inner = format!("(component $c{level} {inner} {instances})");
    }
    let instances = repeated(times, |_| format!("(instance (instantiate $c{}))", depth - 1));
    wat::parse_str(format!("(component {inner} {instances})")).unwrap()
}

fn limit_of(host: &Host, bytes: &[u8], what: &str) -> &'static str {
    let refused = load(host, bytes).unwrap_err();
    let Some(limit) = refused.limit() else { panic!("{what}, {} bytes: {refused}", bytes.len()) };
    assert!(["compile-milliseconds", "compile-mib"].contains(&limit), "{what}: {refused}");
    assert!(refused.to_string().contains(&format!("the limit {limit} is set to ")), "{refused}");
    limit
}

fn bombs_of_every_shape_hit_a_limit() {
    let host = builder().build().unwrap();
    for (what, bytes) in [
        ("nested loops", nested_loops(1_500, 500)),
        ("jump tables", jump_tables(700, 300)),
        ("many functions", many_functions(100_000)),
        ("nested ifs", nested_ifs(900, 400)),
        ("nested instances", nested_instances(10, 9)),
    ] {
        let limit = limit_of(&host, &bytes, what);
        println!("  {what}: {} bytes meet {limit}", bytes.len());
    }
}

fn nested_instances_do_not_abort_the_process() {
    let host = builder().build().unwrap();
    let bytes = nested_instances(10, 9);
    assert!(bytes.len() < 1_500, "{} bytes", bytes.len());
    limit_of(&host, &bytes, "nested instances");
    // The host is as it was.
    assert!(matches!(load(&host, &component("")), Err(GuestError::ContractMismatch(_))));
}

/// Components at random, and modules at random within components within each other, as many as there is time for: a hundred, or
/// for `SMITH_SECONDS` seconds. Each is loaded or refused with a reason, and this process neither ends nor grows.
fn whatever_is_made_at_random_is_loaded_or_refused() {
    let seconds = std::env::var("SMITH_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    let (host, start) = (builder().build().unwrap(), Instant::now());
    let before = resident();
    let (mut made, mut refused, mut slowest) = (0_u64, BTreeMap::new(), Duration::ZERO);
    while seconds.map_or(made < 100, |seconds| start.elapsed() < Duration::from_secs(seconds)) {
        let bytes = at_random(made);
        made += 1;
        let began = Instant::now();
        let Err(error) = load(&host, &bytes) else { continue };
        slowest = slowest.max(began.elapsed());
        assert!(!error.to_string().is_empty());
        *refused.entry(error.limit().unwrap_or_else(|| error.code())).or_insert(0_u64) += 1;
    }
    let compiled = host.compiled().unwrap_or_default();
    println!("  {made} made, {compiled} of them compiled, refused: {refused:?}, the slowest after {slowest:.1?}");
    assert!(compiled > made / 2, "most of them have to reach the compiler");
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after < before + (256 << 10), "it grew from {before} to {after} KiB");
    }
}

/// What of this process is in memory, in KiB; none on a system that does not tell.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse().ok())
}

/// The component of this number: the same each time.
fn at_random(number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    let length = random.usize(64..65_536);
    let seed: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
    let mut seed = Unstructured::new(&seed);
    if number.is_multiple_of(3) {
        return wasm_smith::Component::new(Config::default(), &mut seed).map(|it| it.to_bytes()).unwrap_or_default();
    }
    let config = Config { max_instructions: 20_000, max_funcs: 500, max_types: 500, ..Config::default() };
    let module = wasm_smith::Module::new(config, &mut seed).map(|module| module.to_bytes()).unwrap_or_default();
    (0..random.usize(1..8)).fold(around(&module), |inner, _| within(&inner, random.u32(1..5)))
}

/// A component with this module in it.
fn around(module: &[u8]) -> Vec<u8> {
    let mut outer = wasm_encoder::Component::new();
    outer.section(&RawSection { id: ComponentSectionId::CoreModule.into(), data: module });
    outer.finish()
}

/// A component with this one in it, instantiated so many times.
fn within(inner: &[u8], times: u32) -> Vec<u8> {
    let mut outer = wasm_encoder::Component::new();
    outer.section(&RawSection { id: ComponentSectionId::Component.into(), data: inner });
    let mut instances = ComponentInstanceSection::new();
    for _ in 0..times {
        instances.instantiate(0, Vec::<(&str, ComponentExportKind, u32)>::new());
    }
    outer.section(&instances);
    outer.finish()
}

fn a_bomb_costs_its_time_once() {
    let host = builder().build().unwrap();
    let bytes = nested_loops(1_500, 500);
    let first = load(&host, &bytes).unwrap_err();
    for _ in 0..100 {
        assert_eq!(load(&host, &bytes).unwrap_err(), first);
    }
    assert_eq!(host.compiled(), Some(1));
}

fn what_is_no_component_is_told_in_the_compilers_words() {
    let refused = load(&builder().build().unwrap(), b"\0asm\x0d\0\x01\0\xff\xff\xff\xff").unwrap_err().to_string();
    assert!(
        refused.starts_with("this is not a component: it is damaged, or uses what this host does not support: "),
        "{refused}"
    );
    let mistyped = builder().build().unwrap();
    let mut bytes = component("(func (result i32) (i32.const 1))");
    let at = bytes.windows(3).position(|three| three == [0x41, 1, 0x0b]).unwrap();
    bytes[at] = 0x42;
    let refused = load(&mistyped, &bytes).unwrap_err().to_string();
    assert!(refused.contains("type mismatch"), "{refused}");
}

fn a_warm_start_needs_no_compiler() {
    // With a pool too, although the compiler has none.
    let host = builder().pooling(true).tenants(1).build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.wasm");
    std::fs::write(&path, many_functions(10)).unwrap();
    host.inspect(&path).unwrap();
    host.inspect(&path).unwrap();
    assert_eq!(host.compiled(), Some(1), "the second start compiles nothing");
    std::fs::write(&path, many_functions(11)).unwrap();
    host.inspect(&path).unwrap();
    assert_eq!(host.compiled(), Some(2));
}

fn a_program_that_is_no_compiler_is_named() {
    let host = builder().compiler("/bin/false").build().unwrap();
    let refused = load(&host, &many_functions(3)).unwrap_err().to_string();
    assert!(refused.contains("/bin/false does not compile components for this host"), "{refused}");
    let host = builder().compiler("/no/such/program").build().unwrap();
    assert!(load(&host, &many_functions(3)).unwrap_err().to_string().contains("cannot be compiled"));
}
