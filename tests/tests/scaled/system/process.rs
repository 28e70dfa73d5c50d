//! A worker's process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A process. It is killed when this is dropped.
pub struct Process {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts it, and waits until it says that it is ready.
    pub fn start(command: &mut Command, ready: &str) -> Self {
        Self::try_start(command, ready).unwrap_or_else(|said| panic!("it does not start: {said}"))
    }

    /// The same; if it ends instead, all that it said.
    pub fn try_start(command: &mut Command, ready: &str) -> Result<Self, String> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::<Mutex<String>>::default();
        let (mut errors, kept) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        let errors = thread::spawn(move || {
            let mut line = String::new();
            while errors.read_line(&mut line).is_ok_and(|read| read > 0) {
                kept.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        if !line.starts_with(ready) {
            let _ = (child.wait(), errors.join());
            return Err(format!("{line}{}", said.lock().unwrap()));
        }
        let rest = thread::spawn(move || {
            let _ = output.read_to_string(&mut String::new());
        });
        Ok(Self { child, readers: vec![errors, rest], said })
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "the process has ended: {}", self.said());
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
    }

    /// Stops it for a while: it does not end.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal("CONT");
    }

    /// Asks it to end, as a service manager does.
    pub fn ask_to_end(&self) {
        self.signal("TERM");
    }

    /// Waits until it has ended by itself.
    pub fn wait_for_end(&mut self, within: Duration) -> ExitStatus {
        let end = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.readers.drain(..).for_each(|reader| reader.join().unwrap());
                return status;
            }
            assert!(Instant::now() < end, "it is still there after {within:?}: {}", self.said());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it is still there.
    pub fn is_there(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it wrote to its standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if !thread::panicking() {
            let said = self.said();
            assert!(!said.contains("panicked at"), "the worker panicked: {said}");
        }
    }
}
