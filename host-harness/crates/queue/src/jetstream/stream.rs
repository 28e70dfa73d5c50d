//! The stream and its consumer: what they have to be, and making them.
//!
//! A stream of that name which is something else is refused, and never changed: it may be somebody's.

use std::time::Duration;

use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, IntoConsumerConfig as _, PullConsumer};
use async_nats::jetstream::context::{Context, RequestError, RequestErrorKind};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{self, RetentionPolicy, StorageType};
use async_nats::jetstream::{self, ErrorCode};
use serde_json::Value;

use super::error::StartProblem;

/// The one consumer. A work queue may have no second one that takes the same subjects.
pub const CONSUMER: &str = "workers";

/// For how long a message that the network delivers twice is known to be the same one.
const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// How many workers may wait for a job at once.
const MAX_WAITING: i64 = 65_536;

/// What is asked of a stream. How many servers keep it is up to whoever runs them, and may change.
const STREAM_SETTINGS: [&str; 13] = [
    "subjects",
    "retention",
    "storage",
    "max_msgs",
    "max_bytes",
    "max_age",
    "max_msgs_per_subject",
    "max_msg_size",
    "duplicate_window",
    "no_ack",
    "sealed",
    "mirror",
    "sources",
];

const CONSUMER_SETTINGS: [&str; 9] = [
    "deliver_subject",
    "deliver_policy",
    "ack_policy",
    "ack_wait",
    "max_deliver",
    "filter_subject",
    "max_ack_pending",
    "headers_only",
    "backoff",
];

/// What the queue is called on the server, and how long a job is held.
#[derive(Debug, Clone)]
pub struct Names {
    pub stream: String,
    pub replicas: usize,
    pub hold: Duration,
}

impl Names {
    /// All subjects of the stream.
    pub fn subjects(&self) -> String {
        format!("{}.>", self.stream)
    }

    fn stream_config(&self) -> stream::Config {
        stream::Config {
            name: self.stream.clone(),
            subjects: vec![self.subjects()],
            retention: RetentionPolicy::WorkQueue,
            storage: StorageType::File,
            // No limit drops a job. There is one for each run that is queued, and the database has those anyway.
            max_messages: -1,
            max_bytes: -1,
            max_messages_per_subject: -1,
            max_message_size: -1,
            duplicate_window: DUPLICATE_WINDOW,
            num_replicas: self.replicas,
            ..Default::default()
        }
    }

    fn consumer_config(&self) -> consumer::pull::Config {
        consumer::pull::Config {
            durable_name: Some(CONSUMER.to_owned()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.hold,
            // The worker counts, and decides when it is enough.
            max_deliver: -1,
            // Jobs that were handed back with a delay count. With a limit, a thousand of them would block the rest.
            max_ack_pending: -1,
            max_waiting: MAX_WAITING,
            ..Default::default()
        }
    }
}

/// What there is on the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    pub stream: bool,
    pub consumer: bool,
}

/// Looks for stream and consumer, and makes nothing.
///
/// # Errors
/// When one of them is something else, or the server does not say.
pub async fn look(context: &Context, names: &Names) -> Result<Found, StartProblem> {
    let Some(info) = stream_info(context, names).await? else { return Ok(Found::default()) };
    same_stream(names, &info.config)?;
    let subject = format!("CONSUMER.INFO.{}.{CONSUMER}", names.stream);
    let consumer = match request::<consumer::Info>(context, subject, &serde_json::json!({})).await? {
        Ok(info) => {
            same_consumer(names, &info.config)?;
            true
        }
        Err(error) if error.error_code() == ErrorCode::CONSUMER_NOT_FOUND => false,
        Err(error) => return Err(refusal("a consumer", &error)),
    };
    Ok(Found { stream: true, consumer })
}

/// Makes what is missing. Several processes may do so at once.
///
/// # Errors
/// When one of them is something else, or the server refuses to make it.
pub async fn ensure(context: &Context, names: &Names) -> Result<PullConsumer, StartProblem> {
    if !look(context, names).await?.stream {
        let subject = format!("STREAM.CREATE.{}", names.stream);
        let made = request::<stream::Info>(context, subject, &names.stream_config()).await?;
        match made {
            Ok(_) => {}
            // Another process made it in between: with the same settings, or this fails.
            Err(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST => {
                let info = stream_info(context, names).await?;
                info.map_or(Ok(()), |info| same_stream(names, &info.config))?;
            }
            Err(error) => return Err(refusal("the stream", &error)),
        }
    }
    let config = names.consumer_config();
    let made = context.create_consumer_on_stream(config, &names.stream).await;
    made.map_err(|error| StartProblem::NotMade { what: "the consumer", reason: error.to_string() })
}

async fn stream_info(context: &Context, names: &Names) -> Result<Option<stream::Info>, StartProblem> {
    let subject = format!("STREAM.INFO.{}", names.stream);
    match request::<stream::Info>(context, subject, &()).await? {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => Ok(None),
        Err(error) => Err(refusal("a stream", &error)),
    }
}

/// The server's answer to a request of the API: what was asked for, or its refusal.
async fn request<T: serde::de::DeserializeOwned>(
    context: &Context,
    subject: String,
    payload: &(impl serde::Serialize + Sync),
) -> Result<Result<T, jetstream::Error>, StartProblem> {
    let answer: Result<Response<T>, RequestError> = context.request(subject, payload).await;
    match answer {
        Ok(Response::Ok(answer)) => Ok(Ok(answer)),
        Ok(Response::Err { error }) => Ok(Err(error)),
        // Nobody listens to the API: no server of this cluster has it.
        Err(error) if error.kind() == RequestErrorKind::NoResponders => Err(StartProblem::NoJetStream("on the server")),
        Err(error) => Err(StartProblem::NoAnswer(error.to_string())),
    }
}

fn refusal(what: &'static str, error: &jetstream::Error) -> StartProblem {
    match error.error_code() {
        ErrorCode::JETSTREAM_NOT_ENABLED => StartProblem::NoJetStream("on the server"),
        ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => StartProblem::NoJetStream("for the user's account"),
        _ => StartProblem::NotMade { what, reason: error.to_string() },
    }
}

fn same_stream(names: &Names, found: &stream::Config) -> Result<(), StartProblem> {
    match differences(&STREAM_SETTINGS, &json(found), &json(&names.stream_config())) {
        None => Ok(()),
        Some(differences) => Err(StartProblem::StreamDiffers { stream: names.stream.clone(), differences }),
    }
}

fn same_consumer(names: &Names, found: &consumer::Config) -> Result<(), StartProblem> {
    let wanted = names.consumer_config().into_consumer_config();
    match differences(&CONSUMER_SETTINGS, &json(found), &json(&wanted)) {
        None => Ok(()),
        Some(differences) => Err(StartProblem::ConsumerDiffers {
            stream: names.stream.clone(),
            consumer: CONSUMER.to_owned(),
            differences,
        }),
    }
}

/// A configuration as the server's API has it, where each setting has the name that NATS gives it.
fn json(config: &impl serde::Serialize) -> Value {
    serde_json::to_value(config).unwrap_or_default()
}

/// Which of these settings differ.
fn differences(settings: &[&str], found: &Value, wanted: &Value) -> Option<String> {
    let differ = |setting: &&str| {
        let (found, wanted) = (found.get(*setting), wanted.get(*setting));
        (found != wanted)
            .then(|| format!("`{setting}` is {} and has to be {}", shown(setting, found), shown(setting, wanted)))
    };
    let each: Vec<_> = settings.iter().filter_map(differ).collect();
    (!each.is_empty()).then(|| each.join(", "))
}

/// A setting's value for a person. Times are in nanoseconds.
fn shown(setting: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "not set".to_owned(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(Value::Number(number)) if matches!(setting, "max_age" | "duplicate_window" | "ack_wait") => {
            format!("{:?}", Duration::from_nanos(number.as_u64().unwrap_or_default()))
        }
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_names_the_setting_and_both_values() {
        let wanted = json!({ "retention": "workqueue", "max_age": 0, "subjects": ["a.>"], "no_ack": false });
        let found = json!({ "retention": "limits", "max_age": 3_600_000_000_000_u64, "subjects": ["a.>"], "other": 1 });
        let settings = ["subjects", "retention", "max_age", "no_ack"];
        assert_eq!(differences(&settings, &wanted, &wanted), None);
        assert_eq!(
            differences(&settings, &found, &wanted).unwrap(),
            "`retention` is `limits` and has to be `workqueue`, `max_age` is 3600s and has to be 0ns, \
             `no_ack` is not set and has to be false"
        );
    }

    #[test]
    fn every_setting_that_is_asked_for_can_be_told_apart() {
        let names = Names { stream: "jobs".to_owned(), replicas: 1, hold: Duration::from_mins(1) };
        let consumer = names.consumer_config().into_consumer_config();
        let longer = Names { hold: Duration::from_secs(61), ..names.clone() };
        let longer = longer.consumer_config().into_consumer_config();
        let differing = differences(&CONSUMER_SETTINGS, &json(&longer), &json(&consumer)).unwrap();
        assert_eq!(differing, "`ack_wait` is 61s and has to be 60s");
        let three = Names { replicas: 3, ..names.clone() };
        assert_eq!(differences(&STREAM_SETTINGS, &json(&three.stream_config()), &json(&names.stream_config())), None);
    }
}
