//! A service with an operator and customers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is a failed test")]

use personio_mock::{CLIENT_ID, CLIENT_SECRET};
use serde_json::{Value, json};

use super::api::Api;
use super::browser::Browser;
use super::process::{Options, Service};
use super::wait_for;
use super::wire::Wire;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A service whose operator has signed in.
pub struct Console {
    /// The process.
    pub service: Service,
    /// What sends requests, with the secrets that no answer may hold.
    pub wire: Wire,
    /// The operator's browser.
    pub operator: Browser,
    /// The operator's token.
    pub api: Api,
}

/// A tenant with an admin.
pub struct Customer {
    /// Its ID.
    pub id: String,
    /// Its admin's address.
    pub email: String,
    /// Its admin's browser.
    pub admin: Browser,
    /// Its admin's token.
    pub api: Api,
}

impl Console {
    /// Starts a service and signs its operator in.
    #[must_use]
    pub fn start(options: Options) -> Self {
        Self::of(Service::start(options))
    }

    /// Signs a started service's operator in.
    #[must_use]
    pub fn of(mut service: Service) -> Self {
        let wire = service.wire();
        for secret in [CLIENT_SECRET, PASSWORD, "$argon2"] {
            wire.keep_secret(secret);
        }
        let mut operator = Browser::by_link(&wire, &service.link, PASSWORD);
        service.has_no_operator = false;
        let token = operator.token("operator");
        let api = Api::new(&wire, &token);
        wire.keep_secret(&token);
        Self { service, wire, operator, api }
    }

    /// Sets a tenant up, whose admin signs in.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn customer(&self, name: &str) -> Customer {
        let email = format!("admin@{}.example", name.to_lowercase().replace(' ', "-"));
        let answer = self.api.post_json("/api/v1/tenants", &json!({ "name": name, "email": email, "language": "en" }));
        assert_eq!(answer.status, 201, "{answer:?}");
        let created = answer.json();
        let mut admin = Browser::by_link(&self.wire, created["sign_in_link"].as_str().unwrap(), PASSWORD);
        let token = admin.token("a program");
        self.wire.keep_secret(&token);
        let id = created["tenant"]["id"].as_str().unwrap().to_owned();
        Customer { id, email, admin, api: Api::new(&self.wire, &token) }
    }
}

/// What an integration with the stand-in at this origin is set up with.
#[must_use]
pub fn form(name: &str, origin: &str) -> Value {
    json!({
        "name": name, "type": "personio", "values": { "client-id": CLIENT_ID, "endpoint": origin },
        "secrets": { "client-secret": CLIENT_SECRET }, "mail-to": ["hr@customer.example"], "mail-language": "en",
        "send-invitations": true, "group-assignment": "department",
    })
}

/// The fields of the page's form for a new integration with the stand-in at this origin, and the button that is pressed.
#[must_use]
pub const fn page_form<'a>(name: &'a str, origin: &'a str, action: &'a str) -> [(&'a str, &'a str); 9] {
    [
        ("revision", "0."),
        ("name", name),
        ("type", "personio"),
        ("setting.client-id", CLIENT_ID),
        ("setting.client-secret", CLIENT_SECRET),
        ("setting.endpoint", origin),
        ("mail-language", "en"),
        ("schedule", "off"),
        ("action", action),
    ]
}

impl Customer {
    /// Sets an integration with the stand-in at this origin up.
    #[must_use]
    pub fn integration(&self, name: &str, origin: &str) -> String {
        self.integration_of(&form(name, origin))
    }

    /// Sets an integration up.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn integration_of(&self, form: &Value) -> String {
        let answer = self.api.post_json("/api/v1/integrations", form);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Starts a `sync` or a `preview`; gives the run's ID.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn begin(&self, integration: &str, what: &str) -> String {
        let answer = self.api.post(&format!("/api/v1/integrations/{integration}/{what}"));
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["run"].as_str().unwrap().to_owned()
    }

    /// A run as it is now.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn run(&self, run: &str) -> Value {
        let answer = self.api.get(&format!("/api/v1/runs/{run}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// A run at its end.
    #[must_use]
    pub fn ended(&self, run: &str) -> Value {
        wait_for("end of the run", || Some(self.run(run)).filter(|run| run["state"] == "ended"))
    }

    /// Syncs or previews; gives the run at its end.
    #[must_use]
    pub fn done(&self, integration: &str, what: &str) -> Value {
        self.ended(&self.begin(integration, what))
    }

    /// Approves a run's plan; gives the run that applies it.
    ///
    /// # Panics
    /// When it is refused.
    #[must_use]
    pub fn approve(&self, run: &Value) -> String {
        let path = format!("/api/v1/runs/{}/approve", run["id"].as_str().unwrap());
        let answer = self.api.post_json(&path, &json!({ "plan_hash": run["plan_hash"] }));
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["run"].as_str().unwrap().to_owned()
    }
}
