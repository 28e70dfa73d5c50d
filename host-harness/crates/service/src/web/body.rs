//! Reading a request's body: never more than it may be, and never so that its sender learns nothing.

use std::time::Duration;

use axum::body::Body;
use tokio_stream::StreamExt as _;

use super::Oops;
use super::routes::Route;

/// The largest body of a form or of a request to the API, in bytes.
pub const LARGEST: usize = 256 * 1024;
/// The accounts that a tenant begins with are as many as it has people.
const LARGEST_ACCOUNTS: usize = 64 * 1024 * 1024;
const ACCOUNTS: &str = "/api/v1/tenants/{tenant}/accounts";
/// How much of a body is read at most, so that its sender sees why it was refused.
const MOST_READ: usize = 64 * 1024 * 1024;
/// How long a sender may take for a body.
const PATIENCE: Duration = Duration::from_mins(1);

/// The largest body that a route takes from this sender.
pub fn largest(route: &Route, may_send: bool) -> usize {
    if may_send && route.path == ACCOUNTS { LARGEST_ACCOUNTS } else { LARGEST }
}

/// Reads a body. One that is too large is read on and thrown away, up to a point, before it is refused: a sender who is still
/// writing would see a broken connection and no answer.
pub async fn read(body: Body, largest: usize) -> Result<Vec<u8>, Oops> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    let reading = async {
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else { return Err(Oops::BadRequest) };
            length = length.saturating_add(chunk.len());
            if length > MOST_READ {
                break;
            }
            if length > largest {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| Oops::BadRequest)??;
    if length > largest { Err(Oops::TooLarge) } else { Ok(bytes) }
}
