//! What a service tells those who watch it: traces of runs, for whoever names a collector.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use whole_system_tests::service_client::{Console, Options, Source};

use super::HARNESS;

/// A collector that takes everything, and hands on the bodies.
fn collector() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}").unwrap();
            // Nobody listens once the test is over.
            let _ = sender.send(String::from_utf8(body).unwrap());
        }
    });
    (address, receiver)
}

#[test]
fn a_run_is_traced_with_its_steps_and_names_nobody() {
    let (endpoint, sent) = collector();
    let source = Source::of(20);
    let mut console = Console::start(Options::new(HARNESS, &source.origin()).argument("--otlp", &endpoint));
    let customer = console.customer("Acme");
    let integration = customer.integration("Personio", &source.origin());
    let run = customer.done(&integration, "sync");
    // What is not sent yet is sent at the end.
    assert!(console.service.stop().success());
    let mut all = String::new();
    while let Ok(body) = sent.recv_timeout(Duration::from_secs(5)) {
        all.push_str(&body);
        if all.contains(run["id"].as_str().unwrap()) && all.contains("\"mail\"") {
            break;
        }
    }
    for part in [run["id"].as_str().unwrap(), &integration, "\"read\"", "\"apply\"", "\"mail\"", "\"done\""] {
        assert!(all.contains(part), "{part}: {all}");
    }
    for nobody in ["@", "Acme", "firma.example", "papi-mock"] {
        assert!(!all.contains(nobody), "{nobody}: {all}");
    }
}
