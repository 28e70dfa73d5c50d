//! The calls, over the host's `http`. The only file of the connector that reaches out.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use wasi::clocks::wall_clock;

use super::answer::{self, Failure};
use super::attributes::{ListError, Visible};
use super::employees::{self, Place};
use crate::bindings::elearnio::connector::http::{
    self, Authorization, Body, FormField, FormValue, Header, Method, Request, Response, Secret,
};
use crate::bindings::exports::elearnio::connector::connector::{Error, Page};
use crate::codes;
use crate::config::Config;
use crate::problem::problem;

/// What a token's life is when Personio does not say.
const TOKEN_SECONDS: u64 = 86_400;

/// A token is not used in its last minute: it might end on the way.
const TOKEN_MARGIN_SECONDS: u64 = 60;

/// One credential at Personio.
pub struct Client {
    id: String,
    secret: Secret,
    token: Option<Token>,
}

struct Token {
    secret: Secret,
    /// Seconds since 1970.
    until: u64,
}

#[derive(Deserialize)]
struct Login<'a> {
    #[serde(borrow)]
    data: LoginData<'a>,
}

#[derive(Deserialize)]
struct LoginData<'a> {
    #[serde(borrow, default)]
    expires_in: Option<&'a RawValue>,
}

impl Client {
    /// A client with this client ID and secret that has not logged in yet.
    #[must_use]
    pub const fn new(id: String, secret: Secret) -> Self {
        Self { id, secret, token: None }
    }

    /// Which attributes the credential may read.
    ///
    /// # Errors
    /// As the contract's `configure`.
    pub fn attributes(&mut self, config: &Config) -> Result<Visible, Error> {
        let url = format!("{}/v1/company/employees/attributes", config.endpoint);
        let response = self.get(config, &url)?;
        let body = text(&response)?;
        Visible::read(body, &config.filter_label).map_err(|error| match error {
            ListError::Unreadable => answer::not_good(&response),
            ListError::Filter(problem) => Error::Refused(problem),
        })
    }

    /// One page of employees.
    ///
    /// # Errors
    /// As the contract's `fetch-page`.
    pub fn employees(&mut self, config: &Config, visible: &Visible, place: Place) -> Result<Page, Error> {
        let query = employees::query(place.offset, visible.keys());
        let response = self.get(config, &format!("{}/v1/company/employees?{query}", config.endpoint))?;
        let body = text(&response)?;
        employees::page(body, place).map_err(|_| answer::not_good(&response))
    }

    /// Rule S25: on a 401, logs in once more and repeats the request; a second 401 ends it.
    fn get(&mut self, config: &Config, url: &str) -> Result<Response, Error> {
        let response = self.send(config, url)?;
        if response.status != 401 {
            return Ok(response);
        }
        self.token = None;
        let response = self.send(config, url)?;
        if response.status == 401 { Err(answer::wrong_credentials(&response)) } else { Ok(response) }
    }

    fn send(&mut self, config: &Config, url: &str) -> Result<Response, Error> {
        let token = self.token(config)?;
        http::send(&request(config, Method::Get, url, Authorization::Bearer(token), Body::Empty))
            .map_err(|error| answer::unanswered(&error))
    }

    fn token(&mut self, config: &Config) -> Result<&Secret, Error> {
        let now = wall_clock::now().seconds;
        let token = match self.token.take().filter(|token| now < token.until) {
            Some(token) => token,
            None => self.log_in(config, now)?,
        };
        Ok(&self.token.insert(token).secret)
    }

    /// `POST /v1/auth`; the host keeps the token.
    fn log_in(&self, config: &Config, now: u64) -> Result<Token, Error> {
        let url = format!("{}/v1/auth", config.endpoint);
        let form = vec![
            FormField { name: "client_id".to_owned(), value: FormValue::Text(self.id.clone()) },
            FormField { name: "client_secret".to_owned(), value: FormValue::Secret(&self.secret) },
        ];
        let exchanged =
            http::exchange(&request(config, Method::Post, &url, Authorization::None, Body::Form(form)), "/data/token")
                .map_err(|error| answer::unanswered(&error))?;
        if matches!(exchanged.response.status, 401 | 403) {
            return Err(answer::wrong_credentials(&exchanged.response));
        }
        let body = text(&exchanged.response)?;
        let secret = exchanged.token.ok_or_else(|| answer::not_good(&exchanged.response))?;
        let life = serde_json::from_str::<Login<'_>>(body)
            .ok()
            .and_then(|login| login.data.expires_in?.get().trim_matches('"').parse().ok())
            .unwrap_or(TOKEN_SECONDS);
        Ok(Token { secret, until: now.saturating_add(usable(life)) })
    }
}

/// How much of a token's life is used. One that lives no longer than the margin is used to its end: a log-in for each
/// request would be worse than the one that a 401 costs.
const fn usable(life: u64) -> u64 {
    if life > TOKEN_MARGIN_SECONDS { life - TOKEN_MARGIN_SECONDS } else { life }
}

fn request<'s>(
    config: &Config,
    method: Method,
    url: &str,
    authorization: Authorization<'s>,
    body: Body<'s>,
) -> Request<'s> {
    let accept = Header { name: "accept".to_owned(), value: "application/json".to_owned() };
    let partner = config.headers.iter().map(|(name, value)| Header { name: (*name).to_owned(), value: value.clone() });
    Request { method, url: url.to_owned(), headers: partner.chain([accept]).collect(), authorization, body }
}

/// A good answer's text; a 401 that comes this far is final.
fn text(response: &Response) -> Result<&str, Error> {
    answer::body(response, || Duration::from_secs(wall_clock::now().seconds)).map_err(|failure| match failure {
        Failure::Error(error) => error,
        Failure::Unauthorized => answer::wrong_credentials(response),
    })
}

/// A cursor that none of this connector's pages gave.
#[must_use]
pub fn invalid_cursor() -> Error {
    Error::InvalidArgument(problem(
        codes::CURSOR_INVALID,
        None,
        "The cursor is none of this connector's.",
        "Start again without a cursor.",
    ))
}
