//! The former name of `connector-common`: it goes as soon as the host uses the new one.

#![forbid(unsafe_code)]

pub use connector_common::{guards, key};
