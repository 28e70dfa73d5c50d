//! How much one user may follow at once: each stream of events holds a connection and a task, and tabs are easily forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams of one user, in all of their tabs and programs.
pub const MOST: usize = 32;

/// The open streams, by user.
#[derive(Default)]
pub struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// One open stream; it counts until it is dropped.
pub struct OpenStream {
    open: Arc<Mutex<HashMap<String, usize>>>,
    user: String,
}

impl Streams {
    /// Opens one more; none if that is too many.
    #[must_use]
    pub fn open(&self, user: &str) -> Option<OpenStream> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(user.to_owned()).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(OpenStream { open: Arc::clone(&self.0), user: user.to_owned() })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_so_many_streams_and_gets_room_when_one_ends() {
        let streams = Streams::default();
        let mut open: Vec<_> = (0..MOST).map(|_| streams.open("one")).collect();
        assert!(open.iter().all(Option::is_some) && streams.open("one").is_none());
        assert!(streams.open("another").is_some(), "somebody else's do not count");
        drop(open.pop());
        assert!(streams.open("one").is_some());
        drop(open);
        assert!(streams.0.lock().is_ok_and(|open| open.is_empty()), "nobody is remembered for ever");
    }
}
