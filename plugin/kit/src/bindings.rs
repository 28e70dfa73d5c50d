//! The contract's types and imports, generated from `wit/`.
//!
//! The types derive serde so that tests can compare a native plan with a sandboxed one byte for byte; records that hold
//! a secret handle cannot, and are left out by name.

#![allow(missing_docs, unsafe_code, clippy::all, clippy::pedantic, reason = "generated; the docs are the WIT's")]

wit_bindgen::generate!({
    world: "elearnio:connector/plugin",
    path: "../../wit",
    with: { "wasi:clocks/wall-clock@0.2.12": wasi::clocks::wall_clock },
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
    additional_derives_ignore: [
        "secret", "authorization", "form-value", "form-field", "body", "request", "exchanged", "value", "setting-value",
        "settings"
    ],
    pub_export_macro: true,
    export_macro_name: "export_plugin",
    default_bindings_module: "crate::bindings",
});

/// The contract's optional export, for connectors that map a whole page in one call:
///
/// ```ignore
/// connector_kit::bindings::paging::export_paging!(MyConnector with_types_in connector_kit::bindings::paging);
/// ```
pub mod paging {
    wit_bindgen::generate!({
        world: "elearnio:connector/paging",
        path: "../../wit",
        with: { "elearnio:connector/types@0.2.0": crate::bindings::elearnio::connector::types },
        additional_derives: [PartialEq],
        pub_export_macro: true,
        export_macro_name: "export_paging",
        default_bindings_module: "crate::bindings::paging",
    });
}
