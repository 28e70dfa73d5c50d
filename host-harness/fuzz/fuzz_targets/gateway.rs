//! The gateway: whatever a guest asks for, what leaves is a request to the one origin that is allowed, with the guest's own
//! fields alone, and with a body only where a server reads it.
//!
//! An input is a line for the URL, lines for header fields, and a body after an empty line; its first byte is the method.

#![no_main]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connector_host::http::{
    EgressPolicy, Gateway, GuestAuthorization, GuestBody, GuestRequest, HttpError, HttpLimits, Inbound, Method, Origin,
    Outbound, OutboundBody, Transport, Vault,
};
use libfuzzer_sys::fuzz_target;

const ALLOWED: &str = "https://api.hr.example";

/// Keeps what it is to send, and sends it back to where the input says.
struct Kept {
    sent: Mutex<Vec<Outbound>>,
    location: String,
}

#[async_trait]
impl Transport for Kept {
    async fn send(&self, request: &Outbound, _: u64) -> Result<Inbound, HttpError> {
        self.sent.lock().unwrap().push(request.clone());
        let headers = vec![("location".to_owned(), self.location.clone())];
        Ok(Inbound { status: 307, headers, body: Vec::new() })
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((method, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default();
    // Half of all inputs begin where a request may go.
    let url = if method & 0x80 == 0 { format!("{ALLOWED}{first}") } else { first.to_owned() };
    let method = Method::ALL[usize::from(method & 0x7f) % Method::ALL.len()];
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: Vec<(String, String)> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = if body.is_empty() { GuestBody::Empty } else { GuestBody::Bytes(body.as_bytes().to_vec()) };
    let request = GuestRequest { method, url, headers, authorization: GuestAuthorization::None, body };

    let origin = Origin::parse(ALLOWED).unwrap();
    let transport = Arc::new(Kept { sent: Mutex::default(), location: first.to_owned() });
    let policy = EgressPolicy::new([origin.clone()], []);
    let mut gateway = Gateway::new(policy, Arc::clone(&transport) as _, Vault::new(), HttpLimits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _ = runtime.block_on(gateway.send(request));

    for sent in transport.sent.lock().unwrap().iter() {
        assert_eq!(Origin::of(&sent.url), Some(origin.clone()), "{}", sent.url);
        assert!(sent.url.username().is_empty() && sent.url.password().is_none(), "{}", sent.url);
        assert!(sent.headers.len() <= 101, "{} fields", sent.headers.len());
        for (name, value) in &sent.headers {
            let name = name.to_ascii_lowercase();
            // As a server compares them that keeps fields as variables.
            let variable = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
            assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'), "{name:?}");
            assert!(!value.contains(['\r', '\n', '\0']), "{value:?}");
            let own = ["host", "authorization", "cookie", "content-length", "transfer-encoding", "connection", "te"];
            let astray = ["forwarded", "x-http-method", "x-http-method-override", "x-method-override"];
            assert!(!own.iter().chain(&astray).any(|refused| *refused == variable), "{name}");
            let beginnings = ["x-forwarded", "x-original-", "proxy-"];
            assert!(!beginnings.iter().any(|start| variable.starts_with(start)), "{name}");
            assert!(name != "accept" || !value.to_ascii_lowercase().contains("charset"), "{value}");
        }
        let reads = !matches!(sent.method, Method::Get | Method::Head);
        assert!(reads || matches!(sent.body, OutboundBody::Empty), "a body with {:?}", sent.method);
    }
});
