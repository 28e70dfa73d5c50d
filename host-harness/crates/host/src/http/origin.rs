//! Where a request may go, or a secret may be sent: scheme, host and port.
//!
//! Pure, and the only place that turns text into an origin, so that a manifest's `https://api.personio.de` and a
//! request's `HTTPS://API.Personio.de:443/v1/auth` compare equal. Comparing URLs as text was rejected: it is what odd
//! spellings get around.
//!
//! | text | taken as |
//! |---|---|
//! | `https://api.personio.de`, `HTTPS://API.PERSONIO.DE:443/` | `https://api.personio.de` |
//! | `http://127.0.0.1:8080`, `http://0x7f.1:8080`, `http://2130706433:8080` | `http://127.0.0.1:8080` |
//! | `http://[::1]:8080` | `http://[::1]:8080` |
//! | `api.personio.de`, `ftp://…`, `https://user@…`, a path, a query, `*` | refused |
//! | `https://api.personio.de.` (trailing dot) | refused: another spelling of a name must not pass for it |

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// The schemes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn of(url: &Url) -> Option<Self> {
        match url.scheme() {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Scheme, host and port (RFC 6454). `Display` leaves out the scheme's own port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// A text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an origin: {reason}; write scheme, host and, if not the scheme's own, port, such as `https://api.personio.de` or `http://127.0.0.1:8080`"
)]
pub struct OriginError {
    text: String,
    reason: &'static str,
}

impl Origin {
    /// Reads an origin from a manifest, a settings file or the command line.
    ///
    /// # Errors
    /// When the text has another scheme than http or https, no host, or more than an origin. The error says the
    /// accepted form; it leaves out a user name and password, should the text have them.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let refuse = |text: &str, reason| OriginError { text: text.to_owned(), reason };
        let url = Url::parse(text.trim()).map_err(|_| refuse(text, "it is not a URL with a scheme and a host"))?;
        if has_userinfo(&url) {
            return Err(refuse("…@…", "it has a user name or password"));
        }
        if Scheme::of(&url).is_none() {
            return Err(refuse(text, "its scheme is neither https nor http"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse(text, "it has a path, a query or a fragment"));
        }
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return Err(refuse(text, "a host is named in full, without `*`"));
        }
        if url.host_str().is_some_and(|host| host.ends_with('.')) {
            return Err(refuse(text, "its host ends with a dot"));
        }
        Self::of(&url).ok_or_else(|| refuse(text, "it has no host"))
    }

    /// A URL's origin; none if it is neither http nor https.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = Scheme::of(url)?;
        Some(Self { scheme, host: url.host()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// True for `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// The address, if the host is written as one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.default_port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// True if a URL has a user name or a password in it.
pub(super) fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_one_text_however_it_is_written() {
        for (text, expected) in [
            ("https://api.personio.de", "https://api.personio.de"),
            ("HTTPS://API.Personio.DE:443/", "https://api.personio.de"),
            (" https://api.personio.de ", "https://api.personio.de"),
            ("https://api.personio.de:8443", "https://api.personio.de:8443"),
            ("http://localhost:80", "http://localhost"),
            ("https://localhost:80", "https://localhost:80"),
            ("http://0x7f.1:8080", "http://127.0.0.1:8080"),
            ("http://2130706433", "http://127.0.0.1"),
            ("http://127.0.0.1.", "http://127.0.0.1"),
            ("http://[::FFFF:127.0.0.1]:1", "http://[::ffff:7f00:1]:1"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn more_or_less_than_an_origin_is_refused_and_the_accepted_form_is_named() {
        for text in [
            "",
            "api.personio.de",
            "https://",
            "ftp://api.personio.de",
            "file:///etc/passwd",
            "https://api.personio.de/v1",
            "https://api.personio.de?x",
            "https://api.personio.de#x",
            "https://*.personio.de",
            "https://api.personio.de.",
            "https://me@api.personio.de",
        ] {
            let error = Origin::parse(text).unwrap_err().to_string();
            assert!(error.contains("such as `https://api.personio.de`"), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_in_a_refused_text_is_not_repeated() {
        let error = Origin::parse("https://me:hunter2@api.personio.de").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
