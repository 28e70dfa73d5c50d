//! A server's errors, by what they call for.

use connector_database::DatabaseError;
use connector_sync::directory::DirectoryError;
use tokio_postgres::error::SqlState;

/// What another transaction was in the way for.
fn conflict(code: &SqlState) -> Option<&'static str> {
    Some(match code {
        code if *code == SqlState::LOCK_NOT_AVAILABLE => "another run is writing to this directory",
        code if *code == SqlState::T_R_DEADLOCK_DETECTED => "both waited for each other",
        code if *code == SqlState::T_R_SERIALIZATION_FAILURE => "both changed the same",
        _ => return None,
    })
}

/// An error of a statement. The server's messages name tables and columns; its details, which have values in them, are left out.
pub fn failed(error: tokio_postgres::Error) -> DirectoryError {
    match error.code() {
        Some(code) if conflict(code).is_some() => {
            DirectoryError::Conflict(conflict(code).unwrap_or_default().to_owned())
        }
        Some(code) if *code == SqlState::QUERY_CANCELED => {
            DirectoryError::Failed("a statement took longer than the database lets it".to_owned())
        }
        _ => of_database(error.into()),
    }
}

/// An error of the pool, or of a migration.
pub fn of_database(error: DatabaseError) -> DirectoryError {
    match error {
        DatabaseError::Away(why) => DirectoryError::Unreachable(why),
        DatabaseError::Unusable(what) => DirectoryError::Unusable(what),
        DatabaseError::DiskFull => DirectoryError::Failed("the database's disk is full".to_owned()),
        DatabaseError::Failed(why) => DirectoryError::Failed(why),
        other => DirectoryError::Failed(other.to_string()),
    }
}

/// An error of a commit. Where the server itself says no, nothing was written; where no answer came, nobody knows.
pub fn of_commit(error: tokio_postgres::Error) -> DirectoryError {
    match failed(error) {
        DirectoryError::Unreachable(why) => DirectoryError::CommitUnknown(why),
        other => other,
    }
}
