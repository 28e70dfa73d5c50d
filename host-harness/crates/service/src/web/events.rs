//! Server-sent events: that something has changed, never what. A page looks again, with all that is checked for a page.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Ask, Oops, Reply};
use crate::db::{RunState, Scope};
use crate::engine::Engine;

/// How often a silent stream says that it is there, so that no proxy ends it.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Changes that come faster are told as one.
const TOGETHER: Duration = Duration::from_millis(200);

/// `GET /integrations/events`: anything of the tenant's.
pub async fn of_tenant(ask: Ask) -> Result<Reply, Oops> {
    let tenant = ask.tenant()?.id.clone();
    stream(&ask, tenant, None)
}

/// `GET /runs/{run}/events`: one run, until it is over.
pub async fn of_run(ask: Ask) -> Result<Reply, Oops> {
    let run = ask.run().await?;
    let is_over = run.state == RunState::Ended;
    if is_over { Ok(one_event()) } else { stream(&ask, run.tenant, Some(run.id)) }
}

/// `GET /tests/{probe}/events`: one test or question, until it is answered.
pub async fn of_probe(ask: Ask) -> Result<Reply, Oops> {
    let tenant = ask.tenant()?.id.clone();
    let probe = ask.engine().probes.find(&tenant, ask.parameter("probe")).ok_or(Oops::NotFound)?;
    if ask.engine().live.find(&probe.id).is_none() {
        Ok(one_event())
    } else {
        stream(&ask, tenant, Some(probe.id.clone()))
    }
}

const CHANGED: &str = "event: message\ndata: changed\n\n";

/// Something that is over: look once more, and do not come back.
fn one_event() -> Reply {
    Reply::Events(Box::pin(tokio_stream::iter([Ok(Bytes::from_static(CHANGED.as_bytes()))])))
}

/// Whether nothing more is heard of this run, test or question.
async fn is_over(engine: &Engine, id: &str) -> bool {
    let run = engine.db.run(&Scope::All, id).await;
    engine.live.find(id).is_none() && run.is_ok_and(|run| run.is_none_or(|run| run.state == RunState::Ended))
}

fn stream(ask: &Ask, tenant: String, id: Option<String>) -> Result<Reply, Oops> {
    let counted = ask.site.streams.open(&ask.user()?.id).ok_or(Oops::TooMany)?;
    let engine = std::sync::Arc::clone(ask.engine());
    let (sender, receiver) = mpsc::channel::<Result<Bytes, Infallible>>(4);
    let mut changes = engine.live.listen();
    tokio::spawn(async move {
        let (_following, _counted) = (engine.metrics.follow(), counted);
        let say = |text: &'static str| {
            let sender = sender.clone();
            async move { sender.send(Ok(Bytes::from_static(text.as_bytes()))).await.is_ok() }
        };
        // What changed between the page and this stream is not missed; nor what ended before it listened.
        if !say("retry: 2000\n\n").await || !say(CHANGED).await {
            return;
        }
        if let Some(id) = &id
            && is_over(&engine, id).await
        {
            return;
        }
        loop {
            let heard = tokio::select! {
                heard = tokio::time::timeout(HEARTBEAT, changes.recv()) => heard,
                () = engine.stop.cancelled() => return,
                () = sender.closed() => return,
            };
            let is_ours = match heard {
                Err(_) => {
                    if !say(": still here\n\n").await {
                        return;
                    }
                    false
                }
                Ok(Err(RecvError::Closed)) => return,
                Ok(Err(RecvError::Lagged(_))) => true,
                Ok(Ok(change)) => change.is_about(&tenant, id.as_deref()),
            };
            if is_ours {
                tokio::time::sleep(TOGETHER).await;
                changes = changes.resubscribe();
                let is_over = match &id {
                    Some(id) => is_over(&engine, id).await,
                    None => false,
                };
                if !say(CHANGED).await || is_over {
                    return;
                }
            }
        }
    });
    Ok(Reply::Events(Box::pin(ReceiverStream::new(receiver))))
}
