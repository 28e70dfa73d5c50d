//! Where requests may go. **Nothing is allowed unless it is named: an empty policy denies everything.**
//!
//! The first layer of egress, asked before replay and before the network, and again on every redirect
//! ([`check_url`](EgressPolicy::check_url)); and the second, asked for every address a name resolves to
//! ([`check_address`](EgressPolicy::check_address)). It needs no wasm and no socket. An origin is named in one of two
//! ways, and they do not mean the same:
//!
//! | named by | `https` | plain `http` | addresses that are not public |
//! |---|---|---|---|
//! | the component's manifest | yes | no | no |
//! | the manifest, but the platform grants others only: `--grant-origin ORIGIN` | no | no | no |
//! | the platform: `--allow-origin ORIGIN` | yes | yes | yes |
//! | nobody | no | no | no |
//!
//! | a request's URL | verdict with `https://api.personio.de` in the manifest |
//! |---|---|
//! | `https://api.personio.de/v1/auth`, `HTTPS://API.Personio.de:443/` | allowed |
//! | `http://api.personio.de/`, `https://api.personio.de:8443/` | refused: another origin |
//! | `https://evil.api.personio.de/` | refused: another origin |
//! | `https://api.personio.de./` | refused: another spelling of a name must not pass for it |
//! | `https://api.personio.de@evil.example/`, `https://me@api.personio.de/` | refused: user name in the URL |
//! | `file:`, `data:`, `ftp:` … | refused: only https and http |
//! | `https://0x7f.1/`, `https://2130706433/`, `https://[::ffff:127.0.0.1]/` | refused: they are 127.0.0.1 |
//!
//! Rejected: wildcards (`*.personio.de`), because somebody who controls one name under a domain would get every secret bound
//! to it; and a list of forbidden hosts, because it is never complete.

use std::collections::BTreeSet;
use std::net::IpAddr;

use url::Url;

use super::address;
use super::origin::has_userinfo;
use super::{HttpError, Origin};

/// The origins that may be reached; see the module's tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    granted: BTreeSet<Origin>,
    withheld: BTreeSet<Origin>,
    allowed: BTreeSet<Origin>,
}

impl EgressPolicy {
    /// Allows nothing.
    #[must_use]
    pub fn deny_all() -> Self {
        Self::default()
    }

    /// Allows what the component's manifest names, and what the platform allowed by name.
    #[must_use]
    pub fn new(manifest: impl IntoIterator<Item = Origin>, allowed: impl IntoIterator<Item = Origin>) -> Self {
        Self {
            granted: manifest.into_iter().collect(),
            withheld: BTreeSet::new(),
            allowed: allowed.into_iter().collect(),
        }
    }

    /// The same with only these of the manifest's origins. What the manifest does not name is not granted by this.
    #[must_use]
    pub fn granting(mut self, only: impl IntoIterator<Item = Origin>) -> Self {
        let only: BTreeSet<Origin> = only.into_iter().collect();
        let (granted, withheld): (BTreeSet<_>, BTreeSet<_>) =
            self.granted.into_iter().partition(|origin| only.contains(origin));
        self.withheld.extend(withheld);
        self.granted = granted;
        self
    }

    /// Judges a URL: its scheme, host and port, and its address if it is written as one.
    ///
    /// # Errors
    /// [`HttpError::Denied`] names the origin and the line that would allow it; never the path or the query.
    pub fn check_url(&self, url: &Url) -> Result<(), HttpError> {
        let Some(origin) = Origin::of(url) else {
            return denied(format!("a `{}:` URL is not allowed: only https and http are", url.scheme()));
        };
        if has_userinfo(url) {
            return denied(format!("a URL for {origin} has a user name or password in it: use `authorization`"));
        }
        if url.host_str().is_some_and(|host| host.ends_with('.')) {
            return denied(format!("{origin} ends with a dot: write the host without it"));
        }
        if self.allowed.contains(&origin) {
            return Ok(());
        }
        if self.withheld.contains(&origin) {
            return denied(format!(
                "{origin} is an origin that this connector asks for but was not granted; to allow it, add \
                 --grant-origin {origin}"
            ));
        }
        if !self.granted.contains(&origin) {
            return denied(format!("{origin} is not an origin this connector may reach; {}", remedy(&origin)));
        }
        if !origin.is_https() {
            return denied(format!("{origin} is plain http, which is not encrypted; {}", remedy(&origin)));
        }
        origin.address().map_or(Ok(()), |address| self.check_address(&origin, address))
    }

    /// Judges an address that an origin's host resolved to.
    ///
    /// # Errors
    /// [`HttpError::Denied`] if it is not a public one and the platform did not allow the origin by name. The guest reads
    /// it, so that it does not have the address: what a name resolves to inside the platform's network goes only to the log.
    pub fn check_address(&self, origin: &Origin, address: IpAddr) -> Result<(), HttpError> {
        if self.allowed.contains(origin) {
            return Ok(());
        }
        let Some(kind) = address::refusal(address) else { return Ok(()) };
        tracing::warn!(%origin, %address, kind, "refused an address that is not public");
        denied(format!("{origin} leads to a private address; {}", remedy(origin)))
    }
}

fn denied(text: String) -> Result<(), HttpError> {
    Err(HttpError::Denied(text))
}

/// The line that would allow an origin.
fn remedy(origin: &Origin) -> String {
    format!("if it should be reached, allow it by name: --allow-origin {origin}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    const MANIFEST: [&str; 3] = ["https://api.personio.de", "http://plain.example", "https://10.0.0.1"];
    const ALLOWED: [&str; 2] = ["http://127.0.0.1:8080", "https://intern.example"];

    fn origins(texts: &[&str]) -> Vec<Origin> {
        texts.iter().map(|text| Origin::parse(text).unwrap()).collect()
    }

    fn policy() -> EgressPolicy {
        EgressPolicy::new(origins(&MANIFEST), origins(&ALLOWED))
    }

    fn refusal(policy: &EgressPolicy, url: &str) -> Option<String> {
        policy.check_url(&Url::parse(url).unwrap()).err().map(|error| error.to_string())
    }

    #[test]
    fn named_origins_pass_in_every_spelling() {
        for url in [
            "https://api.personio.de/v1/auth?x=1#y",
            "HTTPS://API.Personio.DE:443/",
            "https://api.personio.de:0443/",
            "http://127.0.0.1:8080/",
            "http://0x7f.1:8080/",
            "http://2130706433:8080/",
            "http://0177.0.0.1:8080/",
            "http://127.1.:8080/",
            "https://intern.example/",
        ] {
            assert_eq!(refusal(&policy(), url), None, "{url}");
        }
    }

    #[test]
    fn every_other_url_is_refused_with_the_line_that_would_allow_it() {
        for (url, line) in [
            ("https://evil.example/", "--allow-origin https://evil.example"),
            ("https://evil.api.personio.de/", "--allow-origin https://evil.api.personio.de"),
            ("https://api.personio.de.evil.example/", "--allow-origin https://api.personio.de.evil.example"),
            ("https://api.personio.de./", "write the host without it"),
            ("https://api.personio.de:8443/", "--allow-origin https://api.personio.de:8443"),
            ("http://api.personio.de/", "--allow-origin http://api.personio.de"),
            ("http://api.personio.de:443/", "--allow-origin http://api.personio.de:443"),
            ("http://127.0.0.1:8081/", "--allow-origin http://127.0.0.1:8081"),
            ("https://127.0.0.1:8080/", "--allow-origin https://127.0.0.1:8080"),
            ("https://0x7f.1/", "--allow-origin https://127.0.0.1"),
            ("https://2130706433/", "--allow-origin https://127.0.0.1"),
            ("https://[::ffff:127.0.0.1]/", "--allow-origin https://[::ffff:7f00:1]"),
            ("http://[::ffff:127.0.0.1]:8080/", "--allow-origin http://[::ffff:7f00:1]:8080"),
            ("http://169.254.169.254/latest", "--allow-origin http://169.254.169.254"),
            // In the manifest, but it takes the platform to allow these two.
            ("http://plain.example/", "--allow-origin http://plain.example"),
            ("https://10.0.0.1/", "--allow-origin https://10.0.0.1"),
        ] {
            let text = refusal(&policy(), url).unwrap_or_default();
            assert!(text.ends_with(line), "{url}: {text}");
        }
    }

    #[test]
    fn user_names_in_a_url_are_refused_even_for_a_named_origin() {
        for url in ["https://me@api.personio.de/", "https://:pw@api.personio.de/", "http://me:pw@127.0.0.1:8080/"] {
            let text = refusal(&policy(), url).unwrap();
            assert!(text.contains("user name") && !text.contains("pw"), "{url}: {text}");
        }
        assert!(refusal(&policy(), "https://api.personio.de@evil.example/").is_some());
    }

    #[test]
    fn other_schemes_are_refused() {
        for url in
            ["file:///etc/passwd", "ftp://api.personio.de/", "data:text/plain,x", "unix:/run/x", "ws://127.0.0.1:8080/"]
        {
            assert!(refusal(&policy(), url).unwrap().contains("only https and http"), "{url}");
        }
    }

    #[test]
    fn an_empty_policy_denies_everything() {
        for url in ["https://api.personio.de/", "http://127.0.0.1:8080/", "https://[::1]/", "file:///"] {
            assert!(refusal(&EgressPolicy::deny_all(), url).is_some(), "{url}");
        }
    }

    #[test]
    fn a_refusal_never_repeats_the_path_or_the_query() {
        let text = refusal(&policy(), "https://evil.example/people/7?email=a@b.example").unwrap();
        assert!(!text.contains("people") && !text.contains("email"), "{text}");
    }

    #[test]
    fn addresses_that_are_not_public_need_the_platforms_word() {
        let api = Origin::parse("https://api.personio.de").unwrap();
        let intern = Origin::parse("https://intern.example").unwrap();
        for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "fd00::1"]
        {
            let address = address.parse().unwrap();
            let text = policy().check_address(&api, address).unwrap_err().to_string();
            assert!(text.starts_with("https://api.personio.de leads to a private address; "), "{text}");
            assert!(text.ends_with("--allow-origin https://api.personio.de"), "{text}");
            assert_eq!(policy().check_address(&intern, address), Ok(()));
        }
        assert_eq!(policy().check_address(&api, "8.8.8.8".parse().unwrap()), Ok(()));
    }

    #[test]
    fn what_was_not_granted_is_refused_with_the_line_that_would_grant_it() {
        let asked = || origins(&["https://api.personio.de", "https://auth.personio.de"]);
        let [api, auth] = ["https://api.personio.de/v1", "https://auth.personio.de/token"];
        let all = EgressPolicy::new(asked(), []);
        assert_eq!((refusal(&all, api), refusal(&all, auth)), (None, None));
        let one = all.granting(origins(&["https://api.personio.de", "https://elsewhere.example"]));
        assert_eq!(refusal(&one, api), None);
        let text = refusal(&one, auth).unwrap();
        assert!(text.contains("not granted") && text.ends_with("--grant-origin https://auth.personio.de"), "{text}");
        // A grant gives nothing that was not asked for.
        let text = refusal(&one, "https://elsewhere.example/").unwrap();
        assert!(text.ends_with("--allow-origin https://elsewhere.example"), "{text}");
        let none = one.granting([]);
        assert!(refusal(&none, api).is_some() && refusal(&none, auth).is_some());
        // What the platform allows by name needs no grant.
        let allowed = EgressPolicy::new(asked(), origins(&["https://auth.personio.de"])).granting([]);
        assert_eq!(refusal(&allowed, auth), None);
    }
}
