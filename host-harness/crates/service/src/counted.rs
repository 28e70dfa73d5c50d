//! Counts the requests that connectors send, by origin.

use std::sync::Arc;

use connector_host::http::{HttpError, Inbound, Origin, Outbound, Transport};

use crate::metrics::Metrics;

/// A transport whose requests are counted. Origins that a tenant's settings name are counted together: there may be as many of
/// them as there are tenants, and each would be a row of figures for ever.
pub struct Counted {
    inner: Arc<dyn Transport>,
    metrics: Arc<Metrics>,
    known: Arc<[Origin]>,
}

impl Counted {
    /// Counts what this transport sends; `known` are the origins that are named.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>, metrics: Arc<Metrics>, known: Vec<Origin>) -> Self {
        Self { inner, metrics, known: known.into() }
    }
}

#[async_trait::async_trait]
impl Transport for Counted {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let origin = Origin::of(&request.url).filter(|origin| self.known.contains(origin));
        let origin = origin.map_or_else(|| "other".to_owned(), |origin| origin.to_string());
        let answer = self.inner.send(request, limit).await;
        let outcome = match &answer {
            Ok(answer) if answer.status == 429 => "asked-to-wait",
            Ok(answer) if answer.status >= 500 => "failed",
            Ok(answer) if answer.status >= 400 => "refused",
            Ok(_) => "answered",
            Err(_) => "unanswered",
        };
        self.metrics.requested(&origin, outcome);
        answer
    }

    fn for_tenant(&self) -> Option<Arc<dyn Transport>> {
        let inner = self.inner.for_tenant()?;
        Some(Arc::new(Self { inner, metrics: Arc::clone(&self.metrics), known: Arc::clone(&self.known) }))
    }
}
