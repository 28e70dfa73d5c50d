//! A request as the guest describes it, and the check of its header fields.
//!
//! Pure. The guest names secrets by handle; [`gateway`](super::gateway) turns this into an
//! [`Outbound`](super::Outbound). The contract's generated types are not used here, so that the gateway needs no wasm.

use super::secrets::SecretHandle;
use super::{HttpError, Method};

/// The `Authorization` header a guest asks for.
#[derive(Debug, Clone)]
pub enum GuestAuthorization {
    /// No header.
    None,
    /// RFC 6750: `Bearer` and the secret.
    Bearer(SecretHandle),
    /// RFC 7617: the user name, and the secret as the password.
    Basic(String, SecretHandle),
}

/// The value of one form field.
#[derive(Debug, Clone)]
pub enum GuestValue {
    /// Plain text.
    Text(String),
    /// The secret's value.
    Secret(SecretHandle),
}

/// The body a guest asks for.
#[derive(Debug, Clone)]
pub enum GuestBody {
    /// No body.
    Empty,
    /// `application/x-www-form-urlencoded`; the transport encodes it and sets `Content-Type`.
    Form(Vec<(String, GuestValue)>),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// A request as a guest describes it.
#[derive(Debug, Clone)]
pub struct GuestRequest {
    /// The method.
    pub method: Method,
    /// An absolute URL.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// The `Authorization` header.
    pub authorization: GuestAuthorization,
    /// The body.
    pub body: GuestBody,
}

/// Fields that are the host's, and why.
const REFUSED: &[(&str, &str)] = &[
    ("authorization", "use the request's `authorization`"),
    ("cookie", "the host keeps no cookies"),
    ("cookie2", "the host keeps no cookies"),
    ("host", "it follows from the URL"),
    ("content-length", "it follows from the body"),
    ("expect", "the host decides when the body goes"),
    // Hop-by-hop (RFC 9110, 7.6.1): they could make one request look like two to a proxy on the way.
    ("connection", "it belongs to the connection"),
    ("http2-settings", "it belongs to the connection"),
    ("keep-alive", "it belongs to the connection"),
    ("te", "it belongs to the connection"),
    ("trailer", "it belongs to the connection"),
    ("transfer-encoding", "it belongs to the connection"),
    ("upgrade", "it belongs to the connection"),
    // An answer in pieces, or in a coding or charset the host does not read, could carry an echoed secret unseen.
    ("accept-charset", "the host must be able to read the answer"),
    ("accept-encoding", "the host must be able to read the answer"),
    ("if-range", "the host must be able to read the answer"),
    ("range", "the host must be able to read the answer"),
];

/// Checks the header fields of a request.
///
/// # Errors
/// [`HttpError::Denied`] names the field, never its value.
pub(super) fn check_headers(request: &GuestRequest) -> Result<(), HttpError> {
    for (name, value) in &request.headers {
        check_header(name, value)?;
        if matches!(request.body, GuestBody::Form(_)) && name.eq_ignore_ascii_case("content-type") {
            return denied("content-type", "the host sets it for a form");
        }
    }
    Ok(())
}

fn check_header(name: &str, value: &str) -> Result<(), HttpError> {
    if name.is_empty() || !name.bytes().all(is_token) {
        // Escaped, since it may hold a line break that would forge a line of a log.
        return denied(&name.escape_debug().to_string(), "its name is not a token (RFC 9110, 5.6.2)");
    }
    if value.chars().any(|character| character.is_control() && character != '\t') {
        return denied(name, "its value has a control character");
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("proxy-") {
        return denied(name, "it belongs to the connection");
    }
    match REFUSED.iter().find(|(refused, _)| *refused == lower) {
        Some((_, reason)) => denied(name, reason),
        None => Ok(()),
    }
}

/// RFC 9110, 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

fn denied(name: &str, reason: &str) -> Result<(), HttpError> {
    Err(HttpError::Denied(format!("the header field `{name}` is refused: {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Result<(), HttpError> {
        check_headers(&GuestRequest {
            method: Method::Get,
            url: String::new(),
            headers: vec![("accept".into(), "*/*".into()), (name.into(), value.into())],
            authorization: GuestAuthorization::None,
            body: GuestBody::Empty,
        })
    }

    #[test]
    fn ordinary_fields_pass() {
        for (name, value) in
            [("Accept", "application/json"), ("X-Personio-App-ID", "ELEARNIO"), ("x", ""), ("if-match", "\"ü\"\t")]
        {
            assert_eq!(check(name, value), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_hosts_own_fields_are_refused_in_any_case() {
        for name in [
            "Authorization",
            "HOST",
            "Content-Length",
            "cookie",
            "Transfer-Encoding",
            "Connection",
            "Proxy-Authorization",
            "proxy-anything",
            "Upgrade",
            "TE",
            "Trailer",
            "Keep-Alive",
            "Expect",
            "Accept-Encoding",
            "Range",
        ] {
            assert!(matches!(check(name, "x"), Err(HttpError::Denied(text)) if text.contains(name)), "{name}");
        }
    }

    #[test]
    fn injected_lines_are_refused_and_not_repeated() {
        for (name, value) in [
            ("x", "a\r\nHost: evil.example"),
            ("x", "a\nb"),
            ("x", "a\0b"),
            ("x", "a\u{7f}"),
            ("x\r\nHost", "evil.example"),
            ("x y", "a"),
            ("x:", "a"),
            ("ü", "a"),
            ("", "a"),
        ] {
            let text = check(name, value).map_err(|error| error.to_string());
            assert!(
                text.as_ref().is_err_and(|text| !text.contains('\n') && !text.contains("evil")),
                "{name:?} {text:?}"
            );
        }
    }
}
