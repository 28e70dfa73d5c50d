//! Scheduling, independent of tenants: in order, a limited number at once, each on its own.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use tokio_util::sync::CancellationToken;

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TaskResult<R> {
    /// Its work ended.
    Done(R),
    /// It was time to stop before it began.
    NotStarted,
    /// Its work panicked.
    Panicked,
}

/// Does `work` for every item; one result for each, in the items' order.
///
/// Items begin in their order, `room` of them at once, each as a task of its own. None begins after `stop`; those that
/// have begun hear of it themselves. Dropping the future drops them all.
pub(super) async fn all<T, R, W>(
    items: Vec<T>,
    room: usize,
    stop: &CancellationToken,
    work: impl Fn(T) -> W,
) -> Vec<TaskResult<R>>
where
    R: Send + 'static,
    W: Future<Output = R> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(room.max(1)));
    let mut results: Vec<TaskResult<R>> = items.iter().map(|_| TaskResult::NotStarted).collect();
    let mut tasks = JoinSet::new();
    let mut indices = HashMap::new();
    for (index, item) in items.into_iter().enumerate() {
        let Some(Ok(place)) = stop.run_until_cancelled(Arc::clone(&places).acquire_owned()).await else { break };
        if stop.is_cancelled() {
            break;
        }
        let work = work(item);
        let task = tasks.spawn(async move {
            let result = work.await;
            drop(place);
            result
        });
        indices.insert(task.id(), index);
    }
    while let Some(joined) = tasks.join_next_with_id().await {
        let (id, result) = match joined {
            Ok((id, value)) => (id, TaskResult::Done(value)),
            Err(error) => (error.id(), TaskResult::Panicked),
        };
        if let Some(slot) = indices.get(&id).and_then(|index| results.get_mut(*index)) {
            *slot = result;
        }
    }
    results
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails; one of them is about panicking")]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn items_begin_in_their_order_and_only_so_many_at_once() {
        let (begun, at_once, most) =
            (Mutex::new(Vec::new()), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let stop = CancellationToken::new();
        let results = all((0..20).collect(), 3, &stop, |item: u64| {
            begun.lock().unwrap().push(item);
            let (at_once, most) = (Arc::clone(&at_once), Arc::clone(&most));
            async move {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_millis(20 - item)).await;
                at_once.fetch_sub(1, Ordering::SeqCst);
                item
            }
        })
        .await;
        assert_eq!(*begun.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!(results, (0..20).map(TaskResult::Done).collect::<Vec<_>>(), "results stand in the items' order too");
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn items_that_panic_or_are_slow_hold_back_nobody() {
        let stop = CancellationToken::new();
        let results = all(vec!["slow", "breaks", "quick", "quick"], 2, &stop, |item| async move {
            match item {
                "slow" => sleep(Duration::from_hours(1)).await,
                "breaks" => panic!("as planned"),
                _ => {}
            }
            tokio::time::Instant::now()
        })
        .await;
        let [TaskResult::Done(slow), TaskResult::Panicked, TaskResult::Done(one), TaskResult::Done(other)] = &*results
        else {
            panic!("{results:?}")
        };
        assert!(*slow - *one >= Duration::from_hours(1) && one == other);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_stop_nothing_begins_and_what_has_begun_ends() {
        let stop = CancellationToken::new();
        let results = all(vec![1, 2, 3, 4], 2, &stop, |item| {
            let stopper = stop.clone();
            async move {
                sleep(Duration::from_secs(item)).await;
                stopper.cancel();
                item
            }
        })
        .await;
        assert_eq!(results, [TaskResult::Done(1), TaskResult::Done(2), TaskResult::NotStarted, TaskResult::NotStarted]);
    }
}
