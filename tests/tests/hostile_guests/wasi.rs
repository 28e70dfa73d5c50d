//! Guests of other toolchains: WASI is there so that they start, and grants them nothing.

use connector_host::sandbox::{GuestError, Host, Limits, Tenant};
use tokio::net::TcpListener;

use super::fixture::{SECRET, tenant};
use super::text::{Parts, guest};

/// Writes the record to its standard error, and then does this.
fn writes_and(then: &str) -> Vec<u8> {
    guest(&Parts {
        world: "import wasi:cli/stderr@0.2.0; import wasi:cli/exit@0.2.0;",
        packages: "package wasi:cli@0.2.0 {
             interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }
             interface exit { exit: func(status: result); }
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
            (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
            (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
              (func $write (param i32 i32 i32 i32)))
            (import "elearnio:connector/log@0.2.0" "write" (func $log (param i32 i32 i32)))"#,
        map: &format!("(call $write (call $stderr) (local.get 0) (local.get 1) (i32.const 3072)) {then}"),
    })
}

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

/// A tenant of a guest.
async fn start(guest: &[u8], limits: &Limits) -> Tenant {
    let host = Host::builder().cache(false).pooling(false).build().unwrap();
    tenant(&host.load_bytes(guest).await.unwrap(), limits).await.unwrap().0
}

/// How a guest ended that wrote this to its standard error and trapped.
async fn last_words(text: &str, limits: &Limits) -> GuestError {
    start(&writes_and("unreachable"), limits).await.map_employee(text).await.unwrap_err()
}

/// The row of `stderr-kib`: the last words at the limit and past it.
pub async fn stderr_is_kept_up_to(limits: Limits) {
    for (first, length) in [("", 1023), ("#", 1023), ("#", 1024), ("##", 3000)] {
        let words = last_words(&format!("{first}{}", "~".repeat(length)), &limits).await.to_string();
        let kept = (usize::from(length == 1023 && first == "#"), length.min(1024));
        assert_eq!((words.matches('#').count(), words.matches('~').count()), kept, "{words}");
    }
}

#[tokio::test]
async fn the_last_words_are_scrubbed_and_escaped() {
    let verdict = last_words(&format!("thread 'main' panicked at {SECRET}\n\u{1b}[2J"), &Limits::default()).await;
    let message = r"thread 'main' panicked at [secret]\n\u{1b}[2J".to_owned();
    assert_eq!(verdict, GuestError::Panicked { call: "map-employee", message });
}

#[tokio::test]
async fn every_guest_error_quotes_the_last_words_on_stderr() {
    let limits = Limits::default().call_milliseconds(50);
    let log =
        "(i32.store (i32.const 4096) (i32.const 0x6f206f4e)) (call $log (i32.const 4) (i32.const 4096) (i32.const 4))";
    for (then, code, words) in [
        (
            "(loop $forever (br $forever))",
            "plugin-timed-out",
            "the limit call-milliseconds; the end of its standard error: oh, no",
        ),
        (
            "(drop (memory.grow (i32.const 60000))) unreachable",
            "limit-reached",
            "of memory; the end of its standard error: oh, no; the",
        ),
        (
            "(i32.store (i32.const 2068) (i32.const 0))",
            "invalid-response",
            "and hyphens; the end of its standard error: oh, no",
        ),
        ("unreachable", "plugin-trapped", "it aborted; the end of its standard error: oh, no"),
        (
            &format!("{log} unreachable"),
            "plugin-trapped",
            "the last error in its log: No o; the end of its standard error: oh, no",
        ),
        (
            "(call $exit (i32.const 1))",
            "plugin-exited",
            "the connector exited with status 1; the end of its standard error: oh, no",
        ),
        (
            "(call $exit (i32.const 0))",
            "plugin-exited",
            "the connector exited with status 0; the end of its standard error: oh, no",
        ),
    ] {
        let verdict = start(&writes_and(then), &limits).await.map_employee("oh, no").await.unwrap_err();
        assert_eq!(verdict.code(), code, "{verdict}");
        assert!(verdict.to_string().contains(words), "{verdict}");
    }
}

#[tokio::test]
async fn a_secret_where_the_last_words_are_cut_does_not_leave_its_end() {
    for length in [1024 - SECRET.len() + 1, 1014, 1023] {
        let limits = Limits::default().stderr_kib(1);
        let words = last_words(&format!("{SECRET}{}", "~".repeat(length)), &limits).await.to_string();
        assert_eq!(words.matches('~').count(), length, "{words}");
        assert!(!words.contains("2~") && words.contains("]~"), "{words}");
    }
}

#[tokio::test]
async fn there_is_no_environment_no_argument_and_no_folder() {
    assert!(start(&guest(&AMBIENT), &Limits::default()).await.map_employee("x").await.is_ok());
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
    assert!(start(&guest(&parts), &Limits::default()).await.map_employee("x").await.is_ok());
}

/// Waiting in WASI is waiting in a host call: the call's time covers it.
#[tokio::test(start_paused = true)]
async fn a_wait_in_wasi_ends_with_the_call_s_time() {
    let parts = Parts {
        world: "import wasi:clocks/monotonic-clock@0.2.0;",
        packages: "package wasi:clocks@0.2.0 {
             interface monotonic-clock {
                 use wasi:io/poll@0.2.0.{pollable};
                 subscribe-duration: func(when: u64) -> pollable;
             }
         }
         package wasi:io@0.2.0 { interface poll { resource pollable { block: func(); } } }",
        fields: r#"(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
              (func $subscribe (param i64) (result i32)))
            (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))"#,
        // As many seconds as the record has bytes.
        map: "(call $block (call $subscribe (i64.mul (i64.extend_i32_u (local.get 1)) (i64.const 1000000000))))",
    };
    let limits = Limits::default().call_milliseconds(1_500);
    let mut tenant = start(&guest(&parts), &limits).await;
    assert!(tenant.map_employee("1").await.is_ok());
    let words = tenant.map_employee("12").await.unwrap_err().to_string();
    assert_eq!(words, "map-employee: stopped after 1500 ms, the limit call-milliseconds");
}

/// Makes as many handles of a kind of its own as the record has bytes, and drops none.
pub async fn own_handles(limits: Limits) {
    let parts = Parts {
        world: "export things: interface { resource thing; }",
        fields: r#"(import "[export]things" "[resource-new]thing" (func $new (param i32) (result i32)))"#,
        map: "(loop $more
                (drop (call $new (i32.const 7)))
                (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                (br_if $more (local.get 1)))",
        ..Parts::default()
    };
    let guest = guest(&parts);
    assert!(start(&guest, &limits).await.map_employee(&"x".repeat(10)).await.is_ok());
    let words = start(&guest, &limits).await.map_employee(&"x".repeat(11)).await.unwrap_err().to_string();
    assert!(words.ends_with("the connector needs more handles; the limit handles is set to 10"), "{words}");
}
