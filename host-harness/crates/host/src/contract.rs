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
            world data { import elearnio:connector/types@0.2.0; }
        ",
        path: "wit",
        additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    });
}

mod world {
    wasmtime::component::bindgen!({
        world: "elearnio:connector/plugin",
        path: "wit",
        imports: { default: async | trappable },
        exports: { default: async },
        with: {
            "elearnio:connector/types": super::data::elearnio::connector::types,
            "elearnio:connector/http.secret": crate::http::SecretHandle,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
        },
    });
}

mod paging_world {
    wasmtime::component::bindgen!({
        world: "elearnio:connector/paging",
        path: "wit",
        exports: { default: async },
        with: { "elearnio:connector/types": super::data::elearnio::connector::types },
    });
}

pub use data::elearnio::connector::types::*;
pub use paging_world::exports::elearnio::connector::pages;
pub use paging_world::{Paging, PagingIndices};
pub use world::elearnio::connector::{http, log};
pub use world::exports::elearnio::connector::{connector, manifest};
pub use world::{Plugin, PluginIndices};

impl Learner {
    /// Everything that was read of the person but for the ID and the status, each with its field. All of it: a reading that the
    /// contract gains does not compile until it is here.
    #[must_use]
    pub const fn readings(&self) -> [(Field, &Reading); 9] {
        let Self {
            employee: _,
            email,
            first_name,
            last_name,
            status: _,
            gender,
            position,
            department,
            location,
            team,
            supervisor,
        } = self;
        [
            (Field::Email, email),
            (Field::FirstName, first_name),
            (Field::LastName, last_name),
            (Field::Gender, gender),
            (Field::Position, position),
            (Field::Department, department),
            (Field::Location, location),
            (Field::Team, team),
            (Field::Supervisor, supervisor),
        ]
    }
}

impl Default for Counts {
    /// Nobody was read, and nothing is planned.
    fn default() -> Self {
        Self {
            read: 0,
            created: 0,
            linked: 0,
            updated: 0,
            unchanged: 0,
            excluded: 0,
            rejected: 0,
            conflicts: 0,
            supervisors: 0,
            group_additions: 0,
            invitations: 0,
            exclusions: Vec::new(),
        }
    }
}
