//! A stand-in for elearnio's accounts: one tenant's accounts, runs and queued mails in a `SQLite` file.
//!
//! [`sqlite`] is the database, [`lock`] keeps two syncs from one directory, [`mod@import`] fills it from a file, and [`view`] shows
//! it. What may be written is decided by [`connector_sync::apply_check`], which knows no database.

#![forbid(unsafe_code)]

pub mod import;
pub mod lock;
pub mod sqlite;
pub mod view;

pub use connector_sync::directory::Undeliverable;
pub use import::{ImportSummary, import, import_text};
pub use lock::{DirectoryLock, LockError};
pub use sqlite::SqliteDirectory;
pub use view::DirectoryView;
