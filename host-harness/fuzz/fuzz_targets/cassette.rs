//! Cassettes: any file is an exchange or an error, what is read can be asked, and what is recorded names nobody.

#![no_main]

use connector_cassette::cassette::Exchange;
use connector_cassette::record::{CassetteWriter, Persons};
use connector_cassette::replay::Replay;
use connector_host::http::{Authorization, Inbound, Method, Outbound, OutboundBody, Transport, Vault};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use url::Url;

/// A name that is in nothing else.
const NAME: &str = "Zyxwvut";
const PAGE: &str = "https://api.personio.de/v1/company/employees?limit=10&offset=0";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(exchange) = serde_json::from_str::<Exchange>(text) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let replay = Replay::of(vec![("0001-it.json".to_owned(), exchange)]);
        let _ = runtime.block_on(replay.send(&request(), 1 << 20));
    }
    // As a whole answer, and as what people write beside a name.
    recorded(text.to_owned(), &[]);
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(half);
    let about = format!("{before} {NAME} {after}");
    let value = |value: &str| json!({ "label": about, "value": value });
    let body = json!({"success": true, "data": [{"type": "Employee", "attributes": {
        "id": {"label": "ID", "value": 17}, "first_name": value(NAME), "email": value(&format!("{NAME}@x.example")),
        "status": value(&about), "position": value(&about), "dynamic_1": value(&about), "office": value(&about),
        "team": {"label": "Team", "value": {"type": "Team", "attributes": {"id": 3, "name": about}}},
        (before): value(&about),
    }}]});
    recorded(body.to_string(), &[("content-type".to_owned(), format!("application/json; by={about}"))]);
});

fn request() -> Outbound {
    Outbound {
        method: Method::Get,
        url: Url::parse(PAGE).unwrap(),
        headers: Vec::new(),
        authorization: Authorization::None,
        body: OutboundBody::Empty,
    }
}

fn recorded(body: String, headers: &[(String, String)]) {
    let is_about_somebody = body.contains(NAME) && !headers.is_empty();
    let mut tape = CassetteWriter::new(Vault::new(), Persons::Invent).unwrap();
    let answer = Inbound { status: 200, headers: headers.to_vec(), body: body.into_bytes() };
    if tape.keep(&request(), &answer).is_err() {
        return;
    }
    let Ok(files) = tape.files() else { return };
    for (name, text) in files {
        assert!(name.starts_with("0001-get-v1-company-employees"), "{name}");
        assert!(serde_json::from_str::<Exchange>(&text).is_ok(), "what is recorded can be read");
        assert!(!is_about_somebody || !text.to_lowercase().contains(&NAME.to_lowercase()), "{text}");
    }
}
