//! Origins (RFC 6454): scheme, host and port, one text for each.
//!
//! The connector builds its requests on the origin that the settings name, and the host judges them by it. Both read it
//! here, so that `HTTPS://Api.example:443/` is the same origin for both.

/// An origin in its one spelling, such as `https://api.example.com` or `http://127.0.0.1:8080`; none if the text is anything
/// more or less: a path, a user, a query, a host that ends with a dot.
///
/// A cheap check for people's mistakes; the host's policy is what keeps requests in.
#[must_use]
pub fn origin(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let (scheme, rest) = text.split_once("://")?;
    let usual_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = split_port(rest)?;
    let port = if port.is_empty() { None } else { Some(port.parse::<u16>().ok().filter(|port| *port > 0)?) };
    match port.filter(|port| *port != usual_port) {
        Some(port) => Some(format!("{scheme}://{host}:{port}")),
        None => Some(format!("{scheme}://{host}")),
    }
}

/// A host, and what stands behind its colon.
fn split_port(text: &str) -> Option<(&str, &str)> {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let fits =
            address.contains(':') && address.bytes().all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
        let host = text.get(..address.len() + 2).filter(|_| fits)?;
        return Some((host, if port.is_empty() { port } else { port.strip_prefix(':')? }));
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_sign);
    host.split('.').all(is_label).then_some((host, port))
}

/// The origin of an absolute URL; none if the text is no `http` or `https` URL.
#[must_use]
pub fn origin_of_url(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return None;
    }
    origin(&format!("{scheme}://{}", rest.get(..end)?))
}

#[cfg(test)]
mod tests {
    use super::{origin, origin_of_url};

    #[test]
    fn an_origin_has_one_spelling() {
        for (text, one) in [
            ("https://api.example.com", "https://api.example.com"),
            (" HTTPS://Api.Example.com:443/ ", "https://api.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:80", "http://localhost"),
            ("https://[::1]:8443/", "https://[::1]:8443"),
            ("https://[::1]", "https://[::1]"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(one), "{text}");
        }
    }

    #[test]
    fn anything_but_an_origin_is_refused() {
        for text in [
            "",
            "https://",
            "api.example.com",
            "ftp://x.example",
            "https://x.example/v1",
            "https://x.example.",
            "https://a@x.example",
            "https://x.example?a",
            "https://x..example",
            "https://x.example:0",
            "https://x.example:65536",
            "https://x example",
            "https://[::1",
            "https://[x]",
            "https://[::1]x",
            "https:///",
            "https://ü.example",
            "https://x.example//",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
    }

    #[test]
    fn a_url_has_the_origin_in_front_of_its_path() {
        for (url, one) in [
            ("https://X.example/employees.csv?a=b", Some("https://x.example")),
            ("http://x.example:8080#top", Some("http://x.example:8080")),
            ("https://user@x.example/", None),
            ("https://x.example\\@y.example/", None),
            ("https://x.example/a b", None),
            ("/employees.csv", None),
        ] {
            assert_eq!(origin_of_url(url).as_deref(), one, "{url}");
        }
    }
}
