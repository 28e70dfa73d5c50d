//! How much later syncs finish beside many signed-in readers who look at them again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use whole_system_tests::service_client::{Browser, Console, Customer, Options, Request, Source};

use super::{figure, median, millis, read};

const SYNCS: usize = 16;
const READERS: u32 = 200;
/// The people of each sync.
const PEOPLE: usize = 1_000;
/// Rounds without and with readers, in turns.
const ROUNDS: usize = 3;
/// How often a page without JavaScript looks again.
const LOOK: Duration = Duration::from_secs(5);

/// Measures rounds with and without readers in one service, and writes the ratio of their times down.
pub fn measure(harness: &'static str) {
    let source = Source::of(PEOPLE);
    let console = Console::start(Options::new(harness, &source.origin()));
    let customers: Vec<Customer> = (0..SYNCS).map(|number| console.customer(&format!("Acme {number}"))).collect();
    // The first round fills the caches for both.
    round(&customers, &source.origin());
    let (mut alone, mut beside, mut pages) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        alone.push(millis(round(&customers, &source.origin())));
        let readers = Readers::start(&customers);
        beside.push(millis(round(&customers, &source.origin())));
        pages += readers.stop();
    }
    let (alone, beside) = (median(alone), median(beside));
    let ratio = beside / alone;
    println!("service-readers: {alone:.0} ms alone, {beside:.0} ms beside {READERS} readers who read {pages} pages");
    let details = json!({ "milliseconds_alone": alone, "milliseconds_beside": beside, "pages_read": pages });
    figure::write("service-readers", ratio, &details);
}

/// Syncs into new directories, from the start of the first to the end of the last.
fn round(customers: &[Customer], origin: &str) -> Duration {
    let integrations: Vec<String> = customers.iter().map(|customer| customer.integration("Personio", origin)).collect();
    let start = Instant::now();
    let both = || customers.iter().zip(&integrations);
    let runs: Vec<String> = both().map(|(customer, integration)| customer.begin(integration, "sync")).collect();
    for (customer, run) in customers.iter().zip(&runs) {
        let ended = customer.ended(run);
        assert_eq!(ended["verdict"], "done", "{ended}");
    }
    let time = start.elapsed();
    for (customer, integration) in both() {
        let path = format!("/api/v1/integrations/{integration}");
        let answer = customer.api.send(Request::new("DELETE", &path));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    time
}

/// Readers, each of whom looks at once and then as often as a page does.
struct Readers {
    stop: Arc<AtomicBool>,
    pages: Arc<AtomicUsize>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Readers {
    fn start(customers: &[Customer]) -> Self {
        let (stop, pages) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let each = |(number, customer): (u32, &Customer)| {
            let (reader, stop, pages) = (customer.admin.clone(), Arc::clone(&stop), Arc::clone(&pages));
            // They do not all look at the same moment.
            let offset = LOOK * number / READERS;
            thread::spawn(move || follow(&reader, offset, &stop, &pages))
        };
        let threads = (0..READERS).zip(customers.iter().cycle()).map(each).collect();
        Self { stop, pages, threads }
    }

    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.thread().unpark();
            thread.join().expect("a reader");
        }
        self.pages.load(Ordering::Relaxed)
    }
}

fn follow(reader: &Browser, offset: Duration, stop: &AtomicBool, pages: &AtomicUsize) {
    let mut next = Instant::now() + offset;
    loop {
        while Instant::now() < next {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            thread::park_timeout(next.saturating_duration_since(Instant::now()));
        }
        read(reader, "/integrations");
        pages.fetch_add(1, Ordering::Relaxed);
        next += LOOK;
    }
}
