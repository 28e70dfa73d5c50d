//! A job as a message: its subject, its headers, its payload.
//!
//! One subject for each run, below its tenant's: `connector-jobs.TENANT.RUN`. The server refuses a message on a subject that has
//! one, so a run is in the queue once for as long as it is there, however long that is. The duplicate window of `JetStream` knows
//! a message ID for two minutes only, and knows it still when the job has ended: a run that is tried again would not be queued.
//! It is used for what it is good at: an offer that the network delivers twice.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, Subject};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Job;

/// For how long, in milliseconds from when the server has it, nobody may take the job. A time of day would need two machines whose
/// clocks agree.
const DELAY: &str = "Connector-Delay";

/// What may stand between the dots of a subject as it is. IDs of the service have nothing else.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The job's subject in this stream.
pub fn subject(stream: &str, job: &Job) -> Subject {
    let part = |id| utf8_percent_encode(id, ENCODED).to_string();
    format!("{stream}.{}.{}", part(&job.tenant), part(&job.run)).into()
}

/// The job's message. Sent again with the same mark, it is the same offer.
pub fn compose(stream: &str, job: &Job, delay: Duration, mark: u64) -> PublishMessage {
    // A structure of texts is always JSON.
    let payload = serde_json::to_vec(job).unwrap_or_default();
    let message = PublishMessage::build()
        .payload(payload.into())
        .message_id(format!("{}/{mark:016x}", utf8_percent_encode(&job.run, ENCODED)))
        .expected_stream(stream)
        .expected_last_subject_sequence(0);
    if delay.is_zero() { message } else { message.header(DELAY, delay.as_millis().to_string()) }
}

/// A message's job, or why it has none.
pub fn job(payload: &[u8]) -> Result<Job, String> {
    serde_json::from_slice(payload).map_err(|error| error.to_string())
}

/// For how long the job may not be taken.
pub fn delay(headers: Option<&HeaderMap>) -> Option<Duration> {
    let text = headers?.get(DELAY)?.as_str();
    text.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_a_subject_of_its_own_below_its_tenants() {
        let job = |run: &str, tenant: &str| Job {
            run: run.to_owned(),
            tenant: tenant.to_owned(),
            integration: "personio".to_owned(),
        };
        assert_eq!(subject("connector-jobs", &job("r1", "acme")).as_str(), "connector-jobs.acme.r1");
        // Nothing in an ID makes another subject of it.
        assert_eq!(subject("jobs", &job("r.>", "a b*\r\n")).as_str(), "jobs.a%20b%2A%0D%0A.r%2E%3E");
    }

    #[test]
    fn what_is_no_job_has_a_reason() {
        let job = job(br#"{"run":"r1","tenant":"acme","integration":"i1","later":true}"#).unwrap();
        assert_eq!(job.run, "r1");
        assert!(super::job(b"hello").unwrap_err().contains("expected value"));
        assert!(super::job(b"{}").unwrap_err().contains("missing field `run`"));
    }

    #[test]
    fn a_delay_is_a_number_of_milliseconds() {
        let headers = |value: &str| HeaderMap::from_iter([(DELAY.parse().unwrap(), value.into())]);
        assert_eq!(delay(Some(&headers("1500"))), Some(Duration::from_millis(1500)));
        assert_eq!(delay(Some(&headers("soon"))), None);
        assert_eq!(delay(None), None);
    }
}
