//! A program that uses the API.

use serde_json::Value;

use super::wire::{Answer, Request, Wire};

/// A program with a token.
#[derive(Clone)]
pub struct Api {
    /// What sends its requests.
    pub wire: Wire,
    /// Its token.
    pub token: String,
}

impl Api {
    /// With this token.
    #[must_use]
    pub fn new(wire: &Wire, token: &str) -> Self {
        Self { wire: wire.clone(), token: token.to_owned() }
    }

    /// Sends a request.
    #[must_use]
    pub fn send(&self, request: Request) -> Answer {
        self.wire.send(&request.header("Authorization", &format!("Bearer {}", self.token)))
    }

    /// `GET`.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::new("GET", path))
    }

    /// `POST` without a body.
    #[must_use]
    pub fn post(&self, path: &str) -> Answer {
        self.send(Request::new("POST", path))
    }

    /// `POST` with JSON.
    #[must_use]
    pub fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("POST", path).json(body))
    }

    /// `PUT` with JSON.
    #[must_use]
    pub fn put_json(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("PUT", path).json(body))
    }
}
