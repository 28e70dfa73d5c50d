//! The server of these tests: it answers everything, badly where it can, and remembers what it saw.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use connector_host::http::{Authorization, HttpError, Inbound, Outbound, OutboundBody, Transport, Value};
use secrecy::ExposeSecret;

/// Answers without a network.
#[derive(Default)]
pub struct Source {
    tokens: AtomicU64,
    seen: Mutex<Vec<String>>,
}

impl Source {
    /// Every request that came as far as this, as one text each, secrets in the clear.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Transport for Source {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        self.seen.lock().unwrap().push(whole(request));
        let path = request.url.path().trim_start_matches('/');
        let (what, value) = path.split_once('/').unwrap_or((path, ""));
        let number = value.parse().unwrap_or(0);
        Ok(match what {
            "slow" => {
                tokio::time::sleep(Duration::from_millis(number)).await;
                answer("late".to_owned())
            }
            "size" => answer("x".repeat(value.parse().unwrap_or(0))),
            "hop" if number > 0 => redirect(&format!("/hop/{}", number - 1)),
            "to-metadata" => redirect("http://169.254.169.254/latest/"),
            "to-other" => redirect("https://other.example/landing"),
            "token" => token(self.tokens.fetch_add(1, Ordering::Relaxed)),
            _ => echo(value, &credentials(request)),
        })
    }
}

fn answer(body: String) -> Inbound {
    Inbound { status: 200, headers: Vec::new(), body: body.into_bytes() }
}

/// A login's answer, with more in it than was asked for.
fn token(number: u64) -> Inbound {
    let body = format!("{{\"token\":\"papi-{number}-papi\",\"refresh_token\":\"papi-{number}-refresh\"}}");
    let headers = vec![("x-auth-token".to_owned(), format!("papi-{number}-header"))];
    Inbound { headers, ..answer(body) }
}

fn redirect(to: &str) -> Inbound {
    Inbound { status: 302, headers: vec![("location".to_owned(), to.to_owned())], body: Vec::new() }
}

/// Sends the credentials back, in a header and in the body, in this spelling.
fn echo(spelling: &str, credentials: &str) -> Inbound {
    let spelled = match spelling {
        "upper" => credentials.to_ascii_uppercase(),
        "percent" => spell(credentials, |byte| format!("%{byte:02X}")),
        "percent-twice" => spell(credentials, |byte| format!("%25{byte:02x}")),
        "json" => spell(credentials, |byte| format!("\\u{byte:04x}")),
        "json-twice" => spell(credentials, |byte| format!("\\\\u{byte:04x}")),
        "hex" => spell(credentials, |byte| format!("{byte:02X}")),
        "html" => spell(credentials, |byte| format!("&#{byte};")),
        "base64" => credentials.replace(super::fixture::SECRET, super::fixture::SECRET_IN_BASE64),
        _ => credentials.to_owned(),
    };
    let headers = vec![("x-echo".to_owned(), spelled.clone())];
    Inbound { status: 200, headers, body: format!("echo {spelled}").into_bytes() }
}

/// A text in which each byte is spelled like this.
pub fn spell(text: &str, one: impl Fn(u8) -> String) -> String {
    text.bytes().map(one).collect()
}

/// The secrets of a request, in the clear.
fn credentials(request: &Outbound) -> String {
    let mut all = String::new();
    match &request.authorization {
        Authorization::None => {}
        Authorization::Bearer(secret) | Authorization::Basic { password: secret, .. } => {
            all.push_str(secret.expose_secret());
        }
    }
    if let OutboundBody::Form(fields) = &request.body {
        for (_, value) in fields {
            all.push_str(match value {
                Value::Text(text) => text,
                Value::Secret(secret) => secret.expose_secret(),
            });
        }
    }
    all
}

fn whole(request: &Outbound) -> String {
    let mut text = format!("{} {}", request.method.as_str(), request.url);
    for (name, value) in &request.headers {
        write!(text, " {name}: {value}").unwrap();
    }
    if let OutboundBody::Bytes(bytes) = &request.body {
        write!(text, " {}", String::from_utf8_lossy(bytes)).unwrap();
    }
    text + " " + &credentials(request)
}
