//! The documentation, compared with the product: a wrong page is worse than none.
//!
//! [`pages`] compares tables and examples with what the code says, [`walk`] runs every command that is shown with its
//! output, [`api`] does so with the service, [`embedding`] runs the example of an embedder, [`deploy`] looks at the files for a server, [`links`] follows every
//! link, and [`security`] looks for the test of every claim. A page that shows a table from the code has its test here;
//! prose is left to human readers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod api;
mod deploy;
mod embedding;
mod links;
mod pages;
mod security;
mod text;
#[cfg(unix)]
mod walk;
