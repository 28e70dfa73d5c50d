//! A connector that does anything it is told to, however bad.
//!
//! Whatever text it is given names the behaviour: `configure` takes it from the settings' name, `fetch-page` from the
//! cursor, `map-employee` from the record, `plan-actions` from the first group's name; `configure` can put a behaviour off to
//! every `map-employee` (`later WHAT`). To add a behaviour, add a line to
//! [`bad::misbehave`] or [`net::misbehave`] (any call) or to one of the calls, and a row to a suite in `tests/tests/hostile`.
//!
//! Unsafe code is the point of some behaviours: a guest need not be written in safe Rust.

#![cfg(target_family = "wasm")]
#![allow(clippy::empty_loop, unconditional_recursion, reason = "misbehaving is what this is for")]

mod bad;
mod calls;
mod net;
mod paging;
mod plans;

wit_bindgen::generate!({
    world: "elearnio:connector/plugin",
    path: "../../../wit",
    generate_all,
});

struct Zoo;

/// Does what a text names, and says what came of it; returns only if that is harmless.
fn misbehave(what: &str) -> Option<String> {
    net::misbehave(what).or_else(|| bad::misbehave(what))
}

/// The number at a text's end; 0 if there is none.
fn number(text: &str) -> usize {
    text.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

export!(Zoo);
