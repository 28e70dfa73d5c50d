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
    // Another method, host or path than the one that was judged, for servers that believe such a field.
    ("x-http-method", "the method is the request's"),
    ("x-http-method-override", "the method is the request's"),
    ("x-method-override", "the method is the request's"),
    ("forwarded", "it would claim that the request came another way"),
    ("via", "it would claim that the request came another way"),
    ("x-real-ip", "it would claim that the request came another way"),
    ("x-client-ip", "it would claim that the request came another way"),
    ("true-client-ip", "it would claim that the request came another way"),
    ("x-host", "it follows from the URL"),
    // An answer in pieces, or in a coding or charset the host does not read, could carry an echoed secret unseen.
    ("accept-charset", "the host must be able to read the response"),
    ("accept-encoding", "the host must be able to read the response"),
    ("if-range", "the host must be able to read the response"),
    ("range", "the host must be able to read the response"),
];

/// Names that begin like this are the connection's, or tell a server on the way that the request is another one than was
/// judged: who sends it, to which host, by which path.
const REFUSED_BEGINNINGS: &[(&str, &str)] = &[
    ("proxy-", "it belongs to the connection"),
    ("x-forwarded", "it would claim that the request came another way"),
    ("x-original-", "it would send the request to a place that was not checked"),
    ("x-rewrite-", "it would send the request to a place that was not checked"),
];

/// More fields than any request has a use for; the client's own table of them has an end that it does not cope with.
const MOST_FIELDS: usize = 100;

/// Checks the header fields of a request.
///
/// # Errors
/// [`HttpError::Denied`] names the field, never its value.
pub(super) fn check_headers(request: &GuestRequest) -> Result<(), HttpError> {
    if request.headers.len() > MOST_FIELDS {
        let (count, most) = (request.headers.len(), MOST_FIELDS);
        return Err(HttpError::Denied(format!("a request has {count} header fields; at most {most} are allowed")));
    }
    for (name, value) in &request.headers {
        check_header(name, value)?;
        if matches!(request.body, GuestBody::Form(_)) && name.eq_ignore_ascii_case("content-type") {
            return denied("content-type", "the host sets it for a form");
        }
    }
    Ok(())
}

/// Checks that a body goes only where a server has to read it.
///
/// Content of a GET or HEAD has no meaning (RFC 9110, 9.3.1), and servers that ignore it take its bytes for the next request
/// on that connection: a request that nobody here has judged, with an answer that belongs to another one.
///
/// # Errors
/// [`HttpError::Denied`] names the method.
pub(super) fn check_body(request: &GuestRequest) -> Result<(), HttpError> {
    let is_empty = match &request.body {
        GuestBody::Empty => true,
        GuestBody::Form(fields) => fields.is_empty(),
        GuestBody::Bytes(bytes) => bytes.is_empty(),
    };
    let reads = matches!(request.method, Method::Get | Method::Head);
    if !reads || is_empty {
        return Ok(());
    }
    let method = request.method.as_str();
    Err(HttpError::Denied(format!(
        "a {method} request has a body, which servers may read as another request: use POST"
    )))
}

fn check_header(name: &str, value: &str) -> Result<(), HttpError> {
    if name.is_empty() || !name.bytes().all(is_token) {
        // Escaped, since it may hold a line break that would forge a line of a log.
        return denied(&name.escape_debug().to_string(), "its name is not a token (RFC 9110, 5.6.2)");
    }
    if value.chars().any(|character| character.is_control() && character != '\t') {
        return denied(name, "its value has a control character");
    }
    let lower = as_variable(name);
    if let Some((_, reason)) = REFUSED_BEGINNINGS.iter().find(|(beginning, _)| lower.starts_with(beginning)) {
        return denied(name, reason);
    }
    if lower == "accept" && value.to_ascii_lowercase().contains("charset") {
        return denied(name, "it names a charset, and the host must be able to read the response");
    }
    match REFUSED.iter().find(|(refused, _)| *refused == lower) {
        Some((_, reason)) => denied(name, reason),
        None => Ok(()),
    }
}

/// A name as servers compare it that keep fields as variables (RFC 3875, 4.1.18): whatever is neither letter nor digit is the
/// same to them, so that `X_Forwarded_For` is `X-Forwarded-For`.
fn as_variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
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
            "X-HTTP-Method-Override",
            "X-Method-Override",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Original-URL",
            "X-Rewrite-URL",
            "Forwarded",
            // As a server reads them that keeps fields as variables.
            "X_Forwarded_For",
            "X.HTTP.Method~Override",
            "Content_Length",
            "PROXY_X",
        ] {
            assert!(matches!(check(name, "x"), Err(HttpError::Denied(text)) if text.contains(name)), "{name}");
        }
    }

    #[test]
    fn a_charset_cannot_be_asked_for() {
        for value in ["application/json;charset=utf-16le", "*/*; Charset = utf-7", "text/csv;q=1, text/plain;CHARSET=x"]
        {
            assert!(check("ACCEPT", value).is_err_and(|error| error.to_string().contains("charset")), "{value}");
        }
    }

    #[test]
    fn a_hundred_fields_pass_and_no_more() {
        let of = |count| {
            let headers = vec![("x".to_owned(), "y".to_owned()); count];
            let (method, authorization, body) = (Method::Get, GuestAuthorization::None, GuestBody::Empty);
            check_headers(&GuestRequest { method, url: String::new(), headers, authorization, body })
        };
        assert_eq!(of(100), Ok(()));
        for count in [101, 40_000] {
            let text = of(count).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(text.contains("header fields; at most 100 are allowed"), "{text}");
        }
    }

    #[test]
    fn a_body_goes_only_with_a_method_that_has_one() {
        let check = |method, body| {
            let headers = Vec::new();
            check_body(&GuestRequest {
                method,
                url: String::new(),
                headers,
                authorization: GuestAuthorization::None,
                body,
            })
        };
        let form = || GuestBody::Form(vec![("a".into(), GuestValue::Text("b".into()))]);
        for method in Method::ALL {
            let reads = matches!(method, Method::Get | Method::Head);
            for body in [form(), GuestBody::Bytes(vec![0])] {
                assert_eq!(check(method, body).is_err(), reads, "{method:?}");
            }
            for body in [GuestBody::Empty, GuestBody::Bytes(Vec::new()), GuestBody::Form(Vec::new())] {
                assert_eq!(check(method, body), Ok(()), "{method:?}");
            }
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
