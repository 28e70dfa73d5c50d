//! What is wrong at the start: one clear line each, and nothing is made.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream;
use connector_queue::{JetStreamOptions, JetStreamQueue};
use whole_system_tests::nats_server::{NatsServer, NatsSettings};

use super::{LONG, admin, connect, refusal, server_with};

const WITH_USERS: &str = r#"authorization { users: [{ user: "ann", password: "correct" }] }"#;

/// A server of something else: what it says to everybody who comes, and to each line.
fn stand_in(greeting: &'static str, answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                stream.write_all(greeting.as_bytes()).unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                for _ in lines.map_while(Result::ok).filter(|line| line == "PING") {
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_host_that_does_not_exist() {
    let text = refusal("nats://queue.invalid").await;
    assert_eq!(text, "the queue at nats://queue.invalid:4222: there is no host of this name; check the name");
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = refusal(&format!("nats://127.0.0.1:{port}")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: it cannot be reached: Connection refused (os error 111); \
         check host and port, and that nats-server runs there"
    );
}

#[tokio::test]
async fn a_server_of_something_else() {
    let text = refusal(&format!("nats://{}", stand_in("SSH-2.0-OpenSSH_9.2p1\r\n", ""))).await;
    assert!(text.starts_with("the queue at nats://127.0.0.1:PORT: what answers there is not NATS ("), "{text}");
    assert!(text.ends_with("; check the port"), "{text}");
    let text = refusal(&format!("nats://{}", stand_in("", ""))).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: it cannot be reached: no answer in 5 s; \
         check host and port, and that nats-server runs there"
    );
}

#[tokio::test]
async fn a_server_that_is_too_old() {
    let greeting = "INFO {\"server_id\":\"A\",\"version\":\"2.8.4\",\"headers\":true,\"max_payload\":1048576,\
                    \"jetstream\":true}\r\n";
    let text = refusal(&format!("nats://{}", stand_in(greeting, "PONG\r\n"))).await;
    assert_eq!(text, "the queue at nats://127.0.0.1:PORT: it is NATS 2.8.4, and 2.9.0 or newer is needed");
}

#[tokio::test]
async fn a_server_that_asks_who_this_is() {
    let server = server_with(WITH_USERS);
    let text = refusal(&server.url("")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: it asks for credentials, and there are none; write NAME:PASSWORD@ or TOKEN@ before \
         the host, or `credentials=FILE` behind a question mark"
    );
    for user in ["ann:wrong", "bob:correct", "correct"] {
        let text = refusal(&server.url(user)).await;
        assert_eq!(
            text,
            "the queue at nats://127.0.0.1:PORT: it refuses the credentials; check the user's name and password, the token, or the \
             file of credentials"
        );
    }
    connect(&server.url("ann:correct")).await.unwrap();
}

#[tokio::test]
async fn a_token() {
    let server = server_with(r#"authorization { token: "s3cret/token" }"#);
    assert!(refusal(&server.url("wrong")).await.contains("it refuses the credentials"));
    connect(&server.url("s3cret%2Ftoken")).await.unwrap();
}

#[tokio::test]
async fn a_file_of_credentials() {
    let server = NatsServer::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("queue.creds");
    let url = format!("{}?credentials={}", server.url(""), missing.display());
    let text = refusal(&url).await.replace(&missing.display().to_string(), "FILE");
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: the file FILE cannot be used: No such file or directory (os error 2)"
    );
    std::fs::write(&missing, "no credentials").unwrap();
    let text = refusal(&url).await.replace(&missing.display().to_string(), "FILE");
    assert!(text.starts_with("the queue at nats://127.0.0.1:PORT: the file FILE cannot be used: "), "{text}");
    // What is in the file is not shown.
    assert!(!text.contains("no credentials"), "{text}");
}

#[tokio::test]
async fn a_server_without_streams() {
    let server = NatsServer::start_with(NatsSettings { jetstream: false, ..NatsSettings::default() }).unwrap();
    let text = refusal(&server.url("")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: JetStream is not enabled on the server; enable it with `jetstream { store_dir: \"…\" }` \
         in the server's configuration, or start it with --jetstream"
    );
    let account = "accounts { plain: { users: [{ user: \"ann\", password: \"p\" }] } }";
    let text = refusal(&server_with(account).url("ann:p")).await;
    assert!(text.contains("JetStream is not enabled for the user's account"), "{text}");
}

#[tokio::test]
async fn a_stream_of_that_name_with_other_settings() {
    let server = NatsServer::start().unwrap();
    let before = stream::Config {
        name: "connector-jobs".to_owned(),
        subjects: vec!["connector-jobs.>".to_owned()],
        max_age: Duration::from_hours(1),
        ..stream::Config::default()
    };
    let admin = admin(&server.url("")).await;
    admin.create_stream(before).await.unwrap();
    let text = refusal(&server.url("")).await;
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: the stream `connector-jobs` is there with other settings: `retention` is `limits` and \
         has to be `workqueue`, `max_age` is 3600s and has to be 0ns; name another one with `stream=NAME` behind a question mark, \
         or remove this one if nobody needs it"
    );
    // It is as it was, and another name is another queue.
    let after = admin.get_stream("connector-jobs").await.unwrap();
    assert_eq!(after.cached_info().config.max_age, Duration::from_hours(1));
    assert_eq!(after.cached_info().state.consumer_count, 0);
    connect(&format!("{}?stream=other", server.url(""))).await.unwrap();
}

#[tokio::test]
async fn subjects_that_are_another_streams() {
    let server = NatsServer::start().unwrap();
    let admin = admin(&server.url("")).await;
    let other = stream::Config {
        name: "all".to_owned(),
        subjects: vec!["connector-jobs.*.*".to_owned()],
        ..Default::default()
    };
    admin.create_stream(other).await.unwrap();
    let text = refusal(&server.url("")).await;
    assert!(text.starts_with("the queue at nats://127.0.0.1:PORT: the server refuses to make the stream: "), "{text}");
    assert!(text.contains("subjects overlap with an existing stream"), "{text}");
}

#[tokio::test]
async fn a_consumer_with_another_hold_time() {
    let server = NatsServer::start().unwrap();
    drop(connect(&server.url("")).await.unwrap());
    let options = JetStreamOptions::parse(&server.url("")).unwrap().hold(LONG * 2);
    let Err(error) = JetStreamQueue::connect(&options).await else { panic!("two hold times") };
    let text = error.to_string().replace(&server.address().port().to_string(), "PORT");
    assert_eq!(
        text,
        "the queue at nats://127.0.0.1:PORT: the consumer `workers` of the stream `connector-jobs` is there with other settings: \
         `ack_wait` is 3600s and has to be 7200s; every worker needs the same hold time, and a consumer of another one has to be \
         removed while no worker runs"
    );
}

#[tokio::test]
async fn another_consumer_takes_the_jobs() {
    let server = NatsServer::start().unwrap();
    let admin = admin(&server.url("")).await;
    drop(connect(&server.url("")).await.unwrap());
    let stream = admin.get_stream("connector-jobs").await.unwrap();
    stream.delete_consumer("workers").await.unwrap();
    stream
        .create_consumer(pull::Config { durable_name: Some("thief".to_owned()), ..Default::default() })
        .await
        .unwrap();
    let text = refusal(&server.url("")).await;
    assert!(
        text.starts_with("the queue at nats://127.0.0.1:PORT: the server refuses to make the consumer: "),
        "{text}"
    );
}
