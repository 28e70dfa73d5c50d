//! Captures from other tools: HTTP Archives (HAR 1.2 and 1.3), as proxies, browsers and API clients write them.
//!
//! An [`import`](import()) makes a cassette of a capture, by the same rules as [`record`](crate::record) makes one of live
//! traffic: no credentials, no cookies, people invented. An [`export`](export()) gives a cassette to tools that read HAR.
//!
//! What a capture cannot say in HAR's own terms stands in its comments, so that a cassette that was exported comes back as
//! it was: `secret` beside a form field, `must match` beside a header field, `repeat` beside an entry. A capture from
//! elsewhere has none of these, and its request header fields are left out: they are those of the tool that captured.
//!
//! Rejected: reading HAR with structs of our own. The format has corners that a library has met before.

mod export;
mod import;

use std::path::PathBuf;

pub use export::export;
pub use import::{Import, import};

use crate::cassette::CassetteError;
use crate::record::RecordError;

/// Beside a form field whose value was a secret.
const SECRET: &str = "secret";
/// Beside a header field that a request must have.
const MUST_MATCH: &str = "must match";
/// Beside an entry that answers every time.
const REPEAT: &str = "repeat";

/// Why a capture cannot be taken over or given away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file cannot be read or written.
    #[error("{}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        reason: std::io::Error,
    },
    /// The file is no HTTP Archive.
    #[error("{} is not an HTTP Archive: {reason}; export it as HAR 1.2, with its contents", file.display())]
    NotHar {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing in it can be replayed.
    #[error("nothing in {} can be replayed:\n{}", file.display(), skipped.join("\n"))]
    Nothing {
        /// The file.
        file: PathBuf,
        /// What was left out, and why.
        skipped: Vec<String>,
    },
    /// The cassette to give away.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// The cassette that was made.
    #[error(transparent)]
    Record(#[from] RecordError),
}
