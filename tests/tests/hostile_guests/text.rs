//! Guests written as text: what Rust does not compile to, such as a table that grows or WASI called by hand.
//!
//! Each is a whole connector that does nothing, but for what its `map-employee` is given to do with the record's address
//! and length, its parameters 0 and 1. It rejects every record.

use whole_system_tests::guests::written;

/// What a guest is made of beside the rest.
#[derive(Default)]
pub struct Parts<'a> {
    /// Imports of the world, as WIT.
    pub world: &'a str,
    /// The packages those come from.
    pub packages: &'a str,
    /// The same imports, and tables, as WebAssembly text.
    pub fields: &'a str,
    /// The body of `map-employee`.
    pub map: &'a str,
}

/// The guest as a component.
pub fn guest(parts: &Parts<'_>) -> Vec<u8> {
    let Parts { world, packages, fields, map } = parts;
    let wit = format!(
        "package test:test;
         world test {{ include elearnio:connector/plugin@0.2.0; {world} }}
         {packages}"
    );
    // Memory: 0 the description, 64 its texts, 1024 zeros (an answer that went well and is empty), 2048 an error without
    // words but for a code, 3072 room for answers of imports, 8192 what the host passes in.
    let module = format!(
        r#"(module
             {fields}
             (memory $memory (export "memory") 2)
             (data (memory $memory) (i32.const 0) "\40\00\00\00\04\00\00\00\44\00\00\00\05\00\00\00")
             (data (memory $memory) (i32.const 64) "text0.1.0")
             (data (memory $memory) (i32.const 2048) "\01")
             (data (memory $memory) (i32.const 2064) "\40\00\00\00\04\00\00\00")
             (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
             (func (export "elearnio:connector/manifest@0.2.0#describe") (result i32) (i32.const 0))
             (func (export "elearnio:connector/connector@0.2.0#configure")
               (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const 1024))
             (func (export "elearnio:connector/connector@0.2.0#fetch-page") (param i32 i32 i32) (result i32)
               (i32.const 1024))
             (func (export "elearnio:connector/connector@0.2.0#map-employee") (param i32 i32) (result i32)
               {map}
               (i32.const 2048))
             (func (export "elearnio:connector/connector@0.2.0#plan-actions")
               (param i32 i32 i32 i32 i32 i64 i32 i32 i32 i32 i32) (result i32) (i32.const 1024)))"#
    );
    written(&wit, &module).unwrap()
}
