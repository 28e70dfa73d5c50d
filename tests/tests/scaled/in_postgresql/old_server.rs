//! A server that speaks as much of `PostgreSQL`'s protocol as is needed to say how old it is (version 3.0, messages by letter).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Starts one that gives these answers to `SHOW server_version_num` and `SHOW server_version`; gives its port.
pub fn start(number: &'static str, shown: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || talk(stream, number, shown));
        }
    });
    port
}

fn message(letter: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[letter], length.to_be_bytes().as_slice(), body].concat()
}

fn talk(mut stream: TcpStream, number: &str, shown: &str) -> Option<()> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    read(&mut stream, length)?;
    let ready = message(b'Z', b"I");
    let welcome = [message(b'R', &[0; 4]), message(b'K', &[0; 8]), ready.clone()].concat();
    stream.write_all(&welcome).ok()?;
    let mut answer = shown;
    loop {
        let mut head = [0; 5];
        stream.read_exact(&mut head).ok()?;
        let [letter, length @ ..] = head;
        let body = read(&mut stream, length)?;
        let said = match letter {
            b'P' => {
                let asks_number = body.windows(18).any(|part| part == b"server_version_num");
                answer = if asks_number { number } else { shown };
                message(b'1', b"")
            }
            // One column of text.
            b'D' => {
                [message(b't', &[0, 0]), message(b'T', b"\0\x01v\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0")]
                    .concat()
            }
            b'B' => message(b'2', b""),
            b'E' => {
                let length = u32::try_from(answer.len()).unwrap().to_be_bytes();
                let row = [&[0, 1], length.as_slice(), answer.as_bytes()].concat();
                [message(b'D', &row), message(b'C', b"SHOW\0")].concat()
            }
            b'C' => message(b'3', b""),
            b'S' => ready.clone(),
            _ => return None,
        };
        stream.write_all(&said).ok()?;
    }
}

/// The rest of a message, whose length counts itself.
fn read(stream: &mut TcpStream, length: [u8; 4]) -> Option<Vec<u8>> {
    let mut body = vec![0; (u32::from_be_bytes(length) as usize).checked_sub(4)?];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}
