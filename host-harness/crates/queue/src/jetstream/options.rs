//! Where the queue is, who asks, and how it is set up: one address, as the command line and a settings file have it.
//!
//! Credentials are taken out of the address at once. The client library writes addresses to its log at `debug`.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::ServerAddr;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::error::{StartError, StartProblem};
use crate::DEFAULT_HOLD;

/// The stream, unless the address names one.
const DEFAULT_STREAM: &str = "connector-jobs";

/// The shortest hold time: below, a worker has no time to say that it is still at it.
const SHORTEST_HOLD: Duration = Duration::from_millis(100);

/// What an address may have behind its question mark, for the message about one that it may not.
const PARAMETERS: &str = "stream, replicas, credentials, ca, certificate and key";

/// How to reach a queue in NATS `JetStream`, and what it is called there. `Debug` shows no credentials.
#[derive(Debug, Clone)]
pub struct JetStreamOptions {
    pub(super) servers: Vec<ServerAddr>,
    pub(super) tls: bool,
    pub(super) login: Login,
    pub(super) credentials_file: Option<PathBuf>,
    pub(super) root_certificates: Option<PathBuf>,
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) stream: String,
    pub(super) replicas: usize,
    pub(super) hold: Duration,
}

/// What stands before the host.
#[derive(Debug, Clone)]
pub(super) enum Login {
    None,
    Token(SecretString),
    User(String, SecretString),
}

impl JetStreamOptions {
    /// Reads an address: `nats://HOST:PORT`, or `tls://HOST:PORT` for a connection that has to be encrypted. Several servers of a
    /// cluster are separated by commas.
    ///
    /// Before the host may stand `NAME:PASSWORD@` or `TOKEN@`, percent-encoded. Behind a question mark may stand, separated by
    /// `&`: `stream`, the stream's name and the first part of its subjects (`connector-jobs`); `replicas`, on how many servers of a
    /// cluster a new stream is kept (1); `credentials`, a file with a user's JWT and seed; `ca`, a file with the certificates of
    /// the authorities to trust, in place of the system's; `certificate` and `key`, files for a client's own.
    ///
    /// # Errors
    /// When it is no such address. The message does not repeat it: what cannot be read may have a password anywhere.
    pub fn parse(address: &str) -> Result<Self, StartError> {
        read(address).map_err(|why| StartError::new(None, StartProblem::Address(why)))
    }

    /// Sets the hold time; a minute otherwise. It is the same for every worker: the server keeps it.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold.max(SHORTEST_HOLD);
        self
    }

    /// The address as logs and messages show it: without credentials and settings.
    #[must_use]
    pub fn shown(&self) -> String {
        let scheme = if self.tls { "tls" } else { "nats" };
        let host = |server: &ServerAddr| {
            // An IPv6 address has brackets in an address.
            let host = server.host();
            if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
        };
        let each = self.servers.iter().map(|server| format!("{scheme}://{}:{}", host(server), server.port()));
        each.collect::<Vec<_>>().join(",")
    }
}

fn read(address: &str) -> Result<JetStreamOptions, String> {
    let (servers, settings) = address.split_once('?').unwrap_or((address, ""));
    let mut options = JetStreamOptions {
        servers: Vec::new(),
        tls: false,
        login: Login::None,
        credentials_file: None,
        root_certificates: None,
        client_certificate: None,
        stream: DEFAULT_STREAM.to_owned(),
        replicas: 1,
        hold: DEFAULT_HOLD,
    };
    let mut userinfo = None;
    for server in servers.split(',') {
        let url = server_url(server)?;
        options.tls |= url.scheme() == "tls";
        let own = (url.username().to_owned(), url.password().map(str::to_owned));
        if own != (String::new(), None) {
            if userinfo.as_ref().is_some_and(|first| *first != own) {
                return Err("it has different credentials for different servers; a cluster has one user".to_owned());
            }
            userinfo = Some(own);
        }
        options.servers.push(bare(url)?);
    }
    if let Some((name, password)) = userinfo {
        options.login = login(&name, password.as_deref())?;
    }
    set(&mut options, settings)?;
    Ok(options)
}

fn server_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("it is no URL ({error})"))?;
    if !matches!(url.scheme(), "nats" | "tls") {
        return Err("it does not begin with nats:// or tls://".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host".to_owned());
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err("it has a path, and a queue has none".to_owned());
    }
    Ok(url)
}

/// The same server, and nobody's credentials.
fn bare(mut url: Url) -> Result<ServerAddr, String> {
    let unusable = |()| "its user name cannot be read".to_owned();
    url.set_username("").map_err(unusable)?;
    url.set_password(None).map_err(unusable)?;
    url.set_path("");
    ServerAddr::from_url(url).map_err(|error| error.to_string())
}

fn login(name: &str, password: Option<&str>) -> Result<Login, String> {
    let plain = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map(String::from);
        decoded.map_err(|_| "its credentials are not UTF-8 when they are percent-decoded".to_owned())
    };
    Ok(match password {
        None => Login::Token(plain(name)?.into()),
        Some(password) => Login::User(plain(name)?, plain(password)?.into()),
    })
}

fn set(options: &mut JetStreamOptions, settings: &str) -> Result<(), String> {
    let (mut certificate, mut key) = (None, None);
    for (name, value) in url::form_urlencoded::parse(settings.as_bytes()) {
        if value.is_empty() {
            return Err(format!("its parameter `{name}` is empty"));
        }
        match &*name {
            "stream" => options.stream = stream_name(&value)?,
            "replicas" => options.replicas = replicas(&value)?,
            "credentials" => options.credentials_file = Some(PathBuf::from(&*value)),
            "ca" => options.root_certificates = Some(PathBuf::from(&*value)),
            "certificate" => certificate = Some(PathBuf::from(&*value)),
            "key" => key = Some(PathBuf::from(&*value)),
            _ => return Err(format!("it has no parameter `{name}`: there are {PARAMETERS}")),
        }
    }
    options.client_certificate = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err("a client's `certificate` and its `key` go together, and one is missing".to_owned()),
    };
    if options.credentials_file.is_some() && !matches!(options.login, Login::None) {
        return Err("it has credentials before the host and a file of credentials; one of them is enough".to_owned());
    }
    Ok(())
}

fn stream_name(name: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.len() <= 64 && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err("its `stream` is not a name of up to 64 letters, digits, `-` and `_`".to_owned())
}

fn replicas(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| matches!(count, 1 | 3 | 5))
        .ok_or_else(|| "its `replicas` is not 1, 3 or 5".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn refused(address: &str) -> String {
        JetStreamOptions::parse(address).unwrap_err().to_string()
    }

    #[test]
    fn an_address_says_where_and_who() {
        let options = JetStreamOptions::parse("nats://ann:p%40ss%2F1@queue.example").unwrap();
        assert_eq!(options.shown(), "nats://queue.example:4222");
        let Login::User(name, password) = &options.login else { panic!("{options:?}") };
        assert_eq!((name.as_str(), password.expose_secret()), ("ann", "p@ss/1"));
        assert!(!options.tls);

        let options = JetStreamOptions::parse("tls://s3cret@[::1]:7000/").unwrap();
        assert_eq!(options.shown(), "tls://[::1]:7000");
        let Login::Token(token) = &options.login else { panic!("{options:?}") };
        assert_eq!(token.expose_secret(), "s3cret");
        assert!(options.tls);
    }

    #[test]
    fn a_cluster_has_several_servers_and_one_user() {
        let options = JetStreamOptions::parse("nats://a:b@one:1,nats://a:b@two:2,nats://three").unwrap();
        assert_eq!(options.shown(), "nats://one:1,nats://two:2,nats://three:4222");
        assert!(options.servers.iter().all(|server| !server.has_user_pass()));
        let error = refused("nats://a:b@one:1,nats://a:c@two:2");
        assert!(error.contains("different credentials for different servers"), "{error}");
    }

    #[test]
    fn an_address_says_how_the_queue_is_set_up() {
        let address =
            "tls://h?stream=staging&replicas=3&credentials=/etc/q.creds&ca=/etc/ca.pem&certificate=c.pem&key=k.pem";
        let options = JetStreamOptions::parse(address).unwrap();
        assert_eq!((options.stream.as_str(), options.replicas), ("staging", 3));
        assert_eq!(options.credentials_file, Some("/etc/q.creds".into()));
        assert_eq!(options.root_certificates, Some("/etc/ca.pem".into()));
        assert_eq!(options.client_certificate, Some(("c.pem".into(), "k.pem".into())));
        assert_eq!(options.shown(), "tls://h:4222");
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_remedy() {
        for (address, reason) in [
            ("", "it is no URL"),
            ("queue", "it is no URL"),
            ("http://queue", "it does not begin with nats:// or tls://"),
            ("nats://", "it names no host"),
            ("nats://queue:99999", "it is no URL (invalid port number)"),
            ("nats://queue/jobs", "it has a path, and a queue has none"),
            ("nats://queue?strem=x", "it has no parameter `strem`: there are stream, replicas, credentials, ca"),
            ("nats://queue?stream=", "its parameter `stream` is empty"),
            ("nats://queue?stream=a.b", "its `stream` is not a name of up to 64 letters"),
            ("nats://queue?replicas=2", "its `replicas` is not 1, 3 or 5"),
            ("nats://queue?key=k.pem", "a client's `certificate` and its `key` go together"),
            ("nats://a:b@queue?credentials=f", "one of them is enough"),
            ("nats://%ff:b@queue", "its credentials are not UTF-8"),
        ] {
            let error = refused(address);
            assert!(error.contains(reason), "{address}: {error}");
            assert!(error.contains("write nats://HOST:PORT"), "{address}: {error}");
        }
    }

    #[test]
    fn no_message_shows_credentials() {
        let secret = "hunter2";
        for address in [
            "http://ann:hunter2@queue",
            "nats://hunter2@queue/path",
            "nats://ann:hunter2@queue:port",
            "nats://ann:a@hunter2@queue:port",
            "nats://ann:a,hunter2@queue",
            "nats://ann:x,b@one,nats://ann:hunter2,@two:port",
            "ann:hunter2@queue",
            "nats://ann:a?b@hunter2",
            "nats://ann:hunter2",
            "nats://queue?stream=hunter2!",
        ] {
            let error = refused(address);
            assert!(!error.contains(secret), "{address}: {error}");
        }
        let options = JetStreamOptions::parse("nats://ann:hunter2@queue").unwrap();
        assert!(!format!("{options:?}{}", options.shown()).contains(secret));
    }
}
