//! Connects, and says what is wrong when that fails.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::rustls;
use async_nats::{Client, ClientError, ConnectError, ConnectErrorKind, ConnectOptions, Event, ServerError};
use secrecy::ExposeSecret as _;
use tokio::sync::{broadcast, watch};

use super::error::StartProblem;
use super::options::{JetStreamOptions, Login};
use super::rights;
use crate::health::Health;

/// The oldest server that has what is used: named consumers in the API's subjects came with it.
const NEEDED: (i64, i64, i64) = (2, 9, 0);
const NEEDED_TEXT: &str = "2.9.0";

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the connection is tried. Two tries without an answer end it: a cable that was pulled is noticed in 15 s.
const PING: Duration = Duration::from_secs(5);

/// A connection, and what is known of it.
pub struct Connection {
    pub client: Client,
    pub context: Context,
    /// What the server refuses for want of a permission.
    pub refusals: broadcast::Sender<String>,
    /// How often it was made.
    pub connected: watch::Receiver<u64>,
}

/// Connects, and checks the server's version.
pub async fn connect(options: &JetStreamOptions, health: &Arc<Health>) -> Result<Connection, StartProblem> {
    let (refusals, _) = broadcast::channel(16);
    let (count, connected) = watch::channel(0);
    let settings = ConnectOptions::new()
        .name("connector-queue")
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE))
        .ping_interval(PING)
        .require_tls(options.tls)
        .event_callback(listener(Arc::clone(health), refusals.clone(), count));
    let settings = with_files(with_login(settings, &options.login), options).await?;
    let client = settings.connect(options.servers.as_slice()).await.map_err(|error| problem(&error, options))?;
    if !client.is_server_compatible(NEEDED.0, NEEDED.1, NEEDED.2) {
        let found = client.server_info().version;
        return Err(StartProblem::TooOld { found, needed: NEEDED_TEXT });
    }
    let context = ContextBuilder::new().timeout(PATIENCE).build(client.clone());
    Ok(Connection { client, context, refusals, connected })
}

/// What is to happen when the connection breaks, is back, or the server refuses something.
fn listener(
    health: Arc<Health>,
    refusals: broadcast::Sender<String>,
    count: watch::Sender<u64>,
) -> impl Fn(Event) -> std::future::Ready<()> + Send + Sync + 'static {
    move |event| {
        match event {
            // Whether it is of use is seen when something is asked of it.
            Event::Connected => count.send_modify(|count| *count += 1),
            Event::Disconnected => health.down("the connection is lost"),
            Event::Closed => health.down("the connection is closed"),
            Event::ServerError(ServerError::Other(text)) if rights::is_violation(&text) => {
                // At the start somebody listens, and says more about it.
                if let Err(broadcast::error::SendError(text)) = refusals.send(text) {
                    health.down(&format!("the server says: {text}"));
                }
            }
            Event::ServerError(ServerError::AuthorizationViolation) => health.down("it refuses the credentials"),
            Event::ClientError(ClientError::Other(text))
                if text == ConnectErrorKind::AuthorizationViolation.to_string() =>
            {
                health.down("it refuses the credentials");
            }
            _ => {}
        }
        std::future::ready(())
    }
}

fn with_login(settings: ConnectOptions, login: &Login) -> ConnectOptions {
    match login {
        Login::None => settings,
        Login::Token(token) => settings.token(token.expose_secret().to_owned()),
        Login::User(name, password) => settings.user_and_password(name.clone(), password.expose_secret().to_owned()),
    }
}

async fn with_files(mut settings: ConnectOptions, options: &JetStreamOptions) -> Result<ConnectOptions, StartProblem> {
    // The library reads certificates when it connects, and does not say which file it could not read.
    let certificates = options.client_certificate.iter().flat_map(|(certificate, key)| [certificate, key]);
    for file in options.root_certificates.iter().chain(certificates) {
        let unusable = |error: std::io::Error| StartProblem::File { file: file.clone(), reason: error.to_string() };
        tokio::fs::metadata(file).await.map_err(unusable)?;
    }
    if let Some(file) = &options.root_certificates {
        settings = settings.add_root_certificates(file.clone());
    }
    if let Some((certificate, key)) = &options.client_certificate {
        settings = settings.add_client_certificate(certificate.clone(), key.clone());
    }
    if let Some(file) = &options.credentials_file {
        let unusable = |error: std::io::Error| StartProblem::File { file: file.clone(), reason: error.to_string() };
        let credentials = tokio::fs::read_to_string(file).await.map_err(unusable)?;
        settings = settings.credentials(&credentials).map_err(unusable)?;
    }
    Ok(settings)
}

fn problem(error: &ConnectError, options: &JetStreamOptions) -> StartProblem {
    let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    match error.kind() {
        ConnectErrorKind::ServerParse => StartProblem::Address(cause),
        ConnectErrorKind::Dns => StartProblem::UnknownHost,
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            let given = options.credentials_file.is_some() || !matches!(options.login, Login::None);
            if given { StartProblem::WrongCredentials } else { StartProblem::NoCredentials }
        }
        ConnectErrorKind::TimedOut => StartProblem::Unreachable(format!("no answer in {} s", PATIENCE.as_secs())),
        ConnectErrorKind::Tls => StartProblem::Tls(cause),
        ConnectErrorKind::Io | ConnectErrorKind::MaxReconnects => match io_cause(error) {
            Some(io) if io.raw_os_error().is_some() => StartProblem::Unreachable(cause),
            Some(io) if io.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) => {
                StartProblem::Tls(cause)
            }
            // Something came that nobody expected.
            _ => StartProblem::NotNats(cause),
        },
    }
}

fn io_cause(error: &ConnectError) -> Option<&std::io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}
