//! For monitoring: is it alive, can it work, and its figures.

use super::{Ask, Oops, Reply};

const TEXT: &str = "text/plain; charset=utf-8";
/// What figures are.
pub const FIGURES: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /healthz`: the process answers.
pub async fn healthy(_: Ask) -> Result<Reply, Oops> {
    Ok(Reply::Text(200, TEXT, "ok\n".to_owned()))
}

/// `GET /readyz`: the database answers, and the service is not about to end.
pub async fn ready(ask: Ask) -> Result<Reply, Oops> {
    let engine = ask.engine();
    if engine.stop.is_cancelled() {
        return Ok(Reply::Text(503, TEXT, "stopping\n".to_owned()));
    }
    match engine.db.ping().await {
        Ok(()) if engine.keys.is_empty() => {
            Ok(Reply::Text(200, TEXT, "ok, but there is no key: secrets cannot be opened\n".to_owned()))
        }
        Ok(()) => Ok(Reply::Text(200, TEXT, "ok\n".to_owned())),
        Err(error) => Ok(Reply::Text(503, TEXT, format!("{error}\n"))),
    }
}

/// `GET /metrics`: for the machine itself, and for operators with a token.
pub async fn metrics(ask: Ask) -> Result<Reply, Oops> {
    // A proxy on this machine is nobody to be trusted with what it was not asked to show.
    let is_local = ask.peer.is_loopback() && !ask.is_passed_on;
    if !is_local && !ask.is_operator() {
        return Err(Oops::NotFound);
    }
    let text = ask.engine().figures().await.map_err(|_| Oops::Internal)?;
    Ok(Reply::Text(200, FIGURES, text))
}
