//! Takes secrets out of what a guest, a log or a report is about to see.
//!
//! Pure. A secret is found as it is; with JSON, percent, form or HTML escapes, on any of its characters; with JSON around
//! one of the others; and inside base64 at any alignment, in both alphabets, so that an echoed Basic header gives nothing
//! away either. Linear in the text, and free of copies when nothing is found and nothing is escaped.
//!
//! Two decisions about short secrets: one of fewer than [`SHORT`] bytes is replaced only where no letter or digit adjoins it
//! (else a secret `a` would tear every text apart), and is not looked for inside base64, nor is any of which fewer than
//! [`SHORT_BASE64`] characters are certain there: by chance alone they would be found in texts that do not hold it. A secret
//! that short protects nothing; real ones are far longer.
//!
//! Rejected: `aho-corasick` over all secrets and encodings: its automaton is a second copy of every secret that nobody
//! zeroizes. The searcher used here is built anew for each text, from memory that is zeroized.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::views::{Escape, View};

/// What stands in a secret's place.
pub(super) const REPLACEMENT: &str = "[secret]";
const SHORT: usize = 4;
const SHORT_BASE64: usize = 6;

/// A secret, prepared for the search.
pub(super) struct Needle {
    value: Arc<SecretString>,
    base64: Vec<Zeroizing<String>>,
}

impl Needle {
    /// Prepares a secret.
    pub(super) fn new(value: Arc<SecretString>) -> Self {
        let base64 = in_base64(value.expose_secret().as_bytes());
        Self { value, base64 }
    }
}

/// Replaces every secret in a text.
pub(super) fn scrub<'a, 'n>(text: &'a [u8], needles: impl Iterator<Item = &'n Needle> + Clone) -> Cow<'a, [u8]> {
    let mut found = Vec::new();
    let json = View::decoded(text, Escape::Json);
    for outer in std::iter::once(View::plain(text)).chain(json) {
        find(&outer.bytes, needles.clone(), |position| outer.original(position), &mut found);
        for escape in [Escape::Percent, Escape::Form, Escape::Html] {
            if let Some(inner) = View::decoded(&outer.bytes, escape) {
                find(&inner.bytes, needles.clone(), |position| outer.original(inner.original(position)), &mut found);
            }
        }
    }
    if found.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(replace(text, found)) }
}

/// Finds secrets in a view of a text, as ranges of the text itself.
fn find<'n>(
    view: &[u8],
    needles: impl Iterator<Item = &'n Needle>,
    original: impl Fn(usize) -> usize,
    found: &mut Vec<Range<usize>>,
) {
    for needle in needles {
        let secret = needle.value.expose_secret().as_bytes();
        let forms = std::iter::once(secret).chain(needle.base64.iter().map(|form| form.as_bytes()));
        for form in forms.filter(|form| !form.is_empty()) {
            let matches = memmem::find_iter(view, form)
                .filter(|start| form.len() >= SHORT || stands_alone(view, *start, form.len()))
                .map(|start| original(start)..original(start + form.len()));
            found.extend(matches);
        }
    }
}

fn stands_alone(text: &[u8], start: usize, length: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(start + length);
    !before.into_iter().chain(after).any(u8::is_ascii_alphanumeric)
}

/// Replaces ranges of a text; those that overlap become one.
fn replace(text: &[u8], mut found: Vec<Range<usize>>) -> Vec<u8> {
    found.sort_unstable_by_key(|range| (range.start, range.end));
    let mut replaced = Vec::with_capacity(text.len());
    let mut copied = 0;
    let mut last_end = None;
    for range in found {
        if last_end.is_some_and(|end| range.start < end) {
            copied = copied.max(range.end);
        } else {
            replaced.extend_from_slice(text.get(copied..range.start).unwrap_or_default());
            replaced.extend_from_slice(REPLACEMENT.as_bytes());
            copied = range.end;
        }
        last_end = Some(copied);
    }
    replaced.extend_from_slice(text.get(copied..).unwrap_or_default());
    replaced
}

/// The characters that base64 surely has where the bytes stand in it, at each of the three alignments.
fn in_base64(secret: &[u8]) -> Vec<Zeroizing<String>> {
    let mut forms: Vec<Zeroizing<String>> = Vec::new();
    if secret.len() < SHORT {
        return forms;
    }
    for lead in 0..3_usize {
        let mut padded = Zeroizing::new(vec![0; lead]);
        padded.extend_from_slice(secret);
        let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*padded));
        // A character stands for six bits; those shared with a neighbouring byte are not certain.
        let certain = (lead * 8).div_ceil(6)..(padded.len() * 8) / 6;
        let Some(core) = encoded.get(certain).filter(|core| core.len() >= SHORT_BASE64) else { continue };
        for form in [core.to_owned(), core.replace('+', "-").replace('/', "_")] {
            let form = Zeroizing::new(form);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    fn needles(secrets: &[&str]) -> Vec<Needle> {
        secrets.iter().map(|secret| Needle::new(Arc::new(SecretString::from(*secret)))).collect()
    }

    fn scrubbed(text: &str, secrets: &[&str]) -> String {
        String::from_utf8(scrub(text.as_bytes(), needles(secrets).iter()).into_owned()).unwrap()
    }

    const SECRET: &str = "pä/p+i \"k\\1&2%41";

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let json = serde_json::to_string(SECRET).unwrap();
        let json = json.trim_matches('"');
        for spelled in [
            SECRET.to_owned(),
            percent.to_lowercase(),
            percent.clone(),
            form,
            json.to_owned(),
            json.replace('/', r"\/"),
            json.replace('ä', r"\u00e4"),
            json.replace('ä', r"\u00E4").replace('&', r"\u0026"),
            SECRET.chars().fold(String::new(), |text, c| text + &format!("\\u{:04x}", u32::from(c))),
            SECRET.replace('&', "&amp;").replace('"', "&quot;"),
            SECRET.replace('&', "&#38;").replace('"', "&#x22;"),
            serde_json::to_string(&percent).unwrap().trim_matches('"').replace('%', r"\u0025"),
        ] {
            assert_eq!(scrubbed(&format!("a={spelled};b"), &[SECRET]), "a=[secret];b", "{spelled}");
        }
    }

    #[test]
    fn a_secret_is_found_inside_base64_at_every_alignment() {
        let secret = "s3cret>>>???-t0ken";
        for user in ["", "a", "ab", "abc", "papi-client"] {
            let plain = format!("{user}:{secret}");
            let standard = STANDARD.encode(&plain);
            let (in_json, in_url) = (standard.replace('/', "\\/"), standard.replace('/', "%2F").replace('+', "%2B"));
            for encoded in [standard, in_json, in_url, URL_SAFE.encode(&plain)] {
                let text = scrubbed(&format!("Basic {encoded}"), &[secret]);
                assert!(text.contains(REPLACEMENT), "{encoded}: {text}");
                let rest = text.replace(REPLACEMENT, "");
                assert!(rest.len() <= "Basic ".len() + plain.len() - secret.len() + 6, "{encoded}: {text}");
            }
        }
    }

    #[test]
    fn overlapping_secrets_leave_nothing_of_either() {
        assert_eq!(scrubbed("xx abcdefgh yy", &["abcdef", "cdefgh"]), "xx [secret] yy");
        assert_eq!(scrubbed("token token2", &["token", "token2"]), "[secret] [secret]");
        assert_eq!(scrubbed("aaaaaaaaa", &["aaaa"]), "[secret][secret]a");
    }

    #[test]
    fn nothing_to_scrub_costs_no_copy() {
        let text = b"{\"name\":\"M\\u00fcller\",\"x\":\"100%\"}";
        assert!(matches!(scrub(text, needles(&["client-secret"]).iter()), Cow::Borrowed(_)));
        assert!(matches!(scrub(text, [].iter()), Cow::Borrowed(_)));
    }

    #[test]
    fn short_secrets_do_not_tear_words_apart() {
        assert_eq!(scrubbed("ja, jaguar: 'ja' ninja", &["ja"]), "[secret], jaguar: '[secret]' ninja");
        assert_eq!(scrubbed("anything", &[""]), "anything");
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        let text = [0xff, 0xfe, b's', b'3', b'c', b'r', b'e', b't', 0x80];
        let expected = [&[0xff, 0xfe], REPLACEMENT.as_bytes(), &[0x80]].concat();
        assert_eq!(scrub(&text, needles(&["s3cret"]).iter()).into_owned(), expected);
    }
}
