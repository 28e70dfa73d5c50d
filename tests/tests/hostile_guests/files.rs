//! Files that are not components, or are components for another host.

use std::path::Path;

use connector_host::sandbox::{GuestError, Host, Limits};
use whole_system_tests::guests::{component, dummy, dummy_of_contract, dummy_with_pages};

fn host() -> Host {
    Host::builder().cache(false).pooling(false).build().unwrap()
}

async fn refusal(bytes: &[u8]) -> GuestError {
    host().load_bytes(bytes).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn files_that_are_not_components_are_told_apart() {
    let cases: [(&[u8], &str); 5] = [
        (b"", "this is not a component: it does not begin with WebAssembly's magic number"),
        (b"<html>404</html>", "this is not a component: it does not begin with WebAssembly's magic number"),
        (b"\0asm\x01\0\0\0", "this is not a component: it is a core WebAssembly module"),
        (b"\0asm\x02\0\0\0", "its header has an unknown version"),
        (b"\0asm\x0d\0\x01\0\xff\xff\xff\xff", "it is damaged, or uses what this host does not support"),
    ];
    for (bytes, words) in cases {
        let verdict = refusal(bytes).await;
        assert!(verdict.to_string().contains(words), "{verdict}");
        assert_eq!(verdict.code(), "contract-mismatch");
    }
}

#[tokio::test]
async fn a_component_cut_short_is_damaged_wherever_it_is_cut() {
    let whole = std::fs::read(component("hostile").unwrap()).unwrap();
    for at in [9, whole.len() / 3, whole.len() - 1] {
        let verdict = refusal(&whole[..at]).await;
        assert!(verdict.to_string().starts_with("this is not a component"), "{verdict}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let verdict = host().load(Path::new("no/such.wasm")).await.map(drop).unwrap_err();
    assert!(verdict.to_string().starts_with("the component no/such.wasm cannot be read: "), "{verdict}");
    assert_eq!(verdict.code(), "component-unreadable");
}

#[tokio::test]
async fn a_component_passes_at_the_size_limit_and_not_past_it() {
    let path = component("hostile").unwrap();
    for (mib, passes) in [(1, true), (0, false)] {
        let limits = Limits::default().component_mib(mib);
        let host = Host::builder().cache(false).pooling(false).limits(limits).build().unwrap();
        assert_eq!(host.inspect(&path).is_ok(), passes);
    }
}

/// A component of this contract version, importing these interfaces beside its own.
fn foreign(version: &str, import: &str, packages: &str) -> Vec<u8> {
    let wit = format!(
        "package test:test;
         world test {{
             {import}
             export elearnio:connector/manifest@{version};
             export elearnio:connector/connector@{version};
         }}
         package elearnio:connector@{version} {{
             interface manifest {{ describe: func(); }}
             interface connector {{ configure: func(); }}
         }}
         {packages}"
    );
    dummy(&wit).unwrap()
}

#[tokio::test]
async fn a_component_for_another_host_is_refused_with_what_does_not_fit() {
    let http = "package wasi:http@0.2.0 { interface types { now: func(); } }";
    let shell = "package acme:shell@1.0.0 { interface run { exec: func(command: string); } }";
    let empty = dummy("package test:test; world test { export run: func(); }").unwrap();
    let cases = [
        (foreign("0.1.0", "", ""), "it uses version 0.1.0 of elearnio:connector/connector, and this host uses 0.2.0"),
        (foreign("0.3.0", "", ""), "it uses version 0.3.0 of elearnio:connector/connector, and this host uses 0.2.0"),
        (foreign("0.2.0", "import wasi:http/types@0.2.0;", http), "it imports wasi:http/types@0.2.0, which this host"),
        (foreign("0.2.0", "import acme:shell/run@1.0.0;", shell), "it imports acme:shell/run@1.0.0, which this host"),
        (empty, "it does not export elearnio:connector/connector@0.2.0, elearnio:connector/manifest@0.2.0"),
        // The right names, and other functions.
        (foreign("0.2.0", "", ""), "the component does not fit this host: "),
    ];
    for (bytes, words) in cases {
        let verdict = refusal(&bytes).await;
        assert!(verdict.to_string().contains(words), "{verdict}");
        assert_eq!(verdict.code(), "contract-mismatch");
    }
}

#[tokio::test]
async fn a_component_of_another_toolchain_starts_and_is_granted_nothing() {
    let bytes = dummy_of_contract(
        "package test:test;
         world test {
             include elearnio:connector/plugin@0.2.0;
             import wasi:cli/environment@0.2.0;
             import wasi:sockets/instance-network@0.2.3;
         }
         package wasi:cli@0.2.0 {
             interface environment { get-environment: func() -> list<tuple<string, string>>; }
         }
         package wasi:sockets@0.2.3 {
             interface network { resource network; }
             interface instance-network { use network.{network}; instance-network: func() -> network; }
         }",
    )
    .unwrap();
    // Every export of it traps: to get as far as that, it has to be linked and started.
    assert_eq!(refusal(&bytes).await.to_string(), "describe: the connector trapped: it aborted without a message");
}

#[tokio::test]
async fn a_pages_export_has_to_be_the_contract_s() {
    let fits = dummy_with_pages("fetch-mapped: ", "fetch-mapped: ").unwrap();
    assert_eq!(refusal(&fits).await.to_string(), "describe: the connector trapped: it aborted without a message");
    for (text, other, words) in [
        ("fetch-mapped: ", "fetch-people: ", "`elearnio:connector/pages@0.2.0` does not have export `fetch-mapped`"),
        ("list<result<mapping, rejected>>", "list<mapping>", "expected `result` found `variant`"),
        ("func(cursor: option<string>)", "func(cursor: string)", "expected `option` found `string`"),
    ] {
        let verdict = refusal(&dummy_with_pages(text, other).unwrap()).await;
        assert!(verdict.to_string().contains(words), "{verdict}");
        assert_eq!(verdict.code(), "contract-mismatch", "{verdict}");
    }
}

#[test]
fn an_inspection_shows_what_a_component_asks_for() {
    let inspection = host().inspect(&component("hostile").unwrap()).unwrap();
    let imports: Vec<_> = inspection.imports.iter().map(ToString::to_string).collect();
    assert_eq!(
        imports,
        ["elearnio:connector/http@0.2.0", "elearnio:connector/log@0.2.0", "elearnio:connector/types@0.2.0"]
    );
    assert_eq!(inspection.contract_version().unwrap().to_string(), "0.2.0");
    assert_eq!(inspection.check(), Ok(()));
}
