//! Guests of other toolchains: WASI is there so that they start, and grants them nothing.

use host_harness::sandbox::{Host, Limits, Tenant, Verdict};
use tokio::net::TcpListener;

use super::bench::{SECRET, tenant, told};
use super::text::{Parts, guest};

const STDERR: Parts<'static> = Parts {
    world: "import wasi:cli/stderr@0.2.0;",
    packages: "package wasi:cli@0.2.0 {
         interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }
     }
     package wasi:io@0.2.0 {
         interface error { resource error; }
         interface streams {
             use error.{error};
             variant stream-error { last-operation-failed(error), closed }
             resource output-stream {
                 blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
             }
         }
     }",
    fields: r#"(import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
        (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
          (func $write (param i32 i32 i32 i32)))"#,
    // Writes the record, and traps.
    map: "(call $write (call $stderr) (local.get 0) (local.get 1) (i32.const 3072)) unreachable",
};

const AMBIENT: Parts<'static> = Parts {
    world: "import wasi:cli/environment@0.2.0; import wasi:filesystem/preopens@0.2.0;",
    packages: "package wasi:cli@0.2.0 {
         interface environment {
             get-environment: func() -> list<tuple<string, string>>;
             get-arguments: func() -> list<string>;
         }
     }
     package wasi:filesystem@0.2.0 {
         interface types { resource descriptor; }
         interface preopens { use types.{descriptor}; get-directories: func() -> list<tuple<descriptor, string>>; }
     }",
    fields: r#"(import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
        (import "wasi:cli/environment@0.2.0" "get-arguments" (func $arguments (param i32)))
        (import "wasi:filesystem/preopens@0.2.0" "get-directories" (func $directories (param i32)))"#,
    // Each answers with a list; one that is not empty traps.
    map: "(call $environment (i32.const 3072)) (call $arguments (i32.const 3080)) (call $directories (i32.const 3088))
        (if (i32.or (i32.load (i32.const 3076)) (i32.or (i32.load (i32.const 3084)) (i32.load (i32.const 3092))))
          (then unreachable))",
};

const SOCKETS: &str = "package wasi:sockets@0.2.0 {
     interface network {
         resource network;
         enum error-code {
             unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, concurrency-conflict,
             not-in-progress, would-block, invalid-state, new-socket-limit, address-not-bindable, address-in-use,
             remote-unreachable, connection-refused, connection-reset, connection-aborted, datagram-too-large,
             name-unresolvable, temporary-resolver-failure, permanent-resolver-failure,
         }
         enum ip-address-family { ipv4, ipv6 }
         type ipv4-address = tuple<u8, u8, u8, u8>;
         type ipv6-address = tuple<u16, u16, u16, u16, u16, u16, u16, u16>;
         record ipv4-socket-address { port: u16, address: ipv4-address }
         record ipv6-socket-address { port: u16, flow-info: u32, address: ipv6-address, scope-id: u32 }
         variant ip-socket-address { ipv4(ipv4-socket-address), ipv6(ipv6-socket-address) }
     }
     interface instance-network { use network.{network}; instance-network: func() -> network; }
     interface tcp {
         use network.{network, error-code, ip-socket-address};
         resource tcp-socket {
             start-connect: func(network: borrow<network>, remote-address: ip-socket-address) -> result<_, error-code>;
         }
     }
     interface tcp-create-socket {
         use network.{error-code, ip-address-family};
         use tcp.{tcp-socket};
         create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
     }
 }";

/// A tenant of a guest made of these parts.
async fn start(parts: &Parts<'_>, limits: &Limits) -> Tenant {
    let host = Host::builder().cache(false).pooling(false).build().unwrap();
    let connector = host.load_bytes(&guest(parts)).await.unwrap();
    tenant(&connector, limits).await.unwrap().0
}

/// How a guest ended that wrote this to its standard error and trapped.
async fn last_words(text: &str, limits: &Limits) -> Verdict {
    start(&STDERR, limits).await.map_employee(text).await.unwrap_err()
}

/// The row of `stderr-kib`: the last words at the limit and past it.
pub async fn stderr_is_kept_up_to(limits: Limits) {
    for (length, kept) in [(1023, 1023), (1024, 1024), (1025, 1024)] {
        let words = last_words(&"~".repeat(length), &limits).await.to_string();
        assert_eq!(words.matches('~').count(), kept, "{words}");
    }
}

#[tokio::test]
async fn the_last_words_are_scrubbed_and_escaped() {
    let verdict = last_words(&format!("thread 'main' panicked at {SECRET}\n\u{1b}[2J"), &Limits::default()).await;
    let message = r"thread 'main' panicked at [secret]\n\u{1b}[2J".to_owned();
    assert_eq!(verdict, Verdict::Panicked { call: "map-employee", message });
}

#[tokio::test]
async fn a_secret_where_the_last_words_are_cut_does_not_leave_its_beginning() {
    for length in [1024 - SECRET.len() + 1, 1014, 1023] {
        let limits = Limits::default().stderr_kib(1);
        let words = last_words(&format!("{}{SECRET}", "~".repeat(length)), &limits).await.to_string();
        assert_eq!(words.matches('~').count(), length, "{words}");
        assert!(!words.contains("~h") && words.contains("~["), "{words}");
    }
}

#[tokio::test]
async fn there_is_no_environment_no_argument_and_no_folder() {
    assert_eq!(told(&mut start(&AMBIENT, &Limits::default()).await, "x").await, "");
}

#[tokio::test]
async fn a_socket_connects_to_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let parts = Parts {
        world: "import wasi:sockets/instance-network@0.2.0; import wasi:sockets/tcp-create-socket@0.2.0;
            import wasi:sockets/tcp@0.2.0;",
        packages: SOCKETS,
        fields: r#"(import "wasi:sockets/instance-network@0.2.0" "instance-network" (func $network (result i32)))
            (import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $create (param i32 i32)))
            (import "wasi:sockets/tcp@0.2.0" "[method]tcp-socket.start-connect"
              (func $connect (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#,
        // Traps if it got a socket and could start to connect.
        map: &format!(
            "(call $create (i32.const 0) (i32.const 3072))
             (if (i32.eqz (i32.load8_u (i32.const 3072))) (then
               (call $connect (i32.load (i32.const 3076)) (call $network) (i32.const 0) (i32.const {port})
                 (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)
                 (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 3080))
               (if (i32.eqz (i32.load8_u (i32.const 3080))) (then unreachable))))"
        ),
    };
    assert_eq!(told(&mut start(&parts, &Limits::default()).await, "x").await, "");
}
