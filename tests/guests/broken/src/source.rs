//! The source's two calls.

use connector_kit::bindings::elearnio::connector::http::{
    self, Authorization, Body, FormField, FormValue, Method, Request, Secret,
};
use connector_kit::bindings::elearnio::connector::types::Error;
use connector_kit::bindings::exports::elearnio::connector::connector::Page;
use connector_kit::problem::problem;
use serde_json::Value as Json;

pub const ORIGIN: &str = "https://api.example.com";

pub struct Source {
    /// None for the people that are built in.
    token: Option<Secret>,
}

impl Source {
    /// A source that makes no requests.
    pub const fn built_in() -> Self {
        Self { token: None }
    }

    pub fn log_in(id: &str, secret: Secret) -> Result<Self, Error> {
        let fields = vec![
            FormField { name: "id".to_owned(), value: FormValue::Text(id.to_owned()) },
            FormField { name: "secret".to_owned(), value: FormValue::Secret(&secret) },
        ];
        let request = request("/login", Method::Post, Authorization::None, Body::Form(fields));
        let exchanged = http::exchange(&request, "/token").map_err(|_| unreadable())?;
        Ok(Self { token: Some(exchanged.token.ok_or_else(unreadable)?) })
    }

    pub fn page(&self, from: u64) -> Result<Page, Error> {
        let Some(token) = &self.token else { return Ok(built_in()) };
        let path = format!("/people?from={from}");
        let request = request(&path, Method::Get, Authorization::Bearer(token), Body::Empty);
        let answer = http::send(&request).map_err(|_| unreadable())?;
        let body: Json = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        let people = body["people"].as_array().ok_or_else(unreadable)?;
        Ok(Page {
            employees: people.iter().map(Json::to_string).collect(),
            next: body["next"].as_u64().map(|next| next.to_string()),
            total: body["total"].as_u64(),
            notices: Vec::new(),
        })
    }
}

/// A page of two people.
fn built_in() -> Page {
    let person = |id: u8| format!(r#"{{"id":"{id}","email":"p{id}@example.com","first":"Ada","last":"Lace"}}"#);
    Page { employees: vec![person(1), person(2)], next: None, total: Some(2), notices: Vec::new() }
}

/// The token as nobody should get it: with `send`, which hands the answer over as it is.
pub fn token_in_hand() -> String {
    let body = get("/session").unwrap_or_default();
    let body: Json = serde_json::from_slice(&body).unwrap_or_default();
    body["token"].as_str().unwrap_or_default().to_owned()
}

pub fn get(path: &str) -> Option<Vec<u8>> {
    http::send(&request(path, Method::Get, Authorization::None, Body::Empty)).ok().map(|answer| answer.body)
}

pub fn get_at(url: &str) -> Option<Vec<u8>> {
    let request = Request { url: url.to_owned(), ..request("", Method::Get, Authorization::None, Body::Empty) };
    http::send(&request).ok().map(|answer| answer.body)
}

fn request<'s>(path: &str, method: Method, authorization: Authorization<'s>, body: Body<'s>) -> Request<'s> {
    Request { method, url: format!("{ORIGIN}{path}"), headers: Vec::new(), authorization, body }
}

fn unreadable() -> Error {
    Error::Unreadable(problem("answer-unreadable", None, "The source's answer is none.", "-"))
}
