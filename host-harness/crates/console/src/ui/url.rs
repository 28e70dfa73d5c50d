//! Paths and queries. Everything from outside is percent-encoded here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What needs no encoding in a segment of a path or in a query (RFC 3986, 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One segment of a path, or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A path with the values that are not empty as its query.
pub(crate) fn with_query(path: &str, values: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = values
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_path_is_encoded() {
        assert_eq!(encode("a/../b?c#d&e=ü"), "a%2F..%2Fb%3Fc%23d%26e%3D%C3%BC");
        assert_eq!(with_query("/people", &[("q", "a b"), ("integration", "")]), "/people?q=a%20b");
        assert_eq!(with_query("/people", &[("q", "")]), "/people");
    }
}
