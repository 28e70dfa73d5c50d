//! Resolves a host's name to the addresses that may be connected to.
//!
//! [`Checked`] stands between the client and the name lookup: it asks the [policy](EgressPolicy::check_address) of every
//! address and hands on those very addresses. If one is refused, all are: a name that resolves to both a public and an
//! internal address is suspect as a whole.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{EgressPolicy, Origin};

/// Looks names up.
#[async_trait::async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a host's name.
    ///
    /// # Errors
    /// When there is no answer. The words may come to the guest.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the operating system.
pub struct System;

#[async_trait::async_trait]
impl Lookup for System {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Resolves one origin's name to addresses that the policy lets through.
pub(super) struct Checked {
    policy: Arc<EgressPolicy>,
    lookup: Arc<dyn Lookup>,
    origin: Origin,
}

impl Checked {
    pub(super) fn new(policy: Arc<EgressPolicy>, lookup: Arc<dyn Lookup>, origin: Origin) -> Self {
        Self { policy, lookup, origin }
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, lookup, origin) = (Arc::clone(&self.policy), Arc::clone(&self.lookup), self.origin.clone());
        Box::pin(async move {
            let addresses = lookup.addresses(name.as_str()).await?;
            for address in &addresses {
                policy.check_address(&origin, *address)?;
            }
            // The port is the client's to fill in.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use super::*;
    use crate::http::HttpError;

    /// Answers with one list after the other, and then with nothing.
    struct Changing(Mutex<VecDeque<Vec<IpAddr>>>);

    #[async_trait::async_trait]
    impl Lookup for Changing {
        async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
            assert_eq!(host, "api.example.com");
            Ok(self.0.lock().unwrap().pop_front().unwrap_or_default())
        }
    }

    /// What each of these answers becomes.
    async fn resolved<const N: usize>(answers: [&[&str]; N]) -> [Result<Vec<String>, String>; N] {
        let origin = Origin::parse("https://api.example.com").unwrap();
        let parse = |list: &[&str]| list.iter().map(|address| address.parse().unwrap()).collect();
        let lookup = Arc::new(Changing(Mutex::new(answers.into_iter().map(parse).collect())));
        let checked = Checked::new(Arc::new(EgressPolicy::new([origin.clone()], [])), lookup, origin);
        let mut outcomes = Vec::new();
        for _ in answers {
            outcomes.push(match checked.resolve("api.example.com".parse().unwrap()).await {
                Ok(addresses) => Ok(addresses.map(|address| address.to_string()).collect()),
                Err(error) => Err(error.downcast::<HttpError>().unwrap().to_string()),
            });
        }
        outcomes.try_into().unwrap()
    }

    #[tokio::test]
    async fn what_was_checked_is_what_is_connected_to() {
        let [first, second] = resolved([&["8.8.8.8", "2a00::1"], &["127.0.0.1"]]).await;
        assert_eq!(first, Ok(vec!["8.8.8.8:0".to_owned(), "[2a00::1]:0".to_owned()]));
        assert!(second.is_err());
    }

    #[tokio::test]
    async fn an_answer_that_mixes_public_and_private_addresses_is_refused_as_a_whole() {
        let mixed: [&[&str]; 4] =
            [&["8.8.8.8", "10.1.2.3"], &["10.1.2.3", "8.8.8.8"], &["8.8.8.8", "::ffff:10.1.2.3"], &["169.254.169.254"]];
        for outcome in resolved(mixed).await {
            let text = outcome.unwrap_err();
            assert!(text.starts_with("https://api.example.com leads to a private address; "), "{text}");
            assert!(!text.contains("10.1.2.3") && !text.contains("169.254"), "{text}");
        }
    }
}
