//! What goes wrong on the wire: an [`Answer`] as bytes, spoiled, and how they are sent.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, Stream, StreamExt};

use super::answer::Answer;
use super::connection::Line;
use super::faults::Fault;

/// Bytes in one drop of a slow drip.
const DROP: usize = 64;

/// Enough for what was written to leave before the connection is torn down.
const FLUSH: Duration = Duration::from_millis(20);

/// The answer as it goes over the wire. Faults that are not about the wire are not looked at.
pub fn response(answer: Answer, faults: &[Fault], line: Line) -> Response {
    let Answer { status, headers, mut body } = answer;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // Tokens, numbers and constants: always a field's value.
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    for fault in faults {
        match fault {
            Fault::Truncated => body.truncate(body.len() / 2),
            Fault::Charset => {
                body = latin_1(&String::from_utf8_lossy(&body));
                let kind = HeaderValue::from_static("application/json; charset=ISO-8859-1");
                response.headers_mut().insert(CONTENT_TYPE, kind);
            }
            Fault::Deprecated => {
                let since = HeaderValue::from_static("@1767225600");
                response.headers_mut().insert(HeaderName::from_static("deprecation"), since);
            }
            Fault::Sunset => {
                let until = HeaderValue::from_static("Thu, 31 Dec 2026 23:59:59 GMT");
                response.headers_mut().insert(HeaderName::from_static("sunset"), until);
            }
            Fault::Gzip => {
                body = gzip(&body);
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            _ => {}
        }
    }
    let promised = promised(&body, faults);
    // Of what is more than was promised, nothing would be read.
    body.truncate(promised);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(promised));
    *response.body_mut() = delivery(body, faults, line);
    response
}

fn promised(body: &[u8], faults: &[Fault]) -> usize {
    let by = faults.iter().find_map(|fault| if let Fault::WrongLength { by } = fault { Some(*by) } else { None });
    body.len().saturating_add_signed(by.and_then(|by| isize::try_from(by).ok()).unwrap_or_default())
}

fn delivery(body: Vec<u8>, faults: &[Fault], line: Line) -> Body {
    for fault in faults {
        match *fault {
            Fault::Reset => return Body::from_stream(torn(body, line)),
            Fault::SlowDrip { milliseconds } => {
                return Body::from_stream(drip(body, Duration::from_millis(milliseconds.into())));
            }
            Fault::WrongLength { by } if by > 0 => return Body::from_stream(short(body)),
            _ => {}
        }
    }
    Body::from(body)
}

/// Half of it, and then a reset.
fn torn(mut body: Vec<u8>, line: Line) -> impl Stream<Item = io::Result<Bytes>> {
    body.truncate(body.len() / 2);
    let end = stream::once(async move {
        tokio::time::sleep(FLUSH).await;
        line.reset();
        Err(io::ErrorKind::ConnectionReset.into())
    });
    stream::once(async move { Ok(Bytes::from(body)) }).chain(end)
}

/// All of it; the server finds out at the end that more was promised, and hangs up.
fn short(body: Vec<u8>) -> impl Stream<Item = io::Result<Bytes>> {
    let end = stream::once(async {
        tokio::time::sleep(FLUSH).await;
        Ok(Bytes::new())
    });
    stream::once(async move { Ok(Bytes::from(body)) }).chain(end)
}

/// Drop by drop.
fn drip(body: Vec<u8>, pause: Duration) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Bytes::from(body), move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = rest.split_to(rest.len().min(DROP));
        Some((Ok(drop), rest))
    })
}

/// ISO 8859-1; a character that it lacks becomes JSON's escape, so that nothing is lost.
fn latin_1(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if let Ok(byte) = u8::try_from(u32::from(c)) {
            bytes.push(byte);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                bytes.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    }
    bytes
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    encoder.write_all(body).and_then(|()| encoder.finish()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a clock that moves only when everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_drip_comes_in_drops_with_a_pause_before_each() {
        let (pause, start) = (Duration::from_secs(20), tokio::time::Instant::now());
        let drops: Vec<usize> =
            drip(vec![b'x'; 150], pause).map(|drop| drop.map_or(0, |drop| drop.len())).collect().await;
        assert_eq!((drops, start.elapsed().as_secs()), (vec![64, 64, 22], 60));
    }

    #[test]
    fn another_charset_loses_nothing() {
        assert_eq!(latin_1("Jörg ł 🌬"), b"J\xf6rg \\u0142 \\ud83c\\udf2c");
    }
}
