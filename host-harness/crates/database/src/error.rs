//! What can go wrong with a database, for the person who reads it.

use tokio_postgres::error::SqlState;

/// What can go wrong with a database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// It cannot be used as it is: what is wrong, and what to do. Trying again changes nothing.
    #[error("{0}")]
    Unusable(String),
    /// The disk is full.
    #[error("the disk is full; free some space, and try again")]
    DiskFull,
    /// The server does not answer, or has cut the connection. Nothing is known of a commit that was under way. Trying again may help.
    #[error("the database does not answer: {0}; it is tried again")]
    Away(String),
    /// A statement failed. The words name tables and columns, never values.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl DatabaseError {
    /// Whether trying again may help.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => {
                Self::Unusable("the database cannot be written; check who owns the data folder".to_owned())
            }
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => Self::Unusable(
                "this is no database, or it is damaged; restore it from a backup, or move it away".to_owned(),
            ),
            // SQLite's own words name tables and columns, never values.
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return match std::error::Error::source(&error) {
                // A connection that broke: the system's words.
                Some(cause) if error.is_closed() || cause.is::<std::io::Error>() => Self::Away(cause.to_string()),
                _ if error.is_closed() => Self::Away("the connection was closed".to_owned()),
                _ => Self::Failed(error.to_string()),
            };
        };
        // The server's `DETAIL` has values in it; its message has not.
        let message = answer.message();
        let code = answer.code();
        if *code == SqlState::DISK_FULL {
            return Self::DiskFull;
        }
        let class = code.code().get(..2).unwrap_or_default();
        let is_away = class == "08" || class == "57" || *code == SqlState::TOO_MANY_CONNECTIONS;
        if is_away { Self::Away(message.to_owned()) } else { Self::Failed(format!("{message} ({})", code.code())) }
    }
}

impl From<deadpool_postgres::PoolError> for DatabaseError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => match Self::from(error) {
                // A connection that could not be made at all.
                Self::Failed(why) => Self::Away(why),
                other => other,
            },
            deadpool_postgres::PoolError::Timeout(_) => Self::Away("no connection was free in time".to_owned()),
            other => Self::Away(other.to_string()),
        }
    }
}
