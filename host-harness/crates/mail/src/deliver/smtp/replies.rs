//! What a mail server says, up to a limit.
//!
//! lettre reads a reply from its start again for every line that comes, without a pause. A server with thousands of lines would
//! occupy a thread for minutes, and one with a line that never ends would fill the memory. So lettre gets its connection in this
//! wrapper, which knows nothing of SMTP but that a client waits for the whole reply before it writes again. Reading the replies
//! ourselves was rejected: lettre does all the rest of it well.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many lines a reply may have. The longest, to `EHLO`, has about twenty.
const LINES: usize = 100;

/// How long a reply may be, in bytes. A line may have 512 (RFC 5321, 4.5.3.1.5).
const BYTES: usize = 64 * 1024;

/// A reply was longer than any mail server needs.
#[derive(Debug, thiserror::Error)]
#[error("a reply of more than {LINES} lines or {} KiB", BYTES / 1024)]
pub(super) struct TooLong;

/// A connection that gives at most so much between two commands of the client.
#[derive(Debug)]
pub(super) struct Replies<S> {
    stream: S,
    peer: SocketAddr,
    /// What is still to be read before anything that the server says.
    greeting: &'static [u8],
    lines: usize,
    bytes: usize,
}

impl<S> Replies<S> {
    /// Wraps a connection to this address. The client reads `greeting` first, as if the server had said it.
    pub(super) const fn new(stream: S, peer: SocketAddr, greeting: &'static [u8]) -> Self {
        Self { stream, peer, greeting, lines: 0, bytes: 0 }
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }

    fn count(&mut self, read: &[u8]) -> io::Result<()> {
        self.lines = self.lines.saturating_add(memchr::memchr_iter(b'\n', read).count());
        self.bytes = self.bytes.saturating_add(read.len());
        if self.lines > LINES || self.bytes > BYTES { Err(io::Error::other(TooLong)) } else { Ok(()) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replies<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.greeting.is_empty() {
            let (now, later) = this.greeting.split_at(this.greeting.len().min(buffer.remaining()));
            buffer.put_slice(now);
            this.greeting = later;
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        let counted = this.count(buffer.filled().get(before..).unwrap_or_default());
        if counted.is_err() {
            buffer.set_filled(before);
        }
        Poll::Ready(counted)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replies<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        (this.lines, this.bytes) = (0, 0);
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug> AsyncTokioStream for Replies<S> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 25);

    async fn said(replies: &mut Replies<tokio::io::DuplexStream>) -> io::Result<usize> {
        let mut chunk = [0; 1024];
        let mut length = 0;
        loop {
            match tokio::time::timeout(std::time::Duration::ZERO, replies.read(&mut chunk)).await {
                Ok(Ok(0)) | Err(_) => return Ok(length),
                Ok(Ok(more)) => length += more,
                Ok(Err(error)) => return Err(error),
            }
        }
    }

    #[tokio::test]
    async fn a_reply_has_a_hundred_lines_and_no_more() {
        for (text, fits) in [
            ("250-\r\n".repeat(LINES), true),
            ("250-\r\n".repeat(LINES + 1), false),
            ("x".repeat(BYTES), true),
            ("x".repeat(BYTES + 1), false),
        ] {
            let (client, mut server) = duplex(2 * BYTES);
            let mut replies = Replies::new(client, PEER, b"");
            server.write_all(text.as_bytes()).await.unwrap();
            let read = said(&mut replies).await;
            assert_eq!(read.as_ref().ok(), fits.then_some(&text.len()));
            let cut = read.is_err_and(|error| error.to_string().contains("more than 100 lines or 64 KiB"));
            assert_eq!(cut, !fits);
        }
    }

    #[tokio::test]
    async fn each_command_has_a_reply_of_its_own_and_the_greeting_comes_first() {
        let (client, mut server) = duplex(2 * BYTES);
        let mut replies = Replies::new(client, PEER, b"220 hello\r\n");
        for begun in [11, 0] {
            server.write_all("250-\r\n".repeat(LINES).as_bytes()).await.unwrap();
            assert_eq!(said(&mut replies).await.unwrap(), begun + 6 * LINES);
            replies.write_all(b"NOOP\r\n").await.unwrap();
        }
    }
}
