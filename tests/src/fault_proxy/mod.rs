//! A network that fails, on loopback: a proxy between the service and a server, which a test tells what to do to it.
//!
//! It is slow, cuts connections at once or in the middle of a message, keeps what goes one way, turns new connections away, and
//! sends a publication of NATS twice. What it does at random, it does from a seed. The kernel's own faults (`tc netem`) were
//! rejected: they need root, and are the whole machine's.
//!
//! It has a thread of its own, so that it goes on when a test blocks its runtime.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

mod publications;

use publications::Publications;

/// What a network does wrong. Nothing, unless it is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Each piece of what is sent, of a few kilobytes at most, takes up to this long.
    pub delay: Duration,
    /// New connections are broken as soon as they are there.
    pub turns_away: bool,
    /// What the client sends is kept until this ends.
    pub keeps_requests: bool,
    /// What the server sends is kept until this ends.
    pub keeps_answers: bool,
    /// Each connection is cut when so many bytes, at random and at most, have gone through it either way: in the middle of a message.
    pub cut_within: Option<u64>,
    /// Publications of NATS on a subject that begins with this are sent twice; each with this probability.
    pub duplicates: Option<(String, f64)>,
}

/// A proxy. Its connections end with it.
pub struct FaultProxy {
    address: SocketAddr,
    control: Arc<Control>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Control {
    server: SocketAddr,
    faults: watch::Sender<Faults>,
    /// How often all connections were cut.
    cuts: watch::Sender<u64>,
    ended: watch::Sender<bool>,
    open: AtomicUsize,
    duplicated: AtomicUsize,
    random: Mutex<Rng>,
}

impl FaultProxy {
    /// Starts one in front of a server, as a network without faults.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let control = Arc::new(Control {
            server,
            faults: watch::Sender::default(),
            cuts: watch::Sender::default(),
            ended: watch::Sender::default(),
            open: AtomicUsize::default(),
            duplicated: AtomicUsize::default(),
            random: Mutex::new(Rng::with_seed(seed)),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let own = Arc::clone(&control);
        let thread = thread::spawn(move || runtime.block_on(serve(listener, own)));
        Ok(Self { address, control, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets the network do this from now on, to open connections too.
    pub fn set(&self, faults: Faults) {
        self.control.faults.send_replace(faults);
    }

    /// Lets it work again. What it kept arrives.
    pub fn heal(&self) {
        self.set(Faults::default());
    }

    /// Breaks all connections that are open.
    pub fn cut(&self) {
        self.control.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.control.open.load(Ordering::SeqCst)
    }

    /// How many publications were sent twice.
    #[must_use]
    pub fn duplicated(&self) -> usize {
        self.control.duplicated.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.control.ended.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // It has panicked, and its test has failed for that.
            let _ = thread.join();
        }
    }
}

impl Control {
    fn random(&self) -> Rng {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }
}

async fn serve(listener: std::net::TcpListener, control: Arc<Control>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let mut ended = control.ended.subscribe();
    loop {
        tokio::select! {
            _ = ended.wait_for(|ended| *ended) => return,
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                tokio::spawn(connection(client, Arc::clone(&control)));
            },
        }
    }
}

async fn connection(mut client: TcpStream, control: Arc<Control>) {
    let turns_away = control.faults.borrow().turns_away;
    let server = if turns_away { None } else { TcpStream::connect(control.server).await.ok() };
    let Some(mut server) = server else { return break_off(&client) };
    // Without it, small messages wait for others.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let mut cuts = control.cuts.subscribe();
    cuts.mark_unchanged();
    control.open.fetch_add(1, Ordering::SeqCst);
    let is_broken = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        let budget = Mutex::new(None);
        let up = Pump { from: from_client, to: to_server, is_up: true, random: control.random(), budget: &budget };
        let down = Pump { from: from_server, to: to_client, is_up: false, random: control.random(), budget: &budget };
        tokio::select! {
            ended = async { tokio::try_join!(up.run(&control), down.run(&control)) } => ended.is_err(),
            _ = cuts.changed() => true,
        }
    };
    if is_broken {
        break_off(&client);
        break_off(&server);
    }
    control.open.fetch_sub(1, Ordering::SeqCst);
}

/// Ends a connection with a reset when it is dropped, as a network does that has lost its state.
fn break_off(stream: &TcpStream) {
    // Where this cannot be set, it ends more politely.
    let _ = stream.set_zero_linger();
}

/// A connection is to be broken.
struct Broken;

/// One direction of a connection.
struct Pump<'a> {
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
    is_up: bool,
    random: Rng,
    /// How many bytes the connection may still carry, either way, if it is to be cut.
    budget: &'a Mutex<Option<u64>>,
}

impl Pump<'_> {
    /// Carries until one side ends what it sends.
    async fn run(mut self, control: &Control) -> Result<(), Broken> {
        let mut faults = control.faults.subscribe();
        let mut publications = Publications::default();
        let mut buffer = vec![0; 4096];
        loop {
            let count = self.from.read(&mut buffer).await.map_err(|_| Broken)?;
            let piece = buffer.get(..count).unwrap_or_default();
            let is_kept = |faults: &Faults| if self.is_up { faults.keeps_requests } else { faults.keeps_answers };
            let now = faults.wait_for(|faults| !is_kept(faults)).await.map_err(|_| Broken)?.clone();
            if count == 0 {
                return self.to.shutdown().await.map_err(|_| Broken);
            }
            if !now.delay.is_zero() {
                tokio::time::sleep(now.delay.mul_f64(self.random.f64())).await;
            }
            let sent = if self.is_up {
                let twice = |subject: &str| {
                    now.duplicates.as_ref().is_some_and(|(start, probability)| {
                        subject.starts_with(start) && self.random.f64() < *probability
                    })
                };
                let (sent, duplicated) = publications.pass(piece, twice);
                control.duplicated.fetch_add(duplicated, Ordering::SeqCst);
                sent
            } else {
                piece.to_vec()
            };
            let (sent, is_cut) = self.within_budget(&now, &sent);
            self.to.write_all(sent).await.map_err(|_| Broken)?;
            if is_cut {
                return Err(Broken);
            }
        }
    }

    /// As much of this as the connection may still carry, and whether it ends there.
    fn within_budget<'b>(&mut self, faults: &Faults, bytes: &'b [u8]) -> (&'b [u8], bool) {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(within) = faults.cut_within else {
            *budget = None;
            return (bytes, false);
        };
        let left = budget.unwrap_or_else(|| self.random.u64(..=within));
        let carried = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        *budget = Some(left.saturating_sub(carried as u64));
        (bytes.get(..carried).unwrap_or(bytes), carried < bytes.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on is a failed test")]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    /// A server that sends back what it is sent.
    fn echo() -> SocketAddr {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || io::copy(&mut stream.try_clone().unwrap(), &mut &stream));
            }
        });
        address
    }

    fn proxy(faults: Faults) -> FaultProxy {
        let proxy = FaultProxy::start(echo(), 1).unwrap();
        proxy.set(faults);
        proxy
    }

    fn connect(proxy: &FaultProxy) -> std::net::TcpStream {
        let stream = std::net::TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    fn receive(stream: &mut std::net::TcpStream, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn without_faults_everything_passes_and_an_end_is_an_end() {
        let proxy = proxy(Faults::default());
        let mut stream = connect(&proxy);
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut writer = stream.try_clone().unwrap();
        let all = text.clone();
        let writing = thread::spawn(move || {
            writer.write_all(&all).unwrap();
            writer.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let mut echoed = Vec::new();
        stream.read_to_end(&mut echoed).expect("an end, and no reset");
        writing.join().unwrap();
        assert_eq!(echoed, text);
    }

    #[test]
    fn a_cut_breaks_what_is_open_and_nothing_later() {
        let proxy = proxy(Faults::default());
        let mut stream = connect(&proxy);
        stream.write_all(b"a").unwrap();
        assert_eq!(receive(&mut stream, 1).unwrap(), b"a");
        assert_eq!(proxy.open(), 1);
        proxy.cut();
        assert_eq!(receive(&mut stream, 1).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let mut next = connect(&proxy);
        next.write_all(b"b").unwrap();
        assert_eq!(receive(&mut next, 1).unwrap(), b"b");
    }

    #[test]
    fn what_goes_one_way_is_kept_until_it_heals() {
        for faults in
            [Faults { keeps_requests: true, ..Faults::default() }, Faults { keeps_answers: true, ..Faults::default() }]
        {
            let proxy = proxy(faults.clone());
            let mut stream = connect(&proxy);
            stream.write_all(b"kept").unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let nothing = receive(&mut stream, 1).unwrap_err().kind();
            assert!(matches!(nothing, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{faults:?}: {nothing}");
            proxy.heal();
            stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
            assert_eq!(receive(&mut stream, 4).unwrap(), b"kept");
        }
    }

    #[test]
    fn new_connections_are_turned_away() {
        let proxy = proxy(Faults { turns_away: true, ..Faults::default() });
        let mut stream = connect(&proxy);
        assert!(receive(&mut stream, 1).is_err());
        proxy.heal();
        let mut next = connect(&proxy);
        next.write_all(b"b").unwrap();
        assert_eq!(receive(&mut next, 1).unwrap(), b"b");
    }

    #[test]
    fn a_connection_is_cut_in_the_middle_at_a_place_from_the_seed() {
        let places = |seed| {
            let proxy = FaultProxy::start(echo(), seed).unwrap();
            proxy.set(Faults { cut_within: Some(1000), ..Faults::default() });
            let place = |_| {
                let mut stream = connect(&proxy);
                // One byte at a time, so that the place does not depend on how they are put together.
                (0_u32..100_000).find(|_| stream.write_all(b"x").is_err() || receive(&mut stream, 1).is_err()).unwrap()
            };
            (0..5).map(place).collect::<Vec<u32>>()
        };
        let (one, again, other) = (places(7), places(7), places(8));
        assert_eq!(one, again);
        assert_ne!(one, other);
        assert!(one.iter().all(|place| *place <= 500), "each byte is carried twice: {one:?}");
    }

    #[test]
    fn a_delay_delays_and_loses_nothing() {
        let proxy = proxy(Faults { delay: Duration::from_millis(20), ..Faults::default() });
        let mut stream = connect(&proxy);
        for byte in 0..20 {
            stream.write_all(&[byte]).unwrap();
            assert_eq!(receive(&mut stream, 1).unwrap(), [byte]);
        }
    }

    #[test]
    fn publications_are_sent_twice() {
        let proxy = proxy(Faults { duplicates: Some(("jobs.".to_owned(), 1.0)), ..Faults::default() });
        let mut stream = connect(&proxy);
        stream.write_all(b"CONNECT {}\r\nPUB jobs.a 1\r\nx\r\nPUB other 1\r\ny\r\n").unwrap();
        let sent: &[u8] = b"CONNECT {}\r\nPUB jobs.a 1\r\nx\r\nPUB jobs.a 1\r\nx\r\nPUB other 1\r\ny\r\n";
        assert_eq!(receive(&mut stream, sent.len()).unwrap(), sent);
        assert_eq!(proxy.duplicated(), 1);
    }
}
