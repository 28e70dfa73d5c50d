//! A component of contract 0.2.0 runs on a host whose contract has grown: a later 0.2, with a function more in an interface that the
//! component imports, and an interface more that it does not know.
//!
//! Such a host does not exist yet, so the test is one: the least that the kept components need, linked by wasmtime as the real
//! one links. What they plan on the real one is for `contracts.rs`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use std::path::Path;

use wasmtime::component::{Component, Func, Instance, Linker, ResourceType, Val};
use wasmtime::{Engine, Store};
use whole_system_tests::repository;

/// What a secret is for this host.
struct Secret;

/// A host of contract 0.2.9.
fn grown(engine: &Engine) -> Linker<()> {
    let mut linker = Linker::new(engine);
    let mut http = linker.instance("elearnio:connector/http@0.2.9").unwrap();
    http.resource("secret", ResourceType::host::<Secret>(), |_, _| Ok(())).unwrap();
    for name in ["send", "exchange", "peek"] {
        http.func_new(name, move |_, _, _, _| Err(wasmtime::Error::msg(format!("{name} was called")))).unwrap();
    }
    let mut log = linker.instance("elearnio:connector/log@0.2.9").unwrap();
    log.func_new("write", |_, _, _, _| Ok(())).unwrap();
    linker.instance("elearnio:connector/types@0.2.9").unwrap();
    let mut store = linker.instance("elearnio:connector/store@0.2.9").unwrap();
    store.func_new("get", |_, _, _, _| Ok(())).unwrap();
    let mut clock = linker.instance("wasi:clocks/wall-clock@0.2.12").unwrap();
    for name in ["now", "resolution"] {
        let time = [("seconds", Val::U64(0)), ("nanoseconds", Val::U32(0))];
        let time = Val::Record(time.map(|(name, value)| (name.to_owned(), value)).to_vec());
        clock
            .func_new(name, move |_, _, _, results| {
                results[0] = time.clone();
                Ok(())
            })
            .unwrap();
    }
    linker
}

/// What this host calls, by the names of its own contract.
fn function(store: &mut Store<()>, instance: &Instance, interface: &str, name: &str) -> Func {
    let interface = format!("elearnio:connector/{interface}@0.2.9");
    let (_, interface) = instance.get_export(&mut *store, None, &interface).unwrap();
    let (_, function) = instance.get_export(&mut *store, Some(&interface), name).unwrap();
    instance.get_func(store, function).unwrap()
}

fn call(store: &mut Store<()>, function: Func, given: &[Val]) -> Val {
    let mut answer = [Val::Bool(false)];
    function.call(store, given, &mut answer).unwrap();
    answer.into_iter().next().unwrap()
}

/// A field of a record.
fn field<'a>(record: &'a Val, name: &str) -> &'a Val {
    let Val::Record(fields) = record else { panic!("{record:?} is no record") };
    fields.iter().find_map(|(other, value)| (other == name).then_some(value)).unwrap()
}

fn runs(file: &Path, connector: &str) {
    let engine = Engine::default();
    let component = Component::from_file(&engine, file).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = grown(&engine).instantiate(&mut store, &component).unwrap();
    let describe = function(&mut store, &instance, "manifest", "describe");
    let description = call(&mut store, describe, &[]);
    assert_eq!(*field(&description, "name"), Val::String(connector.to_owned()));
    let fetch = function(&mut store, &instance, "connector", "fetch-page");
    let page = call(&mut store, fetch, &[Val::Option(None)]);
    let told = format!("{page:?}");
    assert!(matches!(page, Val::Result(Err(_))) && told.contains("not-configured"), "{told}");
    let map = function(&mut store, &instance, "connector", "map-employee");
    let Val::Result(Err(Some(rejected))) = call(&mut store, map, &[Val::String("{}".to_owned())]) else {
        panic!("{connector} maps a record before it is configured")
    };
    assert!(matches!(field(&rejected, "problem"), Val::Record(_)));
}

#[test]
fn the_first_components_of_contract_0_2_run_on_a_host_whose_contract_has_grown() {
    let folder = repository().join("tests/contracts/0.2.0");
    runs(&folder.join("personio.wasm"), "personio");
    runs(&folder.join("csv.wasm"), "csv");
}
