//! What is pulled: `oci://registry/repository:tag`, with or without the digest of its manifest.

use std::fmt;

use url::Url;

use super::OciError;

/// What references begin with.
pub const SCHEME: &str = "oci://";
/// What digests begin with: no other algorithm is taken.
const SHA256: &str = "sha256:";

/// A reference to an artifact in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host and, if it is named, port.
    registry: String,
    repository: String,
    tag: Option<String>,
    /// The manifest's, as `sha256:…`.
    digest: Option<String>,
}

impl Reference {
    /// Reads a reference.
    ///
    /// # Errors
    /// When it does not name a registry, a repository, and a tag or a digest.
    pub fn parse(text: &str) -> Result<Self, OciError> {
        let text = text.trim();
        Self::parts(text).map_err(|why| OciError::Reference { text: text.to_owned(), why })
    }

    fn parts(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix(SCHEME).ok_or("it does not begin with oci://")?;
        let (registry, path) = rest.split_once('/').ok_or("it has no repository")?;
        let (path, digest) = path.split_once('@').map_or((path, None), |(path, digest)| (path, Some(digest)));
        let (repository, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
        if !is_host(registry) {
            return Err("its registry is not a host");
        }
        if !repository.split('/').all(is_name) {
            return Err("its repository is not lower-case words with `/` between them");
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err("its tag has characters that a tag cannot have");
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err("its digest is not sha256: and 64 hexadecimal digits");
        }
        if tag.is_none() && digest.is_none() {
            return Err("it names neither a tag nor a digest");
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Self {
            registry: registry.to_owned(),
            repository: repository.to_owned(),
            tag: owned(tag),
            digest: owned(digest),
        })
    }

    /// Host and, if it is named, port.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The digest, if it is pinned.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The repository's name.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The same with a digest.
    #[must_use]
    pub fn pinned(&self, digest: String) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// Whether a pinned reference is what this one was found to be: the same but for a digest that this one does not name.
    #[must_use]
    pub fn is_pinned_by(&self, pinned: &Self) -> bool {
        let is_same =
            (&self.registry, &self.repository, &self.tag) == (&pinned.registry, &pinned.repository, &pinned.tag);
        is_same && self.digest.as_ref().is_none_or(|digest| Some(digest) == pinned.digest.as_ref())
    }

    /// The manifest's URL: by its digest, if there is one.
    pub(super) fn manifest(&self) -> Option<Url> {
        self.url("manifests", self.digest.as_deref().or(self.tag.as_deref())?)
    }

    /// The URL of a layer with this digest.
    pub(super) fn blob(&self, digest: &str) -> Option<Url> {
        if is_digest(digest) { self.url("blobs", digest) } else { None }
    }

    fn url(&self, kind: &str, name: &str) -> Option<Url> {
        let scheme = if self.is_on_loopback() { "http" } else { "https" };
        Url::parse(&format!("{scheme}://{}/v2/{}/{kind}/{name}", self.registry, self.repository)).ok()
    }

    fn is_on_loopback(&self) -> bool {
        Url::parse(&format!("https://{}", self.registry)).is_ok_and(|url| is_loopback(&url))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

/// Whether a URL leads to this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn is_host(text: &str) -> bool {
    // Nothing but a host and a port: what follows is put behind it.
    let has_only_these = text.bytes().all(|it| it.is_ascii_alphanumeric() || b".-:[]".contains(&it));
    has_only_these && Url::parse(&format!("https://{text}")).is_ok_and(|url| url.host_str().is_some())
}

/// As the specification has it: lower-case letters and digits, with `.`, `_`, `__` or hyphens between them.
fn is_name(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(is_word) && text.bytes().next_back().is_some_and(is_word);
    ends && !text.contains("..") && text.bytes().all(|it| is_word(it) || b"._-".contains(&it))
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = text.bytes().next().is_some_and(is_word);
    begins && text.len() <= 128 && text.bytes().all(|it| is_word(it) || b".-".contains(&it))
}

/// Whether this is a digest that can be checked.
pub(super) fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix(SHA256).is_some_and(|hex| hex.len() == 64 && hex.bytes().all(is_hex))
}

/// The digest of bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    format!("{SHA256}{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_back() {
        let digest = digest(b"x");
        for text in [
            "oci://registry.example/personio:1.2.0".to_owned(),
            "oci://registry.example:5000/a/b__c/personio-connector:v1_2.3-rc".to_owned(),
            format!("oci://127.0.0.1:5000/personio@{digest}"),
            format!("oci://[::1]:5000/personio:1@{digest}"),
        ] {
            assert_eq!(Reference::parse(&text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_reference_says_why() {
        let why = |text: &str| match Reference::parse(text) {
            Err(OciError::Reference { why, .. }) => why,
            other => unreachable!("{text}: {other:?}"),
        };
        assert_eq!(why("registry.example/personio:1"), "it does not begin with oci://");
        assert_eq!(why("oci://personio:1"), "it has no repository");
        assert_eq!(why("oci:///personio:1"), "its registry is not a host");
        assert_eq!(why("oci://me:secret@registry.example/personio:1"), "its registry is not a host");
        assert_eq!(why("oci://registry.example?x/personio:1"), "its registry is not a host");
        for name in ["Personio", "a//b", "../a", "a/", "a b", "-a", "a?b"] {
            let text = format!("oci://registry.example/{name}:1");
            assert_eq!(why(&text), "its repository is not lower-case words with `/` between them", "{text}");
        }
        for tag in ["", "a/b", "-a", "a b", "ä"] {
            let text = format!("oci://registry.example/a:{tag}");
            assert_eq!(why(&text), "its tag has characters that a tag cannot have", "{text}");
        }
        for digest in ["sha256:12", "sha512:00", &format!("sha256:{}", "G".repeat(64))] {
            let text = format!("oci://registry.example/a@{digest}");
            assert_eq!(why(&text), "its digest is not sha256: and 64 hexadecimal digits", "{text}");
        }
        assert_eq!(why("oci://registry.example/personio"), "it names neither a tag nor a digest");
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        let url = |registry: &str| {
            let reference = Reference::parse(&format!("oci://{registry}/a:1")).unwrap();
            reference.manifest().unwrap().to_string()
        };
        assert_eq!(url("localhost:5000"), "http://localhost:5000/v2/a/manifests/1");
        assert_eq!(url("127.1.2.3"), "http://127.1.2.3/v2/a/manifests/1");
        assert_eq!(url("[::1]:5000"), "http://[::1]:5000/v2/a/manifests/1");
        assert_eq!(url("10.0.0.1:5000"), "https://10.0.0.1:5000/v2/a/manifests/1");
        assert_eq!(url("localhost.example"), "https://localhost.example/v2/a/manifests/1");
    }

    #[test]
    fn a_pinned_reference_stands_for_its_tag_and_for_no_other() {
        let (one, other) = (digest(b"1"), digest(b"2"));
        let parse = |text: &str| Reference::parse(text).unwrap();
        let tag = parse("oci://registry.example/a:1");
        let pinned = tag.pinned(one.clone());
        assert!(tag.is_pinned_by(&pinned) && pinned.is_pinned_by(&pinned));
        assert!(!tag.pinned(other).is_pinned_by(&pinned));
        assert!(!parse("oci://registry.example/a:2").is_pinned_by(&pinned));
        assert!(!parse(&format!("oci://registry.example/b:1@{one}")).is_pinned_by(&pinned));
    }
}
