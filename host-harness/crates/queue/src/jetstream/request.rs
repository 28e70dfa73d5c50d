//! One question for a job, and what comes of it if nobody waits for the answer any more.

use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Batch;
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt as _;

/// How much later than it should the server says that nothing came.
const GRACE: Duration = Duration::from_secs(2);

/// A request for one message that the server has, or may have. Whoever drops it leaves it with the server, which would hold the
/// message for its sender until the hold time is over; so it is heard out, and what it brings is given back at once.
pub struct Request {
    /// None once it was answered.
    batch: Option<Batch>,
    begun: Instant,
    expires: Duration,
}

impl Request {
    pub async fn send(consumer: &PullConsumer, expires: Duration) -> Result<Self, String> {
        let begun = Instant::now();
        let batch = consumer.batch().max_messages(1).expires(expires).messages().await;
        Ok(Self { batch: Some(batch.map_err(|error| error.to_string())?), begun, expires })
    }

    /// The message, or none if there was none for a while. May be dropped and called again.
    pub async fn answer(&mut self) -> Result<Option<Message>, String> {
        let Some(batch) = &mut self.batch else { return Ok(None) };
        let answer = batch.next().await;
        self.batch = None;
        match answer {
            Some(answer) => answer.map(Some).map_err(|error| error.to_string()),
            // The client ends it some seconds after the server should have. A server of 2.9 says nothing at all when there is no
            // such consumer.
            None if self.begun.elapsed() > self.expires + GRACE => Err("it does not answer".to_owned()),
            None => Ok(None),
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let (Some(mut batch), Ok(runtime)) = (self.batch.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        runtime.spawn(async move {
            while let Some(Ok(message)) = batch.next().await {
                // If it does not get there, the hold time ends.
                let _ = message.ack_with(AckKind::Nak(None)).await;
            }
        });
    }
}
