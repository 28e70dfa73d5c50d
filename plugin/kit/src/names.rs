//! Names of the contract's variants and what a guard counts, for the guest's types (see [`connector_common`]).

connector_common::contract_names!(crate::bindings::elearnio::connector::types);
connector_common::contract_guards!(crate::bindings::elearnio::connector::types);
