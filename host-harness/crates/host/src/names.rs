//! The contract's words in JSON, in text and in the run log, and what the host counts of a plan (rule S19).
//!
//! Both are made from `connector-common`'s tables, as the connector's own are, so that the two sides cannot differ.

connector_common::contract_names!(crate::contract);
connector_common::contract_guards!(crate::contract);
