//! The stand-in over real sockets: what a client sees on the wire.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]

use std::io::{ErrorKind, Read as _};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::company::Company;
use crate::company::wire::Labels;
use crate::{CLIENT_ID, CLIENT_SECRET, Fault, Requests, Rule};

/// Raw bytes in, raw bytes out: no client that would hide what the server does.
struct Answer {
    head: String,
    body: Vec<u8>,
    ended: std::io::Result<()>,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn send(server: &Server, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let length = body.len();
    let request = format!("{head}\r\nHost: mock\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes).await.map(drop);
    let split = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    Answer { head, body: bytes[split + 4..].to_vec(), ended }
}

async fn log_in(server: &Server) -> String {
    let form = format!("client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    let head = "POST /v1/auth HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let answer = send(server, head, &form).await;
    assert_eq!(answer.status(), 200, "{}", answer.head);
    answer.json()["data"]["token"].as_str().unwrap().to_owned()
}

async fn get(server: &Server, token: &str, path: &str) -> Answer {
    send(server, &format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}"), "").await
}

async fn start(change: impl FnOnce(&mut MockOptions)) -> Server {
    let mut options = MockOptions::new(Company::generate("acme", 120, 1));
    change(&mut options);
    Server::start(options).await.unwrap()
}

/// The first page, with this going wrong.
async fn first_page(fault: Fault) -> (Server, Answer) {
    let server = start(|options| options.faults.push(Rule::at_page(fault, 1))).await;
    let token = log_in(&server).await;
    let answer = get(&server, &token, "/v1/company/employees?limit=100").await;
    (server, answer)
}

#[tokio::test]
async fn a_client_logs_in_lists_attributes_and_reads_pages() {
    let server = start(|options| options.hidden.push("team".to_owned())).await;
    let token = log_in(&server).await;
    let attributes = get(&server, &token, "/v1/company/employees/attributes").await;
    let labels: Vec<Value> =
        attributes.json()["data"].as_array().unwrap().iter().map(|one| one["label"].clone()).collect();
    assert!(labels.contains(&json!("Vorname")) && labels.contains(&json!("elearnio Sync")), "{labels:?}");
    assert!(!labels.contains(&json!("Team")), "hidden");
    let page = get(&server, &token, "/v1/company/employees?limit=100&offset=100").await;
    assert_eq!(page.json()["data"].as_array().unwrap().len(), 20);
    assert_eq!(page.header("authorization"), Some(format!("Bearer {token}").as_str()), "the echo");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn unauthenticated_and_unknown_requests_are_refused_with_the_reason() {
    let server = start(|_| {}).await;
    let token = log_in(&server).await;
    for (token, path, status, message) in [
        ("papi-other", "/v1/company/employees", 401, "Unauthenticated."),
        (&*token, "/v1/company/employees?limit=x", 422, "The limit parameter is invalid."),
        (&*token, "/v1/company/absences", 404, "The requested resource was not found"),
        (&*token, "/v1/auth", 405, "The method is not allowed"),
    ] {
        let answer = get(&server, token, path).await;
        assert_eq!((answer.status(), &answer.json()["error"]["message"]), (status, &json!(message)), "{path}");
    }
}

#[tokio::test]
async fn a_reset_is_a_reset_after_half_the_body() {
    let (_server, answer) = first_page(Fault::Reset).await;
    assert_eq!(answer.ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_wrong_length_promises_more_than_comes_or_less() {
    let (_server, answer) = first_page(Fault::WrongLength { by: -64 }).await;
    assert_eq!(answer.length(), answer.body.len());
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err(), "the rest is never read");
    let (_server, answer) = first_page(Fault::WrongLength { by: 512 }).await;
    assert_eq!(answer.length(), answer.body.len() + 512);
    assert!(answer.json().is_object(), "all of it came");
}

#[tokio::test]
async fn truncated_json_looks_whole_to_http() {
    let (_server, answer) = first_page(Fault::Truncated).await;
    assert_eq!((answer.status(), answer.length()), (200, answer.body.len()));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
}

#[tokio::test]
async fn gzip_and_another_charset_are_said_and_done() {
    let (_server, answer) = first_page(Fault::Gzip).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.contains("Employee"));
    let (_server, answer) = first_page(Fault::Charset).await;
    assert_eq!(answer.header("content-type"), Some("application/json; charset=ISO-8859-1"));
    assert!(String::from_utf8(answer.body).is_err());
}

#[tokio::test]
async fn a_drip_loses_nothing() {
    let server = start(|options| options.company = Company::generate("acme", 1, 1).into()).await;
    let token = log_in(&server).await;
    server.admin().add_fault(Rule::at_page(Fault::SlowDrip { milliseconds: 1 }, 1));
    let answer = get(&server, &token, "/v1/company/employees?attributes[]=id").await;
    assert!(answer.body.len() == answer.length() && answer.json().is_object());
}

#[tokio::test]
async fn errors_come_in_their_shapes() {
    let rule = Rule { fault: Fault::ServerError, on: Requests::Any, at: 2, times: 0 };
    let server = start(|options| {
        options.faults.push(rule);
        options.labels = Labels::English;
    })
    .await;
    let token = log_in(&server).await;
    let mut bodies = Vec::new();
    for _ in 0..4 {
        let answer = get(&server, &token, "/v1/company/employees").await;
        assert_eq!(answer.status(), 500);
        bodies.push(answer.body);
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 4);
}

#[tokio::test]
async fn an_expired_token_is_replaced_by_another() {
    let server = start(|options| options.faults.push(Rule::at_page(Fault::TokenExpiry, 2))).await;
    let first = log_in(&server).await;
    assert_eq!(log_in(&server).await, first, "stable for its life");
    let statuses = [
        get(&server, &first, "/v1/company/employees").await.status(),
        get(&server, &first, "/v1/company/employees").await.status(),
    ];
    let second = log_in(&server).await;
    assert_eq!((statuses, first == second), ([200, 401], false));
    assert_eq!(get(&server, &second, "/v1/company/employees").await.status(), 200);
}

#[tokio::test]
async fn faults_are_changed_while_it_runs() {
    let server = start(|_| {}).await;
    let token = log_in(&server).await;
    let post = "POST /_admin/faults HTTP/1.1\r\nContent-Type: application/json";
    let added = send(&server, post, r#"[{"fault":"forbidden","times":0},{"fault":"reset","at":3}]"#).await;
    assert_eq!((added.status(), added.json()["fault"].as_array().unwrap().len()), (200, 2));
    assert_eq!(get(&server, &token, "/v1/company/employees").await.status(), 403);
    assert_eq!(send(&server, post, r#"{"fault":"bussy"}"#).await.status(), 400);
    let plain = send(&server, "POST /_admin/faults HTTP/1.1\r\nContent-Type: text/plain", r#"{"fault":"busy"}"#).await;
    assert_eq!(plain.status(), 400, "what a web page may send without being asked");
    assert_eq!(send(&server, "DELETE /_admin/faults HTTP/1.1", "").await.status(), 204);
    assert_eq!(get(&server, &token, "/v1/company/employees").await.status(), 200);
    let seen = send(&server, "GET /_admin/requests HTTP/1.1", "").await.json();
    assert_eq!(seen[1], json!({"request":"GET /v1/company/employees","query":"","status":403,"faults":["forbidden"]}));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = start(|_| {}).await;
    let port = server.address.port();
    let error = Server::start(MockOptions { port, ..MockOptions::new(Company::generate("a", 1, 1)) }).await.err();
    assert!(error.unwrap().to_string().starts_with(&format!("port {port} cannot be used")));
}
