//! Why a queue in `JetStream` cannot be begun with: each with what to do.

use std::path::PathBuf;

/// A queue that cannot be begun with. Nothing was made on the server, or changed. No message shows credentials.
#[derive(Debug, thiserror::Error)]
#[error("the queue{}: {problem}", address.as_ref().map_or("'s address".to_owned(), |address| format!(" at {address}")))]
pub struct StartError {
    address: Option<String>,
    #[source]
    problem: StartProblem,
}

impl StartError {
    pub(super) const fn new(address: Option<String>, problem: StartProblem) -> Self {
        Self { address, problem }
    }

    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> &StartProblem {
        &self.problem
    }
}

/// What is wrong with a queue's address, its server or what is there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartProblem {
    /// The address cannot be read.
    #[error(
        "{0}; write nats://HOST:PORT or tls://HOST:PORT, with NAME:PASSWORD@ or TOKEN@ before the host if the server asks for it"
    )]
    Address(String),
    /// The host's name has no address.
    #[error("there is no host of this name; check the name")]
    UnknownHost,
    /// Nobody answers.
    #[error("it cannot be reached: {0}; check host and port, and that nats-server runs there")]
    Unreachable(String),
    /// Somebody answers, and not with NATS.
    #[error("what answers there is not NATS ({0}); check the port")]
    NotNats(String),
    /// No encrypted connection can be made.
    #[error(
        "no encrypted connection can be made: {0}; check that the server has TLS, and that its certificate is of an authority in `ca`"
    )]
    Tls(String),
    /// A file that the address names cannot be used.
    #[error("the file {file} cannot be used: {reason}")]
    File {
        /// Its path.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The server asks who this is, and the address does not say.
    #[error(
        "it asks for credentials, and there are none; write NAME:PASSWORD@ or TOKEN@ before the host, or `credentials=FILE` behind a question mark"
    )]
    NoCredentials,
    /// The server does not know this user, or the password is wrong.
    #[error("it refuses the credentials; check the user's name and password, the token, or the file of credentials")]
    WrongCredentials,
    /// The server lacks what the queue needs.
    #[error("it is NATS {found}, and {needed} or newer is needed")]
    TooOld {
        /// The server's version, as it says.
        found: String,
        /// The oldest version that will do.
        needed: &'static str,
    },
    /// A NATS server without streams.
    #[error(
        "JetStream is not enabled {0}; enable it with `jetstream {{ store_dir: \"…\" }}` in the server's configuration, or start it with --jetstream"
    )]
    NoJetStream(&'static str),
    /// The user may not do what a queue has to do.
    #[error("its user may not {0}; give the user these permissions")]
    MissingRights(String),
    /// There is a stream of that name, and it is another one.
    #[error(
        "the stream `{stream}` is there with other settings: {differences}; name another one with `stream=NAME` behind a question mark, or remove this one if nobody needs it"
    )]
    StreamDiffers {
        /// Its name.
        stream: String,
        /// Each setting, with what it is and what it has to be.
        differences: String,
    },
    /// There is a consumer of that name, and it is another one.
    #[error(
        "the consumer `{consumer}` of the stream `{stream}` is there with other settings: {differences}; every worker needs the same hold time, and a consumer of another one has to be removed while no worker runs"
    )]
    ConsumerDiffers {
        /// The stream's name.
        stream: String,
        /// Its name.
        consumer: String,
        /// Each setting, with what it is and what it has to be.
        differences: String,
    },
    /// The server refuses to make the stream or the consumer.
    #[error("the server refuses to make {what}: {reason}")]
    NotMade {
        /// What was to be made.
        what: &'static str,
        /// What the server says.
        reason: String,
    },
    /// The server was there and stopped answering.
    #[error("it stopped answering: {0}")]
    NoAnswer(String),
}
