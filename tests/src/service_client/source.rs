//! The stand-in for Personio, in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]

use personio_mock::company::Company;
use personio_mock::{MockOptions, Rule, Server};
use tokio::runtime::Runtime;

/// A company that can be synced.
pub struct Source {
    server: Option<Server>,
    runtime: Option<Runtime>,
    /// Its people.
    pub company: Company,
}

impl Source {
    /// So many invented people.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn of(people: usize) -> Self {
        Self::with(Company::generate("firma", people, 7), |_| {})
    }

    /// With options.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn with(company: Company, change: impl FnOnce(&mut MockOptions)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut options = MockOptions { rate_limits: false, ..MockOptions::new(company.clone()) };
        change(&mut options);
        let server = runtime.block_on(Server::start(options)).unwrap();
        Self { server: Some(server), runtime: Some(runtime), company }
    }

    /// The server.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it is there until it is dropped")
    }

    /// Where it answers.
    #[must_use]
    pub fn origin(&self) -> String {
        self.server().origin()
    }

    /// One thing more that goes wrong, such as `slow-drip=1000@1x*`.
    ///
    /// # Panics
    /// When this is no rule.
    pub fn fault(&self, rule: &str) {
        self.server().admin().add_fault(rule.parse::<Rule>().unwrap());
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        self.server().admin().clear_faults();
    }

    /// How many pages of people were asked for.
    #[must_use]
    pub fn pages_asked(&self) -> usize {
        self.server().requests().iter().filter(|seen| seen.request == "GET /v1/company/employees").count()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // The server's task is in the runtime.
        drop(self.server.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
