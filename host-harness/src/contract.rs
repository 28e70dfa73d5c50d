//! The contract's types, generated from `wit/`.
//!
//! Two invocations, for one reason: everything in `types` is plain data and derives serde, so that it can be stored,
//! hashed and compared with the plugin's own copy; the rest holds resources and cannot. Hand-written mirrors were
//! rejected: they are a second contract to keep in step.

#![allow(missing_docs, clippy::pedantic, reason = "generated; the docs are the WIT's")]

mod data {
    wasmtime::component::bindgen!({
        inline: "
            package elearnio:harness;
            world data { import elearnio:connector/types@0.1.0; }
        ",
        path: "../wit",
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

mod world {
    wasmtime::component::bindgen!({
        world: "elearnio:connector/plugin",
        path: "../wit",
        imports: { default: async | trappable },
        exports: { default: async },
        with: {
            "elearnio:connector/types": super::data::elearnio::connector::types,
            "elearnio:connector/http.secret": crate::http::SecretHandle,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        },
    });
}

pub use data::elearnio::connector::types::*;
pub use world::elearnio::connector::{http, log};
pub use world::exports::elearnio::connector::{connector, manifest};
pub use world::{Plugin, PluginPre};

/// A status' name, as settings, import files and the directory write it.
#[must_use]
pub fn status_name(status: &AccountStatus) -> &str {
    match status {
        AccountStatus::Preboarding => "preboarding",
        AccountStatus::Active => "active",
        AccountStatus::Absent => "absent",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Other(name) => name,
    }
}

/// The names [`status_named`] knows.
pub const STATUS_NAMES: [&str; 4] = ["preboarding", "active", "absent", "inactive"];

/// The status of this name; none if this contract has no such status.
#[must_use]
pub fn status_named(name: &str) -> Option<AccountStatus> {
    Some(match name {
        "preboarding" => AccountStatus::Preboarding,
        "active" => AccountStatus::Active,
        "absent" => AccountStatus::Absent,
        "inactive" => AccountStatus::Inactive,
        _ => return None,
    })
}

/// An operation's name, as the JSON output and the run log write it.
#[must_use]
pub const fn operation_name(operation: &Operation) -> &'static str {
    match operation {
        Operation::Create(_) => "create",
        Operation::Link => "link",
        Operation::Update(_) => "update",
        Operation::SetSupervisor(_) => "set-supervisor",
        Operation::AddToGroup(_) => "add-to-group",
        Operation::Invite => "invite",
        Operation::Other(_) => "other",
    }
}
