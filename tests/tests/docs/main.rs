//! The documentation, held to the product: a page that is wrong is worse than none.
//!
//! [`pages`] compares tables and examples with what the code says, [`walk`] runs every command that is shown with its output,
//! [`embedding`] runs the example of an embedder, [`links`] follows every link, and [`security`] looks for the test of every
//! claim. A page that shows a table of the code's
//! has its test here; words that no code knows are left to their readers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod embedding;
mod links;
mod pages;
mod security;
mod text;
#[cfg(unix)]
mod walk;
