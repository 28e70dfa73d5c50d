//! A queue in NATS `JetStream`: a stream that keeps each job until it is done, and one consumer that all workers share.
//!
//! # How it maps
//! | here | there |
//! |---|---|
//! | a job | a message on a subject of its run's, below its tenant's |
//! | hold time | the consumer's `ack_wait` |
//! | `in_progress`, `done`, `hand_back` | `+WPI`, `+ACK`, `-NAK` with a delay, each confirmed by the server |
//! | attempt | the delivery's number |
//!
//! A delayed offer has its delay in a header. Whoever gets it first hands it back with what is left of the delay, and gets the next
//! one: servers before 2.12 cannot publish for later, and a timer in the scheduler would end with its process. What is left is
//! reckoned with the server's clock alone, from when it got the message and when it delivered it.
//!
//! # What is built on
//! Server 2.9, which Debian 12 has. Nothing of 2.10 and later is used, and the client is built without it.
//!
//! # What was rejected
//! Pulling several jobs at once: those that wait in a worker's memory are nobody's, and their hold time runs. A push consumer, for
//! the same reason. A message ID of the run's: see `message`.

mod delivery;
mod error;
mod message;
mod options;
mod request;
mod rights;
mod start;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::context::{Context, PublishErrorKind};
use async_nats::jetstream::{AckKind, Message};
use async_trait::async_trait;
use tokio::sync::watch;

pub use error::{StartError, StartProblem};
pub use options::JetStreamOptions;

use crate::health::Health;
use crate::hold::Hold;
use crate::{Delivery, Depth, Job, Queue, QueueError};
use delivery::JetStreamDelivery;
use request::Request;
use stream::Names;

/// How long one request for a job waits on the server, at most. A connection that breaks without a word is noticed after this.
const PULL: Duration = Duration::from_secs(5);

/// Pauses between attempts to reach a server: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A queue in NATS `JetStream`.
pub struct JetStreamQueue {
    context: Context,
    names: Names,
    consumer: PullConsumer,
    connected: watch::Receiver<u64>,
    link: Arc<Link>,
}

/// The connection, as deliveries need it.
pub(crate) struct Link {
    client: Client,
    health: Arc<Health>,
}

impl Link {
    /// Fails at once while there is no connection. The client would keep what it is given, and send it when nobody waits for it any
    /// more.
    fn check(&self) -> Result<(), QueueError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err(QueueError::Unavailable("the connection is lost".to_owned())),
        }
    }
}

impl JetStreamQueue {
    /// Connects, checks what is there and what the user may do, and makes stream and consumer if they are missing.
    ///
    /// # Errors
    /// With what is wrong and what to do. Then nothing was made.
    pub async fn connect(options: &JetStreamOptions) -> Result<Self, StartError> {
        let begun = Self::begin(options).await;
        begun.map_err(|problem| StartError::new(Some(options.shown()), problem))
    }

    async fn begin(options: &JetStreamOptions) -> Result<Self, StartProblem> {
        let names = Names { stream: options.stream.clone(), replicas: options.replicas, hold: options.hold };
        let health = Arc::new(Health::new(options.shown()));
        let connection = start::connect(options, &health).await?;
        let start::Connection { client, context, refusals, connected } = connection;
        rights::check_answers(&client, &refusals, &names.stream).await?;
        let found = stream::look(&context, &names).await?;
        rights::check(&client, &refusals, &names.stream, &found).await?;
        let consumer = stream::ensure(&context, &names).await?;
        Ok(Self { context, names, consumer, connected, link: Arc::new(Link { client, health }) })
    }

    /// Asks for one job. None is no error: nobody offered one for a while.
    async fn pull(&self) -> Result<Option<(Message, Hold)>, String> {
        let mut connected = self.connected.clone();
        connected.mark_unchanged();
        // Before the server sends it: its clock of the hold begins then.
        let hold = Hold::begin(self.names.hold);
        let mut request = Request::send(&self.consumer, PULL.min(self.names.hold / 4)).await?;
        tokio::select! {
            biased;
            answer = request.answer() => Ok(answer?.map(|message| (message, hold))),
            // A server that was away has forgotten who asked, and may have forgotten everything. Or it was asked after it came back,
            // and the news of that are late: the request hears the answer out.
            _ = connected.changed() => {
                let made = stream::ensure(&self.context, &self.names).await;
                made.map(|_| None).map_err(|problem| problem.to_string())
            }
        }
    }

    /// What a worker gets for a message, if it gets anything.
    async fn admit(&self, message: Message, hold: Hold) -> Result<Option<JetStreamDelivery>, String> {
        if hold.check().is_err() {
            // This process was stopped while the message lay here. It is somebody else's.
            return Ok(None);
        }
        let job = match message::job(&message.payload) {
            Ok(job) => job,
            Err(reason) => {
                tracing::warn!("a message on `{}` is no job and was removed: {reason}", message.subject);
                message.ack_with(AckKind::Term).await.map_err(|error| error.to_string())?;
                return Ok(None);
            }
        };
        let info = message.info().map_err(|error| error.to_string())?;
        let (delivered, published) = (u64::try_from(info.delivered).unwrap_or(1), info.published);
        let mut attempt = delivered.max(1);
        if let Some(delay) = message::delay(message.headers.as_ref()) {
            let waited = self.server_time().await?.map_or(0, |now| (now - published).whole_milliseconds());
            let left = delay.saturating_sub(Duration::from_millis(u64::try_from(waited).unwrap_or(0)));
            // The first delivery only brings the delay to light, even if it is over: so that counting stays simple.
            if attempt == 1 || !left.is_zero() {
                message.ack_with(delivery::not_before(left)).await.map_err(|error| error.to_string())?;
                return Ok(None);
            }
            attempt -= 1;
        }
        Ok(Some(JetStreamDelivery { job, attempt, message, hold, link: Arc::clone(&self.link) }))
    }

    /// When the server delivered something last, by its clock: now, to somebody who just got it.
    async fn server_time(&self) -> Result<Option<async_nats::datetime::DateTime>, String> {
        let info = self.consumer.get_info().await.map_err(|error| error.to_string())?;
        Ok(info.delivered.last_active)
    }

    /// Waits for a server that does not do as it should, and makes stream and consumer again if it lost them.
    async fn recover(&self, pause: Duration) {
        let mut connected = self.connected.clone();
        let jittered = pause.mul_f64(0.5 + fastrand::f64());
        // Waiting ends early when the connection is back.
        let _ = tokio::time::timeout(jittered, connected.changed()).await;
        if self.link.check().is_err() {
            return;
        }
        match stream::ensure(&self.context, &self.names).await {
            Ok(_) => self.link.health.up(),
            Err(problem) => self.link.health.down(&problem.to_string()),
        }
    }

    /// Sends an offer. `false`: there is no stream.
    async fn publish(&self, job: &Job, delay: Duration, mark: u64) -> Result<bool, QueueError> {
        let unavailable =
            |error: async_nats::jetstream::context::PublishError| QueueError::Unavailable(error.to_string());
        let message = message::compose(&self.names.stream, job, delay, mark);
        let subject = message::subject(&self.names.stream, job);
        let sent = self.context.send_publish(subject, message).await.map_err(unavailable)?;
        match sent.await {
            Ok(_) => Ok(true),
            // The subject has a message: the queue has this job.
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(true),
            Err(error) if error.kind() == PublishErrorKind::StreamNotFound => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn offer_now(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        self.link.check()?;
        // The same for both, so that the server knows the second one if it has the first.
        let mark = fastrand::u64(..);
        if self.publish(job, delay, mark).await? {
            return Ok(());
        }
        // The server lost its disk, or somebody removed the stream.
        let made = stream::ensure(&self.context, &self.names).await;
        made.map_err(|problem| QueueError::Unavailable(problem.to_string()))?;
        if self.publish(job, delay, mark).await? {
            Ok(())
        } else {
            Err(QueueError::Unavailable("it has no stream".to_owned()))
        }
    }

    async fn oldest(&self, after: u64) -> Result<Option<Duration>, QueueError> {
        let unavailable = |error: &dyn std::error::Error| QueueError::Unavailable(error.to_string());
        let stream = self.context.get_stream_no_info(&self.names.stream).await.map_err(|error| unavailable(&error))?;
        let next = stream.get_first_raw_message_by_subject(self.names.subjects(), after + 1).await;
        // Between the two questions it may have been taken.
        let Ok(next) = next else { return Ok(None) };
        let age = async_nats::datetime::now() - next.time;
        Ok(Some(age.try_into().unwrap_or_default()))
    }
}

#[async_trait]
impl Queue for JetStreamQueue {
    async fn offer(&self, job: &Job, delay: Duration) -> Result<(), QueueError> {
        let offered = self.offer_now(job, delay).await;
        match &offered {
            Ok(()) => self.link.health.up(),
            Err(error) => self.link.health.down(&error.reason()),
        }
        offered
    }

    async fn take(&self) -> Result<Box<dyn Delivery>, QueueError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let taken = match self.link.check() {
                Ok(()) => self.next().await,
                Err(error) => Err(error.reason()),
            };
            match taken {
                Ok(taken) => {
                    self.link.health.up();
                    pause = FIRST_PAUSE;
                    if let Some(delivery) = taken {
                        return Ok(Box::new(delivery));
                    }
                }
                Err(reason) => {
                    self.link.health.down(&reason);
                    self.recover(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        self.link.check()?;
        let info = self.consumer.get_info().await.map_err(|error| QueueError::Unavailable(error.to_string()))?;
        let oldest = match info.num_pending {
            0 => None,
            _ => self.oldest(info.delivered.stream_sequence).await?,
        };
        self.link.health.up();
        let at_work = u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX);
        Ok(Depth { waiting: info.num_pending, at_work, oldest })
    }

    fn is_available(&self) -> bool {
        self.link.health.is_up()
    }
}

impl JetStreamQueue {
    async fn next(&self) -> Result<Option<JetStreamDelivery>, String> {
        match self.pull().await? {
            Some((message, hold)) => self.admit(message, hold).await,
            None => Ok(None),
        }
    }
}
