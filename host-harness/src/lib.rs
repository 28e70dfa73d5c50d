//! Runs connector components for a learning platform.
pub mod catalogue;
pub mod contract;
pub mod directory;
#[cfg(test)]
mod golden;
pub mod http;
pub mod mail;
pub mod names;
mod one_line;
pub mod report;
pub mod run;
#[cfg(test)]
mod samples;
pub mod settings;
