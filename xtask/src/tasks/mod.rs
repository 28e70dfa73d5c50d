//! One file per verb.

pub mod bench;
pub mod build;
pub mod demo;
pub mod fixtures;
pub mod lint;
pub mod test;
