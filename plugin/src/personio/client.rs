//! The calls, over the host's `http`. The only file of the connector that reaches out.

use std::borrow::Cow;
use std::time::Duration;

use wasi::clocks::wall_clock;

use super::answer::{self, Failure};
use super::attributes::{ListError, Visible};
use super::employees::{self, Place, Read};
use super::json::{Broken, Reader, scalar_at};
use crate::bindings::elearnio::connector::http::{
    self, Authorization, Body, FormField, FormValue, Header, Method, Request, Response, Secret,
};
use crate::bindings::elearnio::connector::types::{Error, SourceNotice};
use crate::codes;
use crate::config::{Config, Credential};
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
    /// What answers have announced since they were last asked for.
    notices: Vec<SourceNotice>,
}

struct Token {
    secret: Secret,
    /// Seconds since 1970.
    until: u64,
}

impl Client {
    /// A client that has not logged in yet.
    #[must_use]
    pub fn new(Credential { id, secret }: Credential) -> Self {
        Self { id, secret, token: None, notices: Vec::new() }
    }

    /// What answers have announced, each once; asked for again, what is new.
    #[must_use]
    pub fn take_notices(&mut self) -> Vec<SourceNotice> {
        std::mem::take(&mut self.notices)
    }

    fn notice(&mut self, response: &Response) {
        for notice in answer::notices(response) {
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
    }

    /// Which attributes the credential may read.
    ///
    /// # Errors
    /// As the contract's `configure`.
    pub fn attributes(&mut self, config: &Config) -> Result<Visible, Error> {
        let url = format!("{}/v1/company/employees/attributes", config.endpoint);
        let response = self.get(config, &url)?;
        let body = text(&response)?;
        Visible::read(&body, &config.settings.filter_label).map_err(|error| match error {
            ListError::Unreadable => answer::not_good(&response),
            ListError::Filter(problem) => Error::Refused(problem),
        })
    }

    /// One page of employees; `record` deals with each record where it stands.
    ///
    /// # Errors
    /// As the contract's `fetch-page`.
    pub fn employees<T>(
        &mut self,
        config: &Config,
        visible: &Visible,
        place: Place,
        record: impl FnMut(&mut Reader<'_>) -> Result<T, Broken>,
    ) -> Result<Read<T>, Error> {
        let query = employees::query(place.offset, visible.keys());
        let response = self.get(config, &format!("{}/v1/company/employees?{query}", config.endpoint))?;
        let body = text(&response)?;
        employees::page(&body, place, record).map_err(|_| answer::not_good(&response))
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
        let response = http::send(&request(config, Method::Get, url, Authorization::Bearer(token), Body::Empty))
            .map_err(|error| answer::unanswered(&error))?;
        self.notice(&response);
        Ok(response)
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
    fn log_in(&mut self, config: &Config, now: u64) -> Result<Token, Error> {
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
        self.notice(&exchanged.response);
        let body = text(&exchanged.response).map_err(answer::at_log_in)?;
        let secret = exchanged.token.ok_or_else(|| answer::not_good(&exchanged.response))?;
        let life = scalar_at(&body, &["data", "expires_in"]).and_then(|seconds| seconds.parse().ok());
        let life = life.unwrap_or(TOKEN_SECONDS);
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
fn text(response: &Response) -> Result<Cow<'_, str>, Error> {
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
        "The cursor was not made by this connector.",
        "Start again without a cursor.",
    ))
}
