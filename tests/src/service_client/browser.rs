//! A reader's browser: cookies, and the hidden field of every form.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use std::collections::BTreeMap;

use super::wire::{Answer, Request, Wire};

/// A browser, signed in or not. It follows no redirect by itself.
#[derive(Clone)]
pub struct Browser {
    /// What sends its requests.
    pub wire: Wire,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
    /// The hidden field of the last page that had one.
    pub csrf: String,
}

impl Browser {
    /// One that nobody is signed in with.
    #[must_use]
    pub fn new(wire: &Wire) -> Self {
        Self { wire: wire.clone(), cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// Sets a password by a one-time link, which signs in.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn by_link(wire: &Wire, link: &str, password: &str) -> Self {
        let mut browser = Self::new(wire);
        let answer = browser.welcome(link, password);
        assert_eq!((answer.status, answer.location().is_empty()), (303, false), "{answer:?}");
        browser.get("/account");
        browser
    }

    /// Sets a password by a one-time link.
    ///
    /// # Panics
    /// When this is no link.
    pub fn welcome(&mut self, link: &str, password: &str) -> Answer {
        let path = link.split_once("/welcome/").map(|(_, token)| format!("/welcome/{token}")).expect("a link");
        self.send(Request::new("POST", &path).form(&[("password", password), ("password-again", password)]))
    }

    /// Signs in.
    pub fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.send(Request::new("POST", "/sign-in").form(&[("email", email), ("password", password)]))
    }

    /// `GET`.
    pub fn get(&mut self, path: &str) -> Answer {
        self.send(Request::new("GET", path))
    }

    /// Sends a form with its hidden field.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let fields: Vec<(&str, &str)> =
            std::iter::once(("csrf", csrf.as_str())).chain(fields.iter().copied()).collect();
        self.send(Request::new("POST", path).form(&fields))
    }

    /// Sends a request with the cookies.
    ///
    /// # Panics
    /// When a cookie is none.
    pub fn send(&mut self, request: Request) -> Answer {
        let request = self.with_cookies(request);
        let answer = self.wire.send(&request);
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').expect("a cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some((_, rest)) = answer.body.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf);
        }
        answer
    }

    /// A request with the cookies.
    #[must_use]
    pub fn with_cookies(&self, request: Request) -> Request {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { request } else { request.header("Cookie", &cookies.join("; ")) }
    }

    /// Makes a token for the API.
    ///
    /// # Panics
    /// When none is shown.
    pub fn token(&mut self, name: &str) -> String {
        let answer = self.post("/account/tokens", &[("name", name)]);
        let at = answer.body.find("harness_").unwrap_or_else(|| panic!("a token: {answer:?}"));
        answer.body.get(at..at + 72).expect("a whole token").to_owned()
    }
}
