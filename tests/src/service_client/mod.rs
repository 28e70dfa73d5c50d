//! `harness serve` as its users meet it: a process with a data folder, and clients that speak HTTP to it.
//!
//! Requests are written byte by byte and not by a library, which would mend a path with `..`, follow a redirect or refuse a header
//! before the service could. Every answer is looked at for what each must have and none may have: see [`wire`].

mod api;
mod browser;
mod customer;
mod process;
mod source;
mod wire;

use std::time::{Duration, Instant};

pub use api::Api;
pub use browser::Browser;
pub use customer::{Console, Customer, PASSWORD, form, page_form};
pub use process::{Options, Service};
pub use source::Source;
pub use wire::{Address, Answer, Request, Stream, Wire, encode};

/// How long something is waited for that takes seconds at most.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Looks again and again until there is something.
///
/// # Panics
/// When there is nothing for very long.
#[allow(clippy::panic, reason = "a test that cannot go on is a failed test")]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "there is still no {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
