//! Comparison keys (rule S9): the function both sides of the contract share.

pub use text_key::key;
