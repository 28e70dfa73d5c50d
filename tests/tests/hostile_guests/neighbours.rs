//! Hostile neighbours: guests that spin or allocate without end do not keep others from finishing.
//!
//! Nothing here looks at a clock. If a spinning guest did not give way, or an allocating one took what others need, the
//! others would not end at all; how much later they end is the benchmark's to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use connector_host::contract::SourceRecord;
use connector_host::sandbox::Limits;

use super::fixture::World;
use super::fixture::{Call, configured, holding, hostile_guest, run, settings, tenant};

/// Reads three pages of forty and maps them; gives who was mapped.
async fn well_behaved() -> Vec<String> {
    let mut tenant = configured(World::of(hostile_guest().await, Arc::default())).await;
    let (mut cursor, mut mapped) = (Some("read 40 3".to_owned()), Vec::new());
    while cursor.is_some() {
        let page = tenant.fetch_page(cursor.as_deref()).await.unwrap();
        for record in tenant.map_page(&page.employees).await.unwrap() {
            let SourceRecord::Excluded(one) = record else { panic!("{record:?}") };
            mapped.push(one.employee);
        }
        cursor = page.next;
        tokio::task::yield_now().await;
    }
    mapped
}

/// Misbehaves again and again, in a new tenant each time, until told to stop; gives how often it was stopped.
async fn hostile(what: &'static str, done: Arc<AtomicBool>) -> usize {
    let limits = Limits::default().memory_mib(64).call_milliseconds(100);
    let mut stopped = 0;
    while !done.load(Ordering::Relaxed) {
        let (mut guest, secret) = tenant(hostile_guest().await, &limits).await.unwrap();
        guest.configure(holding(&settings("well"), &secret)).await.unwrap();
        assert!(run(&mut guest, &secret, Call::MapEmployee, what).await.is_err());
        stopped += 1;
    }
    stopped
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_tenants_finish_beside_two_that_spin_and_one_that_allocates() {
    let done = Arc::new(AtomicBool::new(false));
    // As many spin as there are threads: without yielding, nobody else would ever run.
    let hostile: Vec<_> =
        ["spin", "spin", "allocate"].map(|what| tokio::spawn(hostile(what, Arc::clone(&done)))).into();
    let others: Vec<_> = (0..10).map(|_| tokio::spawn(well_behaved())).collect();
    for other in others {
        assert_eq!(other.await.unwrap(), vec!["1".to_owned(); 120]);
    }
    done.store(true, Ordering::Relaxed);
    for guest in hostile {
        assert!(guest.await.unwrap() > 0);
    }
}
