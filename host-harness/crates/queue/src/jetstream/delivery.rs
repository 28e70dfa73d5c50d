//! A job in the hands of a worker, as a message of `JetStream` that is not acknowledged yet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::{AckKind, Message};
use async_trait::async_trait;

use super::Link;
use crate::hold::Hold;
use crate::{Delivery, Job, QueueError};

/// See the module.
pub struct JetStreamDelivery {
    pub(super) job: Job,
    pub(super) attempt: u64,
    pub(super) message: Message,
    pub(super) hold: Hold,
    pub(super) link: Arc<Link>,
}

impl JetStreamDelivery {
    /// Sends an acknowledgement and waits until the server has it.
    async fn acknowledge(&self, kind: AckKind) -> Result<(), QueueError> {
        self.hold.check()?;
        self.link.check()?;
        let answer = self.message.double_ack_with(kind).await;
        answer.map_err(|error| QueueError::Unavailable(error.to_string()))
    }
}

#[async_trait]
impl Delivery for JetStreamDelivery {
    fn job(&self) -> &Job {
        &self.job
    }

    fn attempt(&self) -> u64 {
        self.attempt
    }

    async fn in_progress(&self) -> Result<(), QueueError> {
        let now = Instant::now();
        self.acknowledge(AckKind::Progress).await?;
        self.hold.renew(now);
        Ok(())
    }

    async fn done(&self) -> Result<(), QueueError> {
        self.acknowledge(AckKind::Ack).await
    }

    async fn hand_back(&self, delay: Duration) -> Result<(), QueueError> {
        self.acknowledge(not_before(delay)).await
    }
}

/// A negative acknowledgement: at once, or after a delay.
pub fn not_before(delay: Duration) -> AckKind {
    AckKind::Nak((!delay.is_zero()).then_some(delay))
}
