//! The Personio connector for elearnio, as a WebAssembly component.
//!
//! The contract is in `wit/`. Data goes one way: [`config`] checks the settings, [`personio`] logs in and reads pages,
//! [`mapping`] turns a record into a learner, [`plan`] turns everybody who was read and the directory into actions. All of
//! it but `personio::client` and `session` is pure, compiles natively, and is tested natively as well as in the sandbox.
//!
//! What is the same for every source, planning first of all, is in the crate `connector-kit`; here is what is Personio's.

// Denied, not forbidden: the glue that wit-bindgen generates for the ABI is unsafe, and nothing else may be.
#![deny(unsafe_code)]

pub mod attributes;
pub mod config;
pub mod manifest;
pub mod mapping;
pub mod personio;

pub use connector_kit::{bindings, codes, key, plan, problem};

#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
mod session;
