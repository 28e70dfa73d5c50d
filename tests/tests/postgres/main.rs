//! Directories of accounts in a real `PostgreSQL`.
//!
//! Every test that needs the server is in [`in_postgresql`], so that `cargo xtask test` can leave them out by that name where
//! there is none. A plain `cargo test` fails there, and says what to type.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod in_postgresql;
