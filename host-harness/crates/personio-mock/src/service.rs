//! One request, one response: the stand-in without its socket.

use std::collections::VecDeque;
use std::time::Instant;

use super::answer::{Answer, trouble};
use super::auth::Auth;
use super::company::wire::Labels;
use super::employees::Employees;
use super::faults::schedule::Schedule;
use super::faults::{Fault, Requests};
use super::limits::RateLimits;
use super::query::Query;
use super::{MockError, MockOptions, attributes};

/// How many requests are remembered.
const REMEMBERED: usize = 10_000;

/// A request, as far as it matters.
#[derive(Debug, Default)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The method and the path.
    pub request: String,
    /// The query as it was sent.
    pub query: String,
    /// The answer's status.
    pub status: u16,
    /// What was made to go wrong with it.
    pub faults: Vec<Fault>,
}

/// Everything that changes from request to request.
pub struct Service {
    auth: Auth,
    employees: Employees,
    limits: Option<RateLimits>,
    labels: Labels,
    broken: u64,
    seen: VecDeque<Seen>,
    /// What goes wrong.
    pub schedule: Schedule,
}

impl Service {
    pub fn new(options: MockOptions) -> Result<Self, MockError> {
        let visible = attributes::visible(options.labels, &options.hidden)?;
        let mut schedule = Schedule::default();
        options.faults.into_iter().for_each(|rule| schedule.add(rule));
        Ok(Self {
            auth: Auth::new(options.client_id, options.client_secret, options.token_life),
            employees: Employees::new(options.company, visible, options.page_limit),
            limits: options.rate_limits.then(RateLimits::default),
            labels: options.labels,
            broken: 0,
            seen: VecDeque::new(),
            schedule,
        })
    }

    /// The requests so far, the oldest first; of very many, the last ones.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.iter().cloned().collect()
    }

    /// Answers a request, and says what is to go wrong with the answer.
    pub fn answer(&mut self, asked: &Asked, now: Instant) -> (Answer, Vec<Fault>) {
        let (answer, faults) = match kind(&asked.path) {
            None => (Answer::error(404, 404, "The requested resource was not found"), Vec::new()),
            Some(kind) => self.known(kind, asked, now),
        };
        self.remember(asked, &answer, &faults);
        (answer, faults)
    }

    fn known(&mut self, kind: Requests, asked: &Asked, now: Instant) -> (Answer, Vec<Fault>) {
        let faults = self.schedule.due(kind);
        if self.limits.as_mut().is_some_and(|limits| !limits.admit(kind, now)) {
            return (Answer::too_many(), faults);
        }
        if faults.contains(&Fault::TokenExpiry) {
            self.auth.expire();
        }
        let refusal = faults.iter().find_map(|fault| self.refusal(*fault));
        let answer = refusal.unwrap_or_else(|| self.honest(kind, asked, &faults, now));
        (answer, faults)
    }

    /// An answer instead of the one that was asked for.
    fn refusal(&mut self, fault: Fault) -> Option<Answer> {
        Some(match fault {
            Fault::Unauthorized => unauthorized(),
            Fault::Gone => Answer::error(410, 410, trouble(self.labels)),
            Fault::Forbidden => Answer::error(403, 403, trouble(self.labels)),
            Fault::Busy { retry_after: None } => Answer::too_many(),
            Fault::Busy { retry_after: Some(seconds) } => Answer::too_many().with("retry-after", seconds.to_string()),
            Fault::ServerError => {
                self.broken += 1;
                Answer::broken(self.broken, self.labels)
            }
            Fault::ErrorPage => Answer::html(500, "500 Internal Server Error"),
            Fault::BadGateway => Answer::html(502, "502 Bad Gateway"),
            Fault::Html => Answer::html(200, "Personio - Login"),
            _ => return None,
        })
    }

    fn honest(&mut self, kind: Requests, asked: &Asked, faults: &[Fault], now: Instant) -> Answer {
        let method = if kind == Requests::Auth { "POST" } else { "GET" };
        if asked.method != method {
            return Answer::error(405, 405, "The method is not allowed");
        }
        if kind == Requests::Auth {
            return self.auth.log_in(&asked.query, &asked.content_type, &asked.body, now);
        }
        if !self.auth.accepts(&asked.authorization, now) {
            return unauthorized();
        }
        let answer = match kind {
            Requests::Attributes => Answer::json(200, &self.employees.attributes()),
            _ => match Query::parse(&asked.query) {
                Ok(query) => Answer::json(200, &self.employees.page(&query, faults)),
                Err(parameter) => Answer::error(422, 422, &format!("The {parameter} parameter is invalid.")),
            },
        };
        // Personio has been seen to send the token back; somebody who reads the response must not get it.
        answer.with("authorization", asked.authorization.clone())
    }

    fn remember(&mut self, asked: &Asked, answer: &Answer, faults: &[Fault]) {
        let request = format!("{} {}", asked.method, asked.path);
        let wrong: Vec<&str> = faults.iter().map(|fault| fault.name()).collect();
        tracing::info!(status = answer.status, faults = wrong.join(", "), "{request}");
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        let faults = faults.to_vec();
        self.seen.push_back(Seen { request, query: asked.query.clone(), status: answer.status, faults });
    }
}

fn kind(path: &str) -> Option<Requests> {
    match path {
        "/v1/auth" => Some(Requests::Auth),
        // The second is an alias that Personio documents.
        "/v1/company/employees/attributes" | "/v1/company/employees/custom-attributes" => Some(Requests::Attributes),
        "/v1/company/employees" => Some(Requests::Employees),
        _ => None,
    }
}

fn unauthorized() -> Answer {
    Answer::error(401, 401, "Unauthenticated.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use crate::company::Company;
    use crate::{CLIENT_ID, CLIENT_SECRET};

    fn log_in(desk: &mut Service, now: Instant) -> String {
        let body = serde_json::json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET });
        let asked = Asked {
            method: "POST".to_owned(),
            path: "/v1/auth".to_owned(),
            content_type: "application/json".to_owned(),
            body: body.to_string().into_bytes(),
            ..Asked::default()
        };
        let answer: serde_json::Value = serde_json::from_slice(&desk.answer(&asked, now).0.body).unwrap();
        format!("Bearer {}", answer["data"]["token"].as_str().unwrap())
    }

    #[test]
    fn the_sixteenth_read_in_a_second_is_refused_unless_limits_are_off() {
        for (rate_limits, refused) in [(true, 1), (false, 0)] {
            let options = MockOptions { rate_limits, ..MockOptions::new(Company::generate("acme", 1, 1)) };
            let (mut desk, now) = (Service::new(options).unwrap(), Instant::now());
            let authorization = log_in(&mut desk, now);
            let path = "/v1/company/employees".to_owned();
            let asked = Asked { method: "GET".to_owned(), path, authorization, ..Asked::default() };
            let answers: Vec<Answer> = (0..16).map(|_| desk.answer(&asked, now).0).collect();
            let busy: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 429).collect();
            assert_eq!(busy.len(), refused);
            assert!(busy.iter().all(|answer| answer.headers.iter().all(|(name, _)| *name != "retry-after")));
        }
    }
}
