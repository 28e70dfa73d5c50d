//! Faults from seeds: what goes wrong, with which process, when and for how long.
//!
//! One schedule: every integration is due, somebody's account was changed, and up to three things go wrong while two workers and a
//! server are at it. Then everything works again, and all has to be whole. A stage plays one schedule after the other, and several
//! stages play side by side: most of a schedule is waiting for leases to end.
//!
//! `FAULT_SCHEDULES=N` plays so many (default 200), from `FAULT_SEED=N` on (default: always the same). A seed that fails is printed with
//! what was done; `FAULT_SEED=N FAULT_SCHEDULES=1` plays it alone. The seed says what is done and when, and not how the system's
//! scheduler shares the processors: a schedule that fails may have to be played more than once. Even seeds have the database hand out
//! the work, odd ones NATS, which fails too.

use std::net::{Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use whole_system_tests::fault_proxy::{FaultProxy, Faults};
use whole_system_tests::nats_server::NatsServer;
use whole_system_tests::postgres_server::PostgresServer;

use crate::system::{Process, Setting, Stage};

/// The schedules of every CI.
const SCHEDULES: u64 = 200;
const FIRST: u64 = 20_261_127;
/// How many stages play side by side.
const STAGES: usize = 8;
const INTEGRATIONS: usize = 3;

fn variable(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// A worker, and the network between it and the database.
struct Worker {
    proxy: FaultProxy,
    process: Process,
}

/// A stage with two workers.
struct Play {
    stage: Stage,
    /// What hands out the work, unless the database does.
    nats: Option<NatsServer>,
    workers: [Worker; 2],
    slots: Vec<i64>,
    /// How many mails may be out twice by now.
    in_flight: usize,
    /// What was done in this schedule.
    done: Vec<String>,
}

#[test]
fn schedules_from_seeds() {
    let (first, count) = (variable("FAULT_SEED", FIRST), variable("FAULT_SCHEDULES", SCHEDULES));
    let of_kind = |kind: u64| (first..first + count).filter(|seed| seed % 2 == kind).collect::<Vec<_>>();
    let (seeds, next) = ([of_kind(0), of_kind(1)], [AtomicUsize::new(0), AtomicUsize::new(0)]);
    thread::scope(|scope| {
        for (seeds, next, has_queue) in [(&seeds[0], &next[0], false), (&seeds[1], &next[1], true)] {
            for _ in 0..seeds.len().min(STAGES / 2) {
                scope.spawn(move || {
                    let mut play = Play::start(has_queue);
                    while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                        play.schedule_or_say(*seed);
                    }
                });
            }
        }
    });
}

impl Play {
    fn start(has_queue: bool) -> Self {
        let nats = has_queue.then(|| NatsServer::start().unwrap());
        let queue = nats.as_ref().map(|nats| nats.url(""));
        let stage = Stage::start(Setting { queue, ..Setting::of(INTEGRATIONS) });
        let workers = [(); 2].map(|()| {
            let server = SocketAddr::from((Ipv4Addr::LOCALHOST, PostgresServer::shared().port()));
            let proxy = FaultProxy::start(server, 1).unwrap();
            Worker { process: stage.worker_through(proxy.address().port()), proxy }
        });
        Self { stage, nats, workers, slots: Vec::new(), in_flight: 0, done: Vec::new() }
    }

    fn schedule_or_say(&mut self, seed: u64) {
        self.done.clear();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.schedule(seed))) {
            eprintln!("FAULT_SEED={seed} failed: {}", self.done.join(", "));
            for worker in &self.workers {
                eprintln!("a worker said:\n{}", last(&worker.process.said()));
            }
            eprintln!("the server said:\n{}", last(&self.stage.service.said()));
            resume_unwind(panic);
        }
    }

    fn schedule(&mut self, seed: u64) {
        let mut dice = Rng::with_seed(seed);
        // Somebody has changed accounts, so that each sync has something to write.
        let changed = dice.usize(1..=3);
        self.stage.sql.execute(&format!(
            "UPDATE connector.directory_accounts SET position = 'seed {seed}', version = version + 1 WHERE (directory, employee) IN \
             (SELECT directory, employee FROM (SELECT directory, employee, row_number() OVER (PARTITION BY directory ORDER BY \
             employee) AS number FROM connector.directory_accounts) AS numbered WHERE number <= {changed})"
        ));
        let slot = self.stage.make_due();
        self.slots.push(slot);
        let (began, faults) = (Instant::now(), dice.usize(1..=3));
        for _ in 0..faults {
            pause(&mut dice, 1200);
            let at = began.elapsed().as_millis();
            let name = self.fault(&mut dice);
            self.done.push(format!("{name} at {at} ms"));
        }
        for worker in &self.workers {
            worker.proxy.heal();
        }
        self.in_flight += faults * INTEGRATIONS;
        self.stage.is_whole(&self.slots, self.in_flight);
        for worker in &mut self.workers {
            assert!(worker.process.is_there(), "a worker has ended: {}", worker.process.said());
        }
    }

    /// One thing goes wrong, and is over.
    fn fault(&mut self, dice: &mut Rng) -> &'static str {
        let one = dice.usize(0..2);
        let kinds = if self.nats.is_some() { 16 } else { 12 };
        match (dice.u8(0..kinds), &mut self.nats) {
            (12, Some(nats)) => {
                nats.stop().unwrap();
                pause(dice, 1500);
                nats.start_again().unwrap();
                "the queue is stopped"
            }
            (13, Some(nats)) => {
                nats.kill().unwrap();
                pause(dice, 1500);
                nats.start_again().unwrap();
                "the queue is killed"
            }
            (14, Some(nats)) => {
                nats.pause().unwrap();
                pause(dice, 4000);
                nats.resume().unwrap();
                "the queue hangs"
            }
            (15, Some(nats)) => {
                nats.kill().unwrap();
                nats.lose_disk().unwrap();
                nats.start_again().unwrap();
                "the queue loses its disk"
            }
            (kind, _) => self.fault_beside_the_queue(kind, one, dice),
        }
    }

    fn fault_beside_the_queue(&mut self, kind: u8, one: usize, dice: &mut Rng) -> &'static str {
        match kind {
            0..=2 => {
                self.workers[one].process.kill();
                pause(dice, 800);
                self.start_again(one);
                "a worker is killed"
            }
            3 => {
                self.workers[one].process.ask_to_end();
                let ended = self.workers[one].process.wait_for_end(Duration::from_mins(1));
                assert!(ended.success(), "{}", self.workers[one].process.said());
                self.start_again(one);
                "a worker is asked to end"
            }
            4 | 5 => {
                self.workers[one].process.pause();
                pause(dice, 4000);
                self.workers[one].process.go_on();
                "a worker is paused"
            }
            6 => {
                self.stage.service.kill();
                pause(dice, 800);
                self.stage.service.start_again();
                "the server is killed"
            }
            7 => {
                self.workers[one].proxy.cut();
                "a worker's connections are cut"
            }
            8 => {
                self.stage.database.cut_connections().unwrap();
                "every connection is cut"
            }
            9 => {
                let faults = match dice.u8(0..4) {
                    0 => Faults { keeps_requests: true, ..Faults::default() },
                    1 => Faults { keeps_answers: true, ..Faults::default() },
                    2 => Faults { turns_away: true, ..Faults::default() },
                    _ => Faults { delay: Duration::from_millis(40), ..Faults::default() },
                };
                self.workers[one].proxy.set(faults);
                pause(dice, 3000);
                if dice.bool() {
                    self.workers[one].proxy.cut();
                }
                self.workers[one].proxy.heal();
                "a worker's network fails"
            }
            10 => {
                self.workers[one].proxy.set(Faults { cut_within: Some(dice.u64(1000..40_000)), ..Faults::default() });
                pause(dice, 1500);
                self.workers[one].proxy.heal();
                "a worker's connections are cut in the middle of a message"
            }
            _ => {
                self.stage.post.fall_silent();
                pause(dice, 3000);
                self.stage.post.speak();
                "the mail server does not answer"
            }
        }
    }

    fn start_again(&mut self, one: usize) {
        self.workers[one].proxy.heal();
        self.workers[one].process = self.stage.worker_through(self.workers[one].proxy.address().port());
    }
}

fn pause(dice: &mut Rng, most: u64) {
    thread::sleep(Duration::from_millis(dice.u64(0..most)));
}

/// The last lines of a log.
fn last(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
