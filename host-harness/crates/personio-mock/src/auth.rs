//! `POST /v1/auth`: credentials, and a token that stays the same for its life.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::answer::Answer;
use super::company::wire;

/// The one credential, and its token.
pub struct Auth {
    id: String,
    secret: String,
    life: Duration,
    token: Option<Token>,
}

struct Token {
    value: String,
    until: Instant,
}

impl Auth {
    pub const fn new(id: String, secret: String, life: Duration) -> Self {
        Self { id, secret, life, token: None }
    }

    /// Answers a log-in. A secret in the query is refused since 2025-12: queries end up in logs.
    pub fn log_in(&mut self, query: &str, content_type: &str, body: &[u8], now: Instant) -> Answer {
        if has(&pairs(query.as_bytes()), "client_secret") {
            let message = "Credentials are not allowed in the query string. Send them in the request body.";
            return Answer::error(403, 403, message);
        }
        let fields = if content_type.starts_with("application/json") { json(body) } else { pairs(body) };
        let given = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if given("client_id") != Some(&self.id) || given("client_secret") != Some(&self.secret) {
            return Answer::error(403, 0, "Wrong credentials");
        }
        let (token, remaining) = self.issue(now);
        Answer::json(200, &wire::token_json(token, remaining.as_secs()))
    }

    /// True if the `Authorization` field has the token, and the token is still valid.
    pub fn accepts(&self, authorization: &str, now: Instant) -> bool {
        let bearer = authorization.strip_prefix("Bearer ");
        self.token.as_ref().is_some_and(|token| now < token.until && bearer == Some(&token.value))
    }

    /// Ends the token's life.
    pub fn expire(&mut self) {
        self.token = None;
    }

    fn issue(&mut self, now: Instant) -> (&str, Duration) {
        let current = self.token.take().filter(|token| now < token.until);
        let fresh = || Token {
            value: format!("papi-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)),
            until: now + self.life,
        };
        let token = self.token.insert(current.unwrap_or_else(fresh));
        (&token.value, token.until.saturating_duration_since(now))
    }
}

fn has(pairs: &[(String, String)], name: &str) -> bool {
    pairs.iter().any(|(key, _)| key == name)
}

fn pairs(form: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

/// An object's texts; nothing of anything else.
fn json(body: &[u8]) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Vec::new() };
    fields.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use connector_host::http::media::FORM;

    const LIFE: Duration = Duration::from_secs(100);

    fn auth() -> Auth {
        Auth::new("me".to_owned(), "it's ü".to_owned(), LIFE)
    }

    fn token(answer: &Answer) -> (String, u64) {
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        (body["data"]["token"].as_str().unwrap().to_owned(), body["data"]["expires_in"].as_u64().unwrap())
    }

    #[test]
    fn the_form_and_json_are_taken_and_give_one_token_for_its_life() {
        let (mut auth, start) = (auth(), Instant::now());
        let (first, life) = token(&auth.log_in("", FORM, b"client_id=me&client_secret=it%27s+%C3%BC", start));
        let json = r#"{"client_id":"me","client_secret":"it's ü"}"#.as_bytes();
        let later = start + Duration::from_secs(40);
        let (second, rest) = token(&auth.log_in("", "application/json", json, later));
        assert_eq!((first == second, life, rest), (true, 100, 60), "`expires_in` is what remains");
        assert!(auth.accepts(&format!("Bearer {first}"), later) && !auth.accepts(&first, later));
        assert!(!auth.accepts(&format!("Bearer {first}"), start + LIFE));
        let (third, _) = token(&auth.log_in("", "application/json", json, start + LIFE));
        assert_ne!(first, third);
    }

    #[test]
    fn wrong_credentials_and_a_secret_in_the_query_are_refused() {
        for (query, body) in [
            ("", "client_id=me&client_secret=no"),
            ("", "client_id=you&client_secret=it%27s+%C3%BC"),
            ("", ""),
            ("client_id=me&client_secret=it%27s+%C3%BC", "client_id=me&client_secret=it%27s+%C3%BC"),
        ] {
            let answer = auth().log_in(query, FORM, body.as_bytes(), Instant::now());
            assert_eq!(answer.status, 403, "{query} {body}");
            assert!(!String::from_utf8(answer.body).unwrap().contains("papi"));
        }
    }
}
