//! Runs connector components for a learning platform.
pub mod catalogue;
pub mod contract;
pub mod directory;
pub mod http;
pub mod mail;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod settings;
