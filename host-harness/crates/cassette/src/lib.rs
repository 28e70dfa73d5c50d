//! Cassettes: recorded HTTP traffic.
//!
//! A [`cassette`] is a folder of [exchanges](exchange), one file each, that a person can read and edit. [`replay`] answers a
//! connector's requests from it; [`record`] makes one of live traffic, with invented people in the place of real ones; [`har`]
//! exchanges cassettes with other tools as HTTP Archives. A cassette never holds a secret: see [`redact_request`].

#![forbid(unsafe_code)]

pub mod cassette;
pub mod exchange;
pub mod har;
mod mismatch;
pub mod record;
pub mod redact_request;
pub mod replay;

pub use cassette::CassetteError;
pub use exchange::Exchange;
pub use har::CaptureError;
pub use record::{CassetteWriter, Persons, RecordError, Recorder, Sees};
pub use replay::Replay;
