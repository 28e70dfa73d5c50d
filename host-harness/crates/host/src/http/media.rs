//! Media types, as far as the host looks at them: one reading for answers, requests, recordings and captures.

use super::Inbound;

/// A form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// True if a `Content-Type` names a form, in any case of letters and whatever stands around it.
#[must_use]
pub fn is_form(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().contains(FORM)
}

/// Charsets that the host reads: those in which ASCII is ASCII, byte by byte, so that a secret is found.
const READABLE: [&str; 8] =
    ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252"];

/// What texts in other charsets begin with: UTF-16, UTF-32, UTF-7, UTF-1, UTF-EBCDIC, SCSU, BOCU-1, GB 18030.
const MARKS: [&[u8]; 9] = [
    b"\xfe\xff",
    b"\xff\xfe",
    b"\0\0\xfe\xff",
    b"+/v",
    b"\xf7\x64\x4c",
    b"\xdd\x73\x66\x73",
    b"\x0e\xfe\xff",
    b"\xfb\xee\x28",
    b"\x84\x31\x95\x33",
];

/// How much of a body is looked at for a charset that nothing names.
const LOOKED_AT: usize = 4096;

/// A charset of an answer in which secrets could not be found; none if it can be read.
///
/// By what it says, what it begins with, and, since a server can leave both out, by the zeros that stand between the letters of
/// ASCII in UTF-16 and UTF-32.
#[must_use]
pub fn unreadable(answer: &Inbound) -> Option<String> {
    let types = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let mut named = types.flat_map(|(_, value)| charsets(value));
    if let Some(charset) = named.find(|charset| !READABLE.contains(&charset.as_str())) {
        return Some(charset);
    }
    if MARKS.iter().any(|mark| answer.body.starts_with(mark)) {
        return Some("another than it says".to_owned());
    }
    let beginning = answer.body.get(..LOOKED_AT).unwrap_or(&answer.body);
    let zeros = memchr::memchr_iter(0, beginning).count();
    (zeros > 0 && zeros >= beginning.len() / 4).then(|| "utf-16".to_owned())
}

/// The charsets that a `Content-Type` names, in lower case.
fn charsets(content_type: &str) -> Vec<String> {
    let lower = content_type.to_ascii_lowercase();
    let after = lower.split("charset").skip(1);
    let named = after.filter_map(|rest| {
        let value = rest.trim_start().strip_prefix('=')?.trim_start_matches([' ', '\t', '"', '\'']);
        Some(value.split(['"', '\'', ';', ' ', ',', '\t']).next().unwrap_or_default().to_owned())
    });
    named.collect()
}

/// True if an answer says that it is a form.
#[must_use]
pub fn is_form_answer(answer: &Inbound) -> bool {
    answer.headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("content-type") && is_form(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &str, body: &[u8]) -> Option<String> {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        unreadable(&Inbound { status: 200, headers, body: body.to_vec() })
    }

    #[test]
    fn a_response_that_cannot_be_searched_for_secrets_is_recognised() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for (kind, body) in [
            ("application/json; charset=utf-16le", b"{}".to_vec()),
            ("text/plain;Charset = \"UTF-7\"", b"a".to_vec()),
            ("text/plain; charset=utf-8; charset=utf-32", b"a".to_vec()),
            ("application/json; charset=ibm037", b"a".to_vec()),
            ("application/json", [b"\xff\xfe".to_vec(), utf16("{}")].concat()),
            ("application/json", utf16("{\"token\":\"a\"}")),
            ("application/json", "{\"a\":1}".chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
            ("application/json; charset=utf-8", utf16("{\"token\":\"a\"}")),
            ("text/plain", b"+/v8-AGE-".to_vec()),
        ] {
            assert!(of(kind, &body).is_some(), "{kind} {body:?}");
        }
        for (kind, body) in [
            ("application/json", "{\"ä\":1}".as_bytes()),
            ("application/json; charset=UTF-8", b"{}"),
            ("text/csv; charset=\"iso-8859-1\"", b"\xe4"),
            ("text/plain", b"\xef\xbb\xbfa"),
            ("", b""),
        ] {
            assert_eq!(of(kind, body), None, "{kind}");
        }
    }

    #[test]
    fn a_form_is_known_in_any_spelling() {
        for kind in [FORM, "Application/X-WWW-Form-UrlEncoded", " application/x-www-form-urlencoded ; charset=utf-8"] {
            assert!(is_form(kind), "{kind}");
        }
        for kind in ["", "application/json", "multipart/form-data", "text/plain"] {
            assert!(!is_form(kind), "{kind}");
        }
    }
}
