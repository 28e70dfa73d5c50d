//! A cassette on disk, played.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::*;
use connector_host::http::{Authorization, OutboundBody, Value};

const AUTH: &str = r#"{
  "request": {
    "method": "POST",
    "url": "https://api.personio.de/v1/auth",
    "form": { "client_id": "papi-1", "client_secret": { "secret": true }, "tag": ["b", "a"] }
  },
  "response": { "status": 200, "headers": { "Content-Type": "application/json" }, "json": { "token": "t" } }
}"#;

const PAGE: &str = r#"{
  "request": {
    "method": "GET",
    "url": "https://api.personio.de/v1/company/employees?limit=100&offset=0&attributes[]=email&attributes[]=id",
    "headers": { "x-personio-app-id": "ELEARNIO" },
    "authorization": "bearer"
  },
  "response": { "status": 200, "text": "first" }
}"#;

fn replay(files: &[(&str, &str)]) -> Replay {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Replay::open(folder.path()).map_err(|error| error.to_string()).unwrap()
}

fn secret(text: &str) -> Arc<SecretString> {
    Arc::new(SecretString::from(text))
}

fn page(query: &str) -> Outbound {
    Outbound {
        method: Method::Get,
        url: Url::parse(&format!("https://api.personio.de/v1/company/employees?{query}")).unwrap(),
        headers: vec![("X-Personio-App-ID".into(), "ELEARNIO".into()), ("accept".into(), "*/*".into())],
        authorization: Authorization::Bearer(secret("papi-t0ken")),
        body: OutboundBody::Empty,
    }
}

fn auth(fields: Vec<(&str, Value)>) -> Outbound {
    Outbound {
        method: Method::Post,
        url: Url::parse("https://api.personio.de/v1/auth").unwrap(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: OutboundBody::Form(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

const QUERY: &str = "attributes%5B%5D=id&offset=0&attributes[]=email&limit=100";

async fn body(replay: &Replay, request: &Outbound) -> Result<String, String> {
    let answer = replay.send(request, 1000).await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8(answer.body).unwrap())
}

#[tokio::test]
async fn a_query_matches_in_any_order_and_spelling() {
    let replay = replay(&[("0001-page.json", PAGE)]);
    assert_eq!(body(&replay, &page(QUERY)).await, Ok("first".to_owned()));
    assert!(replay.unused().is_empty() && replay.misses().is_empty());
}

#[tokio::test]
async fn a_form_matches_in_any_order_whatever_the_secret_is() {
    let replay = replay(&[("0001-auth.json", AUTH)]);
    let fields = vec![
        ("tag", text("a")),
        ("client_secret", Value::Secret(secret("whatever"))),
        ("tag", text("b")),
        ("client_id", text("papi-1")),
    ];
    let answer = replay.send(&auth(fields), 1000).await.map_err(|error| error.to_string()).unwrap();
    assert_eq!(answer.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    assert_eq!(answer.body, br#"{ "token": "t" }"#);
}

/// It tells whose the cassette is, so it is masked in every cassette, and compared by none.
#[tokio::test]
async fn a_client_id_does_not_matter() {
    let replay = replay(&[("0001-auth.json", AUTH)]);
    let fields = vec![
        ("tag", text("a")),
        ("tag", text("b")),
        ("client_id", text("somebody-elses")),
        ("client_secret", Value::Secret(secret("x"))),
    ];
    assert!(replay.send(&auth(fields), 1000).await.is_ok());
}

#[tokio::test]
async fn a_miss_shows_the_nearest_exchange_and_the_difference() {
    let replay = replay(&[("0001-auth.json", AUTH), ("0002-page.json", PAGE)]);
    let mut request = page("attributes[]=id&attributes[]=email&limit=50&page=2");
    request.headers.clear();
    request.authorization = Authorization::None;
    let miss = body(&replay, &request).await.unwrap_err();
    for part in [
        "no recorded exchange for GET https://api.personio.de/v1/company/employees?",
        "nearest: 0002-page.json",
        "query parameter `limit`: recorded `100`, sent `50`",
        "query parameter `offset` is missing: recorded `0`",
        "query parameter `page` is extra: sent `2`",
        "header `x-personio-app-id` is missing",
        "authorization: recorded bearer, sent none",
    ] {
        assert!(miss.contains(part), "{part}\n{miss}");
    }
    assert!(!miss.contains("attributes[]`"), "what is equal is not shown: {miss}");
    assert_eq!(replay.misses(), [miss]);
    assert_eq!(replay.unused(), ["0001-auth.json", "0002-page.json"]);
}

#[tokio::test]
async fn a_miss_never_shows_a_secret() {
    let replay = replay(&[("0001-auth.json", AUTH)]);
    let fields =
        vec![("client_id", Value::Secret(secret("hunter2"))), ("client_secret", text("hunter2")), ("tag", text("b"))];
    let miss = body(&replay, &auth(fields)).await.unwrap_err();
    assert!(miss.contains("form field `client_id`: recorded `recorded-client`, sent a secret"), "{miss}");
    // A credential by its name is one however it is sent.
    assert!(!miss.contains("client_secret"), "{miss}");
    assert!(miss.contains("form field `tag`: recorded `a`, `b`, sent `b`"), "{miss}");
    assert!(!miss.contains("hunter2"), "{miss}");
}

#[tokio::test]
async fn each_exchange_answers_once_in_the_order_of_the_files() {
    let second = PAGE.replace("first", "second");
    let replay = replay(&[("0002-page.json", &second), ("0001-page.json", PAGE)]);
    assert_eq!(body(&replay, &page(QUERY)).await, Ok("first".to_owned()));
    assert_eq!(replay.unused(), ["0002-page.json"]);
    assert_eq!(body(&replay, &page(QUERY)).await, Ok("second".to_owned()));
    let miss = body(&replay, &page(QUERY)).await.unwrap_err();
    assert!(miss.contains("0002-page.json was already used") && miss.contains("\"repeat\": true"), "{miss}");
    assert_eq!(body(&replay.rewound(), &page(QUERY)).await, Ok("first".to_owned()));
}

#[tokio::test]
async fn a_repeating_exchange_answers_every_time() {
    let repeating = PAGE.replacen('{', "{\"repeat\": true,", 1);
    let replay = replay(&[("0001-page.json", &repeating)]);
    for _ in 0..3 {
        assert_eq!(body(&replay, &page(QUERY)).await, Ok("first".to_owned()));
    }
}

#[tokio::test]
async fn json_and_text_bodies_are_compared() {
    let recorded = |body: &str| {
        format!(r#"{{"request":{{"method":"PUT","url":"https://x.example/","{body}}},"response":{{"status":204}}}}"#)
    };
    let sent = |body: &str| Outbound {
        method: Method::Put,
        url: Url::parse("https://x.example/").unwrap(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: OutboundBody::Bytes(body.into()),
    };
    for (file, request, expected) in [
        (r#"json":{"a":1,"b":[{"c":null}]}"#, r#"{ "b": [ { "c": null } ], "a": 1 }"#, None),
        (r#"json":{"a":1,"b":[{"c":null}]}"#, r#"{"a":1,"b":[{"c":7}]}"#, Some("the JSON body differs at `/b/0/c`")),
        (r#"json":{"a":1}"#, r#"{"a":1,"x/y":2}"#, Some("the JSON body differs at `/x~1y`")),
        (r#"json":{"a":1}"#, "a=1", Some("recorded JSON, sent something else")),
        (r#"json":null"#, "null", None),
        (r#"text":"a b""#, "a b", None),
        (r#"text":"a b""#, "a  b", Some("the text of the body differs")),
        (r#"form":{"a":"1 2"}"#, "a=1+2", None),
        (r#"headers":{}"#, "x", Some("body: recorded none, sent bytes")),
        (r#"headers":{}"#, "", None),
    ] {
        let replay = replay(&[("0001.json", &recorded(file))]);
        let result = body(&replay, &sent(request)).await;
        match expected {
            None => assert_eq!(result, Ok(String::new()), "{file}"),
            Some(part) => assert!(result.as_ref().is_err_and(|miss| miss.contains(part)), "{file}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn a_recorded_body_is_limited_like_a_live_one() {
    for (limit, past) in [(5, false), (4, true)] {
        let replay = replay(&[("0001-page.json", PAGE)]);
        let result = replay.send(&page(QUERY), limit).await;
        assert_eq!(matches!(result, Err(HttpError::TooLarge(4))), past);
    }
}
