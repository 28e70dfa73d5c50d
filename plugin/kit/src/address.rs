//! Which texts are e-mail addresses.
//!
//! An account's address gets mail one day, so this takes what a mail program takes: a dot-atom before the `@` (RFC 5322,
//! 3.2.3, in any script by RFC 6531) and a host name behind it. Quoted local parts, comments and numeric hosts are refused
//! on purpose. They are allowed in theory, no HR system has people at such addresses, and most mail servers refuse them.
//! Whether an address exists is not ours to say.

use text_key::composed;

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

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    text.len() <= ADDRESS_BYTES
        && local.len() <= LOCAL_BYTES
        && local.split('.').all(is_atom)
        && domain.split('.').all(is_label)
}

fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
}

/// Letters and digits of any script, and hyphens inside.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LABEL_BYTES
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || c == '-')
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
    fn what_no_mail_server_takes_is_none() {
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
