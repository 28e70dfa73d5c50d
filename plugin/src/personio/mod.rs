//! Personio's API, version 1.
//!
//! [`answer`], [`attributes`], [`employees`], [`excerpt`], [`record`] and [`shape`] are pure: they turn bytes into facts and are tested without a
//! network. `client` is the thin edge that calls the host.

pub mod answer;
pub mod attributes;
#[cfg(target_family = "wasm")]
pub mod client;
pub mod employees;
pub mod excerpt;
pub mod json;
pub mod record;
pub mod shape;
