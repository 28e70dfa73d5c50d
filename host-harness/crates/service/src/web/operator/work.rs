//! Who works, what waits, and what was given up.

use connector_console::model::{ProcessRow, Processes, Section, WorkPage, WorkQueue};
use connector_console::work as work_html;

use super::super::integrations::time;
use super::super::{Ask, Oops, Reply};
use super::overview;

/// How many of the runs that were given up are shown.
const GIVEN_UP: u32 = 20;

/// `GET /operator/work`.
pub async fn work(ask: Ask) -> Result<Reply, Oops> {
    let engine = ask.engine();
    let (waiting, since) = engine.db.queue_depth().await?;
    let given_up = engine.db.given_up_runs(GIVEN_UP).await?;
    let processes = if engine.is_shared() {
        let row = |worker: crate::db::Worker| ProcessRow {
            is_this: worker.id == engine.worker(),
            id: worker.id,
            version: worker.version,
            at_work: worker.at_work,
            room: worker.room,
            seen: worker.seen,
        };
        Processes::Many(engine.db.workers().await?.into_iter().map(row).collect())
    } else {
        Processes::One { at_work: engine.at_work(), room: engine.config.parallel as u64 }
    };
    let has_queue = engine.config.shared.as_ref().is_some_and(|shared| shared.queue.is_some());
    let page = WorkPage {
        queue: if has_queue { WorkQueue::JetStream } else { WorkQueue::Database },
        is_queue_up: engine.queue.is_available(),
        waiting,
        waiting_since: since.as_deref().map(time).filter(|_| waiting > 0),
        processes,
        given_up: overview::rows(&ask, &given_up).await?,
    };
    Ok(Reply::Page(work_html(&ask.shell(Section::Work), &page)))
}
