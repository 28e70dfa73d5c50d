//! Logs on stderr, and traces for those who name an endpoint.
//!
//! Levels up to `info` name no person and hold no value; `debug` may, and has to be set on purpose. Traces are of runs and their
//! steps alone, whatever else is logged: a tenant's ID is an attribute of a span, and nobody's name is.
//!
//! No level shows credentials. A library that writes them into its most talkative lines is not heard at all ([`SILENT`]).

use std::io::IsTerminal as _;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{FilterExt as _, FilterFn, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::exit::CliError;
use super::serve::LogFormat;

/// What is traced: the spans of this target, and no others.
const TRACED: &str = "connector_service::trace";

/// Libraries that log passwords at `trace`. What they say of use is said by whoever uses them.
const SILENT: [&str; 1] = ["async_nats"];

/// Ends the traces in order: what is still to be sent is sent.
pub struct Traces(Option<SdkTracerProvider>);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take()
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!("the last traces could not be sent: {error}");
        }
    }
}

/// Begins to log, and to trace if there is an endpoint. To be called once, and outside of the asynchronous runtime: the exporter
/// has a thread of its own.
///
/// # Errors
/// When `HARNESS_LOG` is wrong, or the endpoint is no URL.
pub fn begin(format: LogFormat, endpoint: Option<&str>) -> Result<Traces, CliError> {
    let provider = endpoint.map(exporter).transpose()?;
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let log: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => log.json().with_filter(filter()?.and(without_credentials())).boxed(),
        LogFormat::Text => {
            log.with_ansi(std::io::stderr().is_terminal()).with_filter(filter()?.and(without_credentials())).boxed()
        }
    };
    let traces = provider.as_ref().map(|provider| {
        let only = Targets::new().with_target(TRACED, tracing::Level::INFO);
        tracing_opentelemetry::layer().with_tracer(provider.tracer("harness")).with_filter(only)
    });
    tracing_subscriber::registry().with(log).with(traces).init();
    Ok(Traces(provider))
}

fn exporter(endpoint: &str) -> Result<SdkTracerProvider, CliError> {
    // The HTTP client asks for one even where it uses none. Somebody who embeds this may have chosen another.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpJson).with_endpoint(url).build();
    let exporter = exporter.map_err(|error| {
        CliError::Usage(format!(
            "{endpoint} cannot be sent traces: {error}; write an address such as http://127.0.0.1:4318"
        ))
    })?;
    let resource = Resource::builder().with_service_name("harness").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// What `HARNESS_LOG` asks for. An invalid value is an error, because the person who set it expects logs.
fn filter() -> Result<EnvFilter, CliError> {
    let asked = std::env::var("HARNESS_LOG").unwrap_or_default();
    if asked.trim().is_empty() {
        return Ok(EnvFilter::new("warn"));
    }
    EnvFilter::try_new(&asked).map_err(|error| {
        CliError::Usage(format!("HARNESS_LOG: {error}; use a level such as info or debug, or unset it"))
    })
}

/// Leaves out what may hold credentials, whatever was asked for.
fn without_credentials() -> FilterFn {
    filter_fn(|metadata| !SILENT.iter().any(|library| metadata.target().split("::").next() == Some(*library)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::Context;

    use super::*;

    /// The targets of what is logged.
    #[derive(Clone, Default)]
    struct Caught(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Caught {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().target().to_owned());
        }
    }

    #[test]
    fn whoever_logs_passwords_is_not_heard_even_if_asked_for() {
        let caught = Caught::default();
        let everything = EnvFilter::new("trace,async_nats=trace,async_nats::connection=trace");
        let layer = caught.clone().with_filter(everything.and(without_credentials()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::trace!(target: "async_nats::connection", connect_info = "hunter2", "write operation: CONNECT");
            tracing::error!(target: "async_nats", "authorization violation");
            tracing::trace!(target: "async_nats_of_somebody_else", "heard");
            tracing::trace!(target: "connector_queue::health", "heard");
        });
        assert_eq!(*caught.0.lock().unwrap(), ["async_nats_of_somebody_else", "connector_queue::health"]);
    }
}
