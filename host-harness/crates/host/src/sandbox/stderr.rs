//! What a guest writes to its standard error: the last of it is kept, for the verdict.
//!
//! wasmtime's own pipe in memory was rejected: it keeps the first, and then refuses. A guest's last words are the ones that
//! explain its end, and a library that finds its output closed may end for that alone.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// How much is taken at one go. What a guest writes is copied, so this bounds the copy.
const AT_ONCE: usize = 64 * 1024;

/// The end of a stream that takes everything.
#[derive(Debug, Clone)]
pub(super) struct LastWords {
    capacity: usize,
    kept: Arc<Mutex<VecDeque<u8>>>,
}

impl LastWords {
    /// Keeps this many bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, kept: Arc::default() }
    }

    /// What is kept.
    pub fn text(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A character may have lost its beginning to the limit.
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }

    fn take(&self, bytes: &[u8]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let news = bytes.get(bytes.len().saturating_sub(self.capacity)..).unwrap_or_default();
        let too_many = (kept.len() + news.len()).saturating_sub(self.capacity);
        kept.drain(..too_many);
        kept.extend(news);
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LastWords {
    async fn ready(&mut self) {}
}

impl OutputStream for LastWords {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(AT_ONCE)
    }
}

impl AsyncWrite for LastWords {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl IsTerminal for LastWords {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LastWords {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_nothing_is_refused() {
        for (writes, kept) in [
            (&["abc"][..], "abc"),
            (&["abc", "d"], "abcd"),
            (&["abc", "de"], "bcde"),
            (&["abc", "defghij"], "ghij"),
            (&["ab", "", "ä"], "abä"),
            (&["abcä"], "bcä"),
        ] {
            let words = LastWords::new(4);
            for text in writes {
                words.take(text.as_bytes());
            }
            assert_eq!(words.text(), kept, "{writes:?}");
        }
    }

    #[test]
    fn a_limit_of_nothing_keeps_nothing() {
        let words = LastWords::new(0);
        words.take(b"abc");
        assert_eq!(words.text(), "");
    }
}
