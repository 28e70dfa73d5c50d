//! What is known about one person, in words: for a terminal ([`text()`]) and for programs ([`json()`]).
//!
//! Both show what the [`Explanation`] holds. Values are in it only if they were asked for, so neither can show one by mistake.

mod text;

use connector_sync::explain::Explanation;
use serde::Serialize;

pub use text::text;

/// Major and minor version of the shape.
pub const FORMAT_VERSION: &str = "1.0";

/// An explanation's JSON, to be given to `serde_json`.
#[derive(Serialize)]
pub struct Json<'a> {
    format_version: &'static str,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

/// An explanation as JSON. The shape is a promise: keys are only added within one [`FORMAT_VERSION`] major.
#[must_use]
pub const fn json(explanation: &Explanation) -> Json<'_> {
    Json { format_version: FORMAT_VERSION, explanation }
}
