//! Which texts are e-mail addresses.
//!
//! An account's address gets mail one day, so this takes what a mail program takes: a dot-atom before the `@` (RFC 5322,
//! 3.2.3, in any script by RFC 6531) and a host name behind it. Quoted local parts, comments and numeric hosts are refused
//! on purpose. They are allowed in theory, no HR system has people at such addresses, and most mail servers refuse them.
//! Whether an address exists is not ours to say.

use connector_common::composed;

/// RFC 5321, 4.5.3.1.3: a path has at most 256 octets, its angle brackets included.
const ADDRESS_BYTES: usize = 254;

/// RFC 5321, 4.5.3.1.1.
const LOCAL_BYTES: usize = 64;

/// RFC 1035, 2.3.4.
const LABEL_BYTES: usize = 63;

/// A text as the address to be stored; none if it cannot be one.
///
/// It is composed (NFC), since mail programs refuse the loose accents that some keyboards type. Case stays (rule S9).
#[must_use]
pub fn as_address(text: String) -> Option<String> {
    let address = composed(text);
    is_address(&address).then_some(address)
}

/// The signs that matter are ASCII, so bytes are looked at, and each once: decoding characters, and looking for each sign
/// anew, took a tenth of the time of mapping.
fn is_address(text: &str) -> bool {
    let mut parts = text.as_bytes().splitn(2, |byte| *byte == b'@');
    let (Some(local), Some(domain)) = (parts.next(), parts.next()) else { return false };
    text.len() <= ADDRESS_BYTES
        && is_local(local)
        && is_domain(domain)
        && (text.is_ascii() || text.chars().all(|c| c.is_ascii() || c.is_alphanumeric()))
}

/// Atoms with dots between them.
fn is_local(text: &[u8]) -> bool {
    let mut last = b'.';
    for byte in text {
        let fits = if *byte == b'.' { last != b'.' } else { is_letter(*byte) || is_sign(*byte) };
        if !fits {
            return false;
        }
        last = *byte;
    }
    last != b'.' && text.len() <= LOCAL_BYTES
}

/// Labels with dots between them: letters and digits of any script, and hyphens inside.
fn is_domain(text: &[u8]) -> bool {
    let (mut length, mut last) = (0, b'.');
    for byte in text {
        length = match byte {
            b'.' if length > 0 && last != b'-' => 0,
            b'-' if length > 0 => length + 1,
            letter if is_letter(*letter) => length + 1,
            _ => return false,
        };
        if length > LABEL_BYTES {
            return false;
        }
        last = *byte;
    }
    length > 0 && last != b'-'
}

/// RFC 5322, 3.2.3: what an atom may have beside letters and digits.
const fn is_sign(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

/// True for ASCII's letters and digits, and for what is a part of another script's sign.
const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::as_address;

    fn stored(text: &str) -> Option<String> {
        as_address(text.to_owned())
    }

    #[test]
    fn addresses_of_any_script_are_stored_as_they_were_written() {
        for text in
            ["a@b", "Anna.O'Neil+x@acme.example", "1@2.example", "почта@пример.example", "a@xn--mller-kva.example"]
        {
            assert_eq!(stored(text).as_deref(), Some(text));
        }
        assert_eq!(stored("ju\u{308}rgen@mu\u{308}ller.example").as_deref(), Some("jürgen@müller.example"));
    }

    #[test]
    fn addresses_that_no_mail_server_accepts_are_refused() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a..b@x.example",
            ".a@x.example",
            "a.@x.example",
            "a(b)@x.example",
            "\"a\"@x.example",
            "a b@x.example",
            "a\n@x.example",
            "<a@x.example>",
            "a,b@x.example",
            "a\u{2013}b@x.example",
            "a\u{200b}@x.example",
            "a@x\u{2026}y.example",
            "a:b@x.example",
            "a@-x.example",
            "a@x-.example",
            "a@x..example",
            "a@x.example.",
            "a@x_y.example",
            "a@[1.2",
            "a@[127.0.0.1]",
            "a@x.example,b@y.example",
        ] {
            assert_eq!(stored(text), None, "{text:?}");
        }
    }

    #[test]
    fn lengths_are_limited_in_bytes() {
        let local = |bytes: usize| format!("{}@x.example", "l".repeat(bytes));
        let label = |bytes: usize| format!("a@{}.example", "d".repeat(bytes));
        let whole = |bytes: usize| format!("a@{}x", "d.".repeat((bytes - 3) / 2));
        for (at, past) in [(local(64), local(65)), (label(63), label(64)), (whole(253), whole(255))] {
            assert_eq!((stored(&at), stored(&past)), (Some(at), None));
        }
    }
}
