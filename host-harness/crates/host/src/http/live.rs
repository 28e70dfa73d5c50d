//! The network: reqwest and rustls, with everything turned off that the host did not decide.
//!
//! - **No redirects**: the gateway judges and follows them.
//! - **No proxy from the environment**: a variable set by the person who starts the process would otherwise decide who reads
//!   the traffic of every tenant, and behind a proxy the address that is connected to can no longer be checked.
//! - **No cookies, no referer**: they carry state from one request into the next.
//! - **Addresses are checked where they are used**, by [`resolve`](super::resolve): the connection is made to an address that
//!   was judged, so that a second DNS answer cannot differ from it. Looking the name up beforehand and letting the client
//!   do so again was rejected for this reason. A host written as an address never reaches a resolver: it is checked before
//!   the request.
//! - **gzip is undone here**, and the size limit counts what comes out of it. Any other coding is an error: secrets could
//!   hide in it.
//!
//! - **Connections belong to one sync of one tenant.** A server that is wrong on purpose, or just wrong, can make one
//!   request's answer reach the next on its connection; so no two tenants ever have the same one. Each gateway takes a
//!   transport of its own ([`Transport::for_tenant`]); what they share is the certificate authorities, which are slow to
//!   load, and nothing that a server can write to: TLS sessions are kept apart too. One pool for all was measured to save a
//!   handshake per tenant, and let one tenant read another's token.
//!
//! One client per origin, since a resolver is told a host's name only: scheme and port belong to the judgement too.
//!
//! Here, and in the vault's search, is where secrets' values are read. The copies that go into a request live until it is
//! sent.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::answer;
use super::resolve::{Checked, Lookup, System};
use super::{Authorization, EgressPolicy, HttpError, Inbound, Origin, Outbound, OutboundBody, Transport, Value, media};

const USER_AGENT: &str = concat!("elearnio-connector-harness/", env!("CARGO_PKG_VERSION"));

/// The network as a transport, with connections of its own.
pub struct Live {
    shared: Arc<Shared>,
    clients: Mutex<HashMap<Origin, Client>>,
}

/// What the transports of all tenants may have in common: nothing that an answer can change.
struct Shared {
    policy: Arc<EgressPolicy>,
    lookup: Arc<dyn Lookup>,
    provider: Arc<rustls::crypto::CryptoProvider>,
    /// The system's certificate authorities, once they were asked for.
    verified: OnceLock<ClientConfig>,
}

/// How many TLS sessions a tenant's transport keeps for its next connections.
const TLS_SESSIONS: usize = 8;

impl Live {
    /// A transport that connects only to addresses this policy lets through.
    ///
    /// # Errors
    /// When TLS cannot be set up. A machine without certificate authorities is reported at the first `https` request, so
    /// that plain http on loopback works there.
    pub fn new(policy: EgressPolicy) -> Result<Self, HttpError> {
        Self::with_lookup(policy, Arc::new(System))
    }

    /// The same, with names looked up in another way than the system's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_lookup(policy: EgressPolicy, lookup: Arc<dyn Lookup>) -> Result<Self, HttpError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // The one thing here that can fail on any machine; better now than at the first request.
        without_authorities(&provider)?;
        let shared = Shared { policy: Arc::new(policy), lookup, provider, verified: OnceLock::new() };
        Ok(Self::of(Arc::new(shared)))
    }

    /// Without a connection yet.
    fn of(shared: Arc<Shared>) -> Self {
        Self { shared, clients: Mutex::default() }
    }

    fn client(&self, origin: &Origin) -> Result<Client, HttpError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(origin) {
            return Ok(client.clone());
        }
        let tls = if origin.is_https() { self.shared.verified()? } else { without_authorities(&self.shared.provider)? };
        let checked = Checked::new(Arc::clone(&self.shared.policy), Arc::clone(&self.shared.lookup), origin.clone());
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(checked)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .gzip(true)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|error| HttpError::Other(format!("the HTTP client cannot be set up: {}", causes(&error))))?;
        clients.insert(origin.clone(), client.clone());
        Ok(client)
    }
}

#[async_trait::async_trait]
impl Transport for Live {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        // Also for those who use this transport without the gateway.
        self.shared.policy.check_url(&request.url)?;
        let origin =
            Origin::of(&request.url).ok_or_else(|| HttpError::Denied("only https and http URLs are allowed".into()))?;
        if let Some(address) = origin.address() {
            self.shared.policy.check_address(&origin, address)?;
        }
        let client = self.client(&origin)?;
        let answer = build(&client, request)?.send().await.map_err(|error| failure(&origin, error))?;
        read(answer, &origin, limit).await
    }

    fn for_tenant(&self) -> Option<Arc<dyn Transport>> {
        Some(Arc::new(Self::of(Arc::clone(&self.shared))))
    }
}

impl Shared {
    /// The system's certificate authorities, and TLS sessions of nobody else.
    fn verified(&self) -> Result<ClientConfig, HttpError> {
        let mut config = if let Some(config) = self.verified.get() {
            config.clone()
        } else {
            let config = verified(&self.provider)?;
            self.verified.get_or_init(|| config).clone()
        };
        config.resumption = rustls::client::Resumption::in_memory_sessions(TLS_SESSIONS);
        Ok(config)
    }
}

/// The system's certificate authorities.
fn verified(provider: &Arc<rustls::crypto::CryptoProvider>) -> Result<ClientConfig, HttpError> {
    let config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| {
            let remedy = "install the system's certificate authorities (Debian: ca-certificates)";
            HttpError::Other(format!("https is not possible on this machine: {error}; {remedy}"))
        })?;
    Ok(with_http2(config.with_no_client_auth()))
}

/// For plain http: a client that trusts nobody.
fn without_authorities(provider: &Arc<rustls::crypto::CryptoProvider>) -> Result<ClientConfig, HttpError> {
    let config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Other(format!("TLS cannot be set up: {error}")))?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn with_http2(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn build(client: &Client, request: &Outbound) -> Result<RequestBuilder, HttpError> {
    let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes())
        .map_err(|_| HttpError::Other("the method is not one of HTTP's".into()))?;
    let mut builder = client.request(method, request.url.clone());
    for (name, value) in &request.headers {
        let unsendable = || HttpError::Denied(format!("the header field `{}` cannot be sent", name.escape_debug()));
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsendable())?;
        builder = builder.header(field, value);
    }
    builder = match &request.authorization {
        Authorization::None => builder,
        Authorization::Bearer(token) => builder.header(AUTHORIZATION, credentials("Bearer", token.expose_secret())?),
        Authorization::Basic { user, password } => {
            let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
            builder.header(AUTHORIZATION, credentials("Basic", &Zeroizing::new(STANDARD.encode(pair.as_bytes())))?)
        }
    };
    Ok(match &request.body {
        OutboundBody::Empty => builder,
        OutboundBody::Bytes(bytes) => builder.body(bytes.clone()),
        OutboundBody::Form(fields) => builder.header(CONTENT_TYPE, media::FORM).body(encode(fields)),
    })
}

/// Marked as sensitive: the client's own log and HTTP/2's compression table leave it out.
fn credentials(scheme: &str, value: &str) -> Result<HeaderValue, HttpError> {
    let text = Zeroizing::new(format!("{scheme} {value}"));
    let mut header = HeaderValue::from_str(&text)
        .map_err(|_| HttpError::Other("the secret has a character that a header field cannot carry".into()))?;
    header.set_sensitive(true);
    Ok(header)
}

fn encode(fields: &[(String, Value)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        match value {
            Value::Text(text) => form.append_pair(name, text),
            Value::Secret(secret) => form.append_pair(name, secret.expose_secret()),
        };
    }
    form.finish()
}

async fn read(mut response: Response, origin: &Origin, limit: u64) -> Result<Inbound, HttpError> {
    // The client takes the field away when it has undone the coding.
    if response.headers().get_all(CONTENT_ENCODING).iter().any(|coding| coding != "identity") {
        return Err(HttpError::Other(format!("{origin} answered with a content encoding that was not asked for")));
    }
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<(String, String)> =
        response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let for_body = usize::try_from(limit).unwrap_or(usize::MAX).checked_sub(answer::length(&headers));
    let for_body = for_body.ok_or(HttpError::TooLarge(limit))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(origin, error))? {
        if chunk.len() > for_body.saturating_sub(body.len()) {
            return Err(HttpError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Inbound { status, headers, body })
}

/// What a failed request means. The client's own text is not used: it has the URL in it, query and all.
fn failure(origin: &Origin, error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    if let Some(refused) = chain(&error).find_map(|cause| cause.downcast_ref::<HttpError>()) {
        return refused.clone();
    }
    if error.is_timeout() {
        return HttpError::TimedOut;
    }
    let what = if error.is_connect() { "cannot be reached" } else { "closed the connection early" };
    HttpError::Unreachable(format!("{origin} {what}: {}", causes(&error)))
}

/// The innermost causes of an error: the outer ones only say that sending failed.
fn causes(error: &reqwest::Error) -> String {
    let inner: Vec<String> = chain(error).skip(1).map(ToString::to_string).collect();
    if inner.is_empty() { error.to_string() } else { inner.join(": ") }
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

#[cfg(test)]
#[path = "http2_tests.rs"]
mod http2_tests;
#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
