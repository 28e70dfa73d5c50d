//! One file per verb.

pub mod api;
pub mod audit;
pub mod bench;
pub mod build;
pub mod console;
pub mod demo;
pub mod fixtures;
pub mod keep_contract;
pub mod lint;
pub mod release;
pub mod test;
