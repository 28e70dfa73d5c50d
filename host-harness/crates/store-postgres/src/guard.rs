//! Whether whoever writes still may.

use async_trait::async_trait;
use connector_sync::directory::Result;

use crate::Client;

/// What is asked in a transaction that writes, once the directory is locked and before anything is written.
///
/// A service that gives work to many machines checks here that this worker still has the lease on its job: the answer is of the same
/// transaction as the writing. A row that it reads `FOR SHARE` cannot change until the transaction ends.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Asks.
    ///
    /// # Errors
    /// [`LeaseLost`](connector_sync::DirectoryError::LeaseLost) when somebody else may write; others when the database fails. Nothing is
    /// written then.
    async fn check(&self, client: &Client) -> Result<()>;
}

/// Everybody may.
#[derive(Debug, Clone, Copy)]
pub struct Unguarded;

#[async_trait]
impl Guard for Unguarded {
    async fn check(&self, _: &Client) -> Result<()> {
        Ok(())
    }
}
