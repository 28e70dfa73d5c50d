//! Removes credentials from text, whatever their value: those under the name of a credential.
//!
//! Pure. For answers that hold what the vault cannot know: a token that a guest did not take by `exchange`, a refresh token
//! beside the one it took.

use std::ops::Range;

use memchr::{memchr, memchr2_iter};

use super::byte_mask::replaced;
use super::credentials::is_credential;
use super::escapes::undone;

/// Empties what stands under a credential's name, in JSON and, if the text is said to be a form, in a form; none if there is
/// none. JSON is looked for in forms too: what a server calls its answer is no reason to let a token through.
#[must_use]
pub fn redact_body(text: &[u8], is_form: bool) -> Option<Vec<u8>> {
    let json = without_credentials(text);
    let form = is_form.then(|| form_without_credentials(json.as_deref().unwrap_or(text))).flatten();
    form.or(json)
}

/// Empties every string that stands under a credential's name in a JSON text, at any depth; none if there is none.
///
/// It reads no values, only where strings begin and end: in constant memory, however the text is nested, also if
/// something stands around the JSON or it breaks off.
fn without_credentials(text: &[u8]) -> Option<Vec<u8>> {
    cut_out(text, Strings { text, at: 0, hidden: 0 })
}

/// The same for a form: `name=value&…`.
fn form_without_credentials(text: &[u8]) -> Option<Vec<u8>> {
    let mut next = 0;
    let values = text.split(|byte| *byte == b'&').filter_map(|field| {
        let start = next;
        next += field.len() + 1;
        let name = memchr(b'=', field)?;
        let hidden = name + 1 < field.len() && named(field.get(..name)?);
        hidden.then_some(start + name + 1..start + field.len())
    });
    cut_out(text, values)
}

fn cut_out(text: &[u8], ranges: impl Iterator<Item = Range<usize>>) -> Option<Vec<u8>> {
    let mut ranges = ranges.peekable();
    ranges.peek()?;
    Some(replaced(text, ranges, b""))
}

fn named(name: &[u8]) -> bool {
    let name = undone(name).unwrap_or_else(|| name.to_vec());
    is_credential(&String::from_utf8_lossy(&name))
}

/// The strings under credentials' names, by what is between their quotes.
struct Strings<'t> {
    text: &'t [u8],
    at: usize,
    /// How many objects and arrays are open, of which the outermost has a credential's name.
    hidden: usize,
}

impl Strings<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// The string whose quote stands here; it ends with the text if nothing else ends it.
    fn string(&mut self) -> Range<usize> {
        let start = self.at + 1;
        self.at = start;
        let rest = self.text.get(start..).unwrap_or_default();
        let mut escaped = None;
        for found in memchr2_iter(b'"', b'\\', rest) {
            if escaped == Some(found) {
                continue;
            }
            if rest.get(found) == Some(&b'"') {
                self.at = start + found + 1;
                return start..start + found;
            }
            escaped = Some(found + 1);
        }
        self.at = self.text.len();
        start..self.text.len()
    }

    /// To the next byte that means something here.
    fn seek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        let found = match self.hidden {
            0 => memchr(b'"', rest),
            _ => rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')),
        };
        self.at += found?;
        self.byte()
    }

    /// What a name's value is; if it is a string or a container and the name is a credential's, it is hidden.
    fn value_of(&mut self, name: &Range<usize>) -> Option<Range<usize>> {
        self.at += 1;
        self.skip_space();
        if self.hidden > 0 || !named(self.text.get(name.clone()).unwrap_or_default()) {
            return None;
        }
        match self.byte() {
            Some(b'"') => Some(self.string()),
            Some(b'{' | b'[') => {
                self.hidden = 1;
                self.at += 1;
                None
            }
            _ => None,
        }
    }
}

impl Iterator for Strings<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            match self.seek()? {
                b'"' => {
                    let string = self.string();
                    self.skip_space();
                    let hidden = match self.byte() {
                        Some(b':') => self.value_of(&string),
                        _ if self.hidden > 0 => Some(string),
                        _ => None,
                    };
                    if let Some(hidden) = hidden.filter(|string| !string.is_empty()) {
                        return Some(hidden);
                    }
                }
                b'{' | b'[' => (self.hidden, self.at) = (self.hidden + 1, self.at + 1),
                _ => (self.hidden, self.at) = (self.hidden - 1, self.at + 1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_under_credentials_names_are_emptied_and_the_rest_is_as_it_was() {
        for (text, expected) in [
            (r#"{"token":"a","id":"b"}"#, r#"{"token":"","id":"b"}"#),
            (
                r#"{ "data" : { "access_token" : "a\"b\\" , "n" : 1.0 } }"#,
                r#"{ "data" : { "access_token" : "" , "n" : 1.0 } }"#,
            ),
            (r#"[{"refreshToken":"a"},{"sessionId":"b"}]"#, r#"[{"refreshToken":""},{"sessionId":""}]"#),
            (r#"{"to\u006ben":"a"}"#, r#"{"to\u006ben":""}"#),
            (r#"{"token":"a","token":"b"}"#, r#"{"token":"","token":""}"#),
            (
                r#"{"tokens":["a",{"id":"b","of":["c"]},7],"id":"d"}"#,
                r#"{"tokens":["",{"id":"","of":[""]},7],"id":"d"}"#,
            ),
            (r#")]}',{"token":"a"}"#, r#")]}',{"token":""}"#),
            (r#"{"token":"a"#, r#"{"token":""#),
            (r#"{"token":{"value":"a"#, r#"{"token":{"value":""#),
        ] {
            let rest = without_credentials(text.as_bytes()).unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(&rest), expected);
        }
    }

    #[test]
    fn what_is_not_a_credential_stays() {
        for text in [
            r#"{"token":"","id":"token","text":"say \"token\":\"a\"","token_type":"bearer","token_count":7}"#,
            r#""token""#,
            r#"{"token":null,"tokens":[],"secretary":"Ada"}"#,
            "id,\"token\",name\n1,\"a\",\"b\"",
            "]]]}}}",
            "\"",
            "{\"token\":",
            "",
        ] {
            assert_eq!(without_credentials(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn json_that_is_called_a_form_is_emptied_too() {
        let text =
            |text: &str| redact_body(text.as_bytes(), true).map(|rest| String::from_utf8_lossy(&rest).into_owned());
        let rest = r#"{"data":{"token":"","refresh_token":""}}"#;
        assert_eq!(text(r#"{"data":{"token":"t","refresh_token":"R"}}"#).as_deref(), Some(rest));
        assert_eq!(text("access_token=a&id=b").as_deref(), Some("access_token=&id=b"));
        assert_eq!(text("id=b"), None);
    }

    #[test]
    fn a_forms_credentials_are_emptied() {
        let form = |text: &str| {
            form_without_credentials(text.as_bytes()).map(|rest| String::from_utf8_lossy(&rest).into_owned())
        };
        let rest = "access_token=&scope=read&refresh%5Ftoken=&token_type=bearer";
        assert_eq!(form("access_token=a%26&scope=read&refresh%5Ftoken=b=c&token_type=bearer"), Some(rest.to_owned()));
        assert_eq!(form("scope=read&token=&x"), None);
    }
}
