//! Words that say that something has changed, to every process that shares a database.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::broadcast;
use tokio_postgres::AsyncMessage;

use crate::Postgres;

/// How many signals wait for a slow reader.
const WAITING: usize = 1024;
/// How long after a lost connection the next one is tried, at most.
const LONGEST: Duration = Duration::from_secs(5);

/// That something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// What somebody has announced.
    Word(String),
    /// Signals may have been missed: look at everything.
    Missed,
}

pub struct Signals {
    sender: broadcast::Sender<Signal>,
    listener: Option<tokio::task::AbortHandle>,
}

impl Signals {
    /// Within this process.
    pub fn local() -> Self {
        Self { sender: broadcast::channel(WAITING).0, listener: None }
    }

    /// Over a connection of its own to the server, which is made again when it breaks.
    pub fn of_server(server: &Postgres) -> Self {
        let sender = broadcast::channel(WAITING).0;
        let listener = tokio::spawn(listen(server.clone(), sender.clone())).abort_handle();
        Self { sender, listener: Some(listener) }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.sender.subscribe()
    }

    pub fn announce(&self, word: &str) {
        // Nobody may be listening.
        let _ = self.sender.send(Signal::Word(word.to_owned()));
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

async fn listen(server: Postgres, sender: broadcast::Sender<Signal>) {
    let mut wait = Duration::from_millis(100);
    loop {
        if let Ok((client, mut messages)) = server.listener().await {
            let listening = async {
                client.batch_execute(&format!("LISTEN {}", Postgres::CHANNEL)).await?;
                // What was announced before is not known.
                let _ = sender.send(Signal::Missed);
                Ok::<(), tokio_postgres::Error>(())
            };
            let mut listening = std::pin::pin!(listening);
            let mut is_listening = false;
            loop {
                tokio::select! {
                    done = &mut listening, if !is_listening => {
                        if done.is_err() { break }
                        is_listening = true;
                        wait = Duration::from_millis(100);
                    }
                    message = messages.next() => match message {
                        Some(Ok(AsyncMessage::Notification(notification))) => {
                            let _ = sender.send(Signal::Word(notification.payload().to_owned()));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => break,
                    },
                }
            }
            let _ = sender.send(Signal::Missed);
        }
        tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64())).await;
        wait = (wait * 2).min(LONGEST);
    }
}
