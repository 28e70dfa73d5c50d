//! Publications in what a client of NATS sends: `PUB` and `HPUB` with their payload, each as a whole.

/// Follows the client's side of a connection. Other protocols pass unchanged, piece by piece.
#[derive(Debug, Default)]
pub struct Publications {
    /// What has come of a message that is not there as a whole.
    rest: Vec<u8>,
    /// Its first word has come.
    is_greeted: bool,
    /// It is another protocol, or one that has been encrypted since.
    is_foreign: bool,
}

/// What every client of NATS says first.
const GREETING: &[u8] = b"CONNECT ";

impl Publications {
    /// What is to be sent for a piece, and how many publications are in it twice. What is not there as a whole waits.
    pub fn pass(&mut self, piece: &[u8], mut twice: impl FnMut(&str) -> bool) -> (Vec<u8>, usize) {
        self.rest.extend_from_slice(piece);
        let (mut sent, mut duplicated) = (Vec::with_capacity(piece.len()), 0);
        if !self.is_greeted {
            let common = self.rest.iter().zip(GREETING).take_while(|(one, other)| one == other).count();
            self.is_greeted = common == GREETING.len();
            self.is_foreign |= common < self.rest.len().min(GREETING.len());
        }
        while !self.is_foreign {
            match Message::read(&self.rest) {
                Message::Whole { length, subject } => {
                    let is_twice = subject.is_some_and(&mut twice);
                    let message: Vec<u8> = self.rest.drain(..length).collect();
                    sent.extend_from_slice(&message);
                    if is_twice {
                        sent.extend_from_slice(&message);
                        duplicated += 1;
                    }
                }
                Message::Unfinished => break,
                Message::Foreign => self.is_foreign = true,
            }
        }
        if self.is_foreign {
            sent.append(&mut self.rest);
        }
        (sent, duplicated)
    }
}

enum Message<'a> {
    /// One with so many bytes, and its subject if it is a publication.
    Whole {
        length: usize,
        subject: Option<&'a str>,
    },
    Unfinished,
    Foreign,
}

/// A client's line is no longer than this.
const LONGEST_LINE: usize = 4096;

impl<'a> Message<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        // Every verb begins with a letter, and TLS does not.
        if bytes.first().is_some_and(|byte| !byte.is_ascii_alphabetic()) {
            return Self::Foreign;
        }
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
            return if bytes.len() > LONGEST_LINE { Self::Foreign } else { Self::Unfinished };
        };
        let Some(Ok(line)) = bytes.get(..end).map(std::str::from_utf8) else { return Self::Foreign };
        let mut words = line.split_ascii_whitespace();
        let verb = words.next().unwrap_or_default();
        if !(verb.eq_ignore_ascii_case("PUB") || verb.eq_ignore_ascii_case("HPUB")) {
            return Self::Whole { length: end + 2, subject: None };
        }
        let (subject, size) = (words.next(), words.next_back().and_then(|size| size.parse::<usize>().ok()));
        let (Some(subject), Some(size)) = (subject, size) else { return Self::Foreign };
        let length = end + 2 + size + 2;
        if bytes.len() < length { Self::Unfinished } else { Self::Whole { length, subject: Some(subject) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is sent for these pieces, with everything on this subject twice.
    fn sent(pieces: &[&[u8]], subject: &str) -> (Vec<u8>, usize) {
        let mut publications = Publications::default();
        pieces.iter().fold((Vec::new(), 0), |(mut all, count), piece| {
            let (sent, duplicated) = publications.pass(piece, |of| of == subject);
            all.extend_from_slice(&sent);
            (all, count + duplicated)
        })
    }

    #[test]
    fn a_publication_is_sent_twice_as_a_whole() {
        let stream: &[u8] = b"CONNECT {}\r\nPING\r\nPUB a 2\r\n\r\n\r\nHPUB b r 4 6\r\nh\r\nxyz\r\nPUB a 0\r\n\r\n";
        let doubled: &[u8] =
            b"CONNECT {}\r\nPING\r\nPUB a 2\r\n\r\n\r\nPUB a 2\r\n\r\n\r\nHPUB b r 4 6\r\nh\r\nxyz\r\nPUB a 0\r\n\r\nPUB a 0\r\n\r\n";
        assert_eq!(sent(&[stream], "a"), (doubled.to_vec(), 2));
        assert_eq!(sent(&[stream], "none"), (stream.to_vec(), 0));
        // However it is cut into pieces.
        for size in 1..stream.len() {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            assert_eq!(sent(&pieces, "a"), (doubled.to_vec(), 2), "pieces of {size}");
        }
    }

    #[test]
    fn other_protocols_pass() {
        for stream in [
            &b"\x00\x00\x00\x08\x04\xd2\x16/PUB a 0\r\n\r\n"[..],
            b"\x16\x03\x01\x02\x00",
            b"a",
            b"CONTINUE",
            b"CONNECT {}\r\nPUB a many\r\n",
            b"CONNECT {}\r\n\x16\x03\x01PUB a 0\r\n\r\n",
        ] {
            assert_eq!(sent(&[stream], "a"), (stream.to_vec(), 0));
        }
    }
}
