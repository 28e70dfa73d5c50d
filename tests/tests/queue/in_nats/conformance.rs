//! The suite for queues, each property on a server of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use connector_queue::{JetStreamOptions, JetStreamQueue, Queue};
use connector_queue_conformance::{Subject, Unready};
use whole_system_tests::nats_server::NatsServer;

struct OnServer {
    server: NatsServer,
    hold: Duration,
}

#[async_trait]
impl Subject for OnServer {
    async fn create(hold: Duration) -> Result<Self, Unready> {
        Ok(Self { server: NatsServer::start()?, hold })
    }

    async fn open(&self) -> Result<Arc<dyn Queue>, Unready> {
        let options = JetStreamOptions::parse(&self.server.url(""))?.hold(self.hold);
        Ok(Arc::new(JetStreamQueue::connect(&options).await?))
    }
}

connector_queue_conformance::tests!(OnServer);
