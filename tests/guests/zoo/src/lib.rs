//! A connector that does what it is told, however bad.
//!
//! Whatever text it is given names the behaviour: `configure` takes it from the settings' name, `fetch-page` from the
//! cursor, `map-employee` from the record, `plan-actions` from the first group's name. To add a behaviour, add a line to
//! [`misbehave`] (any call) or to one of the calls, and a row to `tests/tests/zoo.rs`.
//!
//! Unsafe code is the point of some behaviours: a guest need not be written in safe Rust.

#![cfg(target_family = "wasm")]
#![allow(clippy::empty_loop, unconditional_recursion, reason = "misbehaving is what this is for")]

mod bad;
mod calls;

wit_bindgen::generate!({
    world: "elearnio:connector/plugin",
    path: "../../../wit",
    generate_all,
});

struct Zoo;

export!(Zoo);
