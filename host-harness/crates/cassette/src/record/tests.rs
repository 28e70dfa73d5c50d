//! What was recorded is replayed: the same redaction before recording and before matching.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use secrecy::SecretString;
use url::Url;

use super::*;
use crate::Replay;
use crate::cassette::Exchange;
use connector_host::http::{Authorization, Method, OutboundBody, Value};

const SESSION: &str = "live-session-of-acme-77";
const PAGE: &str = "https://api.personio.de/v1/company/employees?attributes%5B%5D=id&limit=100&offset=0";

fn request(url: &str, body: OutboundBody) -> Outbound {
    let headers = match &body {
        OutboundBody::Bytes(bytes) if bytes.starts_with(b"{") => Vec::new(),
        OutboundBody::Bytes(_) => {
            vec![("Content-Type".to_owned(), "application/x-www-form-urlencoded; charset=utf-8".to_owned())]
        }
        _ => vec![("X-Api-Key".to_owned(), SESSION.to_owned()), ("accept".to_owned(), "*/*".to_owned())],
    };
    let url = Url::parse(url).unwrap();
    Outbound { method: Method::Post, url, headers, authorization: Authorization::None, body }
}

fn form(pairs: &[(&str, &str)]) -> OutboundBody {
    let field = |(name, value): &(&str, &str)| ((*name).to_owned(), Value::Text((*value).to_owned()));
    OutboundBody::Form(pairs.iter().map(field).collect())
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Inbound {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Inbound { status, headers, body: body.as_bytes().to_vec() }
}

/// What is written, and a replay of it as it is read back.
fn written(tape: &CassetteWriter) -> (String, Replay) {
    let files = tape.files().unwrap();
    let read = |(name, text): &(String, String)| (name.clone(), serde_json::from_str::<Exchange>(text).unwrap());
    let replay = Replay::of(files.iter().map(read).collect());
    (files.into_iter().map(|(_, text)| text).collect(), replay)
}

#[tokio::test]
async fn whatever_is_masked_in_a_cassette_is_masked_before_matching() {
    let json = OutboundBody::Bytes(format!(r#"{{"grant":"x","refreshToken":"{SESSION}"}}"#).into_bytes());
    let own_form = OutboundBody::Bytes(format!("scope=a&session={SESSION}").into_bytes());
    for request in [
        request(
            "https://hr.example/in",
            form(&[("token_type_hint", "access_token"), ("session_hint", SESSION), ("tag", "a"), ("tag", "b")]),
        ),
        request(&format!("https://hr.example/people?page=2&session={SESSION}"), OutboundBody::Empty),
        request("https://me:password@hr.example/people#fragment", OutboundBody::Empty),
        request("https://hr.example/in", json),
        request("https://hr.example/in", own_form),
        request("https://hr.example/in", OutboundBody::Bytes(b"plain text".to_vec())),
    ] {
        let mut tape = CassetteWriter::new(Vault::new(), Persons::Keep).unwrap();
        tape.keep(&request, &answer(200, &[], "{}")).unwrap();
        let (text, replay) = written(&tape);
        assert!(!text.contains(SESSION) && !text.contains("password"), "{text}");
        let played = replay.send(&request, 100).await.map_err(|error| error.to_string());
        assert!(played.is_ok_and(|played| played.status == 200) && replay.unused().is_empty(), "{text}");
    }
}

#[tokio::test]
async fn a_redirect_leads_to_the_recorded_next_request_and_tells_no_session() {
    for (persons, more) in [(Persons::Keep, ""), (Persons::Invent, "&email=anna.berg%40acme.example")] {
        let mut tape = CassetteWriter::new(Vault::new(), persons).unwrap();
        let target = format!("{PAGE}{more}&session={SESSION}#top");
        let (first, second) = (request(PAGE, OutboundBody::Empty), request(&target, OutboundBody::Empty));
        let relative = target.replace("https://api.personio.de", "");
        tape.keep(&first, &answer(307, &[("location", &relative)], "")).unwrap();
        tape.keep(&second, &answer(200, &[], r#"{"success":true,"data":[]}"#)).unwrap();
        let (text, replay) = written(&tape);
        assert!(!text.contains(SESSION) && !text.contains("anna.berg"), "{text}");
        let led = replay.send(&first, 100).await.unwrap_or_else(|_| answer(0, &[], ""));
        let location = led.headers.iter().find(|(name, _)| name == "location").unwrap();
        let next = request(&location.1, OutboundBody::Empty);
        assert!(replay.send(&next, 100).await.is_ok_and(|played| played.status == 200), "{:?}", replay.misses());
    }
}

#[test]
fn a_request_that_would_not_match_again_is_refused() {
    let vault = Vault::new();
    let _secret = vault.insert(SecretString::from(SESSION), Vec::new());
    let mut tape = CassetteWriter::new(vault, Persons::Keep).unwrap();
    let request = request(&format!("https://hr.example/people?key={SESSION}"), OutboundBody::Empty);
    let error = tape.keep(&request, &answer(200, &[], "{}")).map(drop).unwrap_err().to_string();
    assert!(error.contains("a secret in it as plain text") && !error.contains(SESSION), "{error}");
    assert!(tape.files().unwrap().is_empty());
}

#[test]
fn a_request_that_may_name_somebody_is_not_recorded() {
    for (url, body) in [
        ("https://api.personio.de/v1/company/employees/88001", OutboundBody::Empty),
        ("https://api.personio.de/v1/company/employees?last_name=Berg", OutboundBody::Empty),
        ("https://api.personio.de/v1/company/employees?limit=Berg", OutboundBody::Empty),
        ("https://api.personio.de/v1/company/employees", form(&[("first_name", "Anna")])),
        ("https://api.personio.de/v1/auth", OutboundBody::Bytes(b"{Anna}".to_vec())),
    ] {
        let mut tape = CassetteWriter::new(Vault::new(), Persons::Invent).unwrap();
        // A failed request names somebody as much as one that succeeds.
        for status in [200, 404] {
            let kept = tape.keep(&request(url, body.clone()), &answer(status, &[], "{}"));
            let error = kept.map(drop).unwrap_err().to_string();
            assert!(!error.contains("88001") && !error.contains("Berg"), "{error}");
        }
    }
}
