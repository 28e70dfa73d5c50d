//! The requests: a manifest, a token where one is asked for, and the one layer.

use std::sync::Arc;
use std::time::Duration;

use connector_host::http::{
    Authorization, EgressPolicy, HttpError, Inbound, Live, Method, Origin, Outbound, OutboundBody, Transport as _,
};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::OciError;
use super::reference::{Reference, digest, is_loopback};

/// How long an answer may take, in full.
const PATIENCE: Duration = Duration::from_mins(2);
/// The largest manifest, in bytes: what the specification asks registries to take.
const LARGEST_MANIFEST: u64 = 4 << 20;
/// Room for an answer's header fields, in bytes.
const HEADERS: u64 = 64 << 10;
/// How many redirects lead from a registry to where it keeps its bytes.
const REDIRECTS: usize = 5;
/// The kinds of manifest that are asked for.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The types of a layer that is a component; the second is from before there was a common one.
const WASM: [&str; 2] = ["application/wasm", "application/vnd.wasm.content.layer.v1+wasm"];

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The reference, with the digest of the manifest.
    pub reference: Reference,
    /// The component.
    pub bytes: Vec<u8>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
    /// Of an index, which names several.
    manifests: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
struct Token {
    #[serde(alias = "access_token")]
    token: String,
}

/// Pulls what a reference names, of at most `limit` bytes.
///
/// # Errors
/// Any [`OciError`].
pub async fn pull(reference: &Reference, limit: u64) -> Result<Pulled, OciError> {
    Client { reference, token: None }.pull(limit).await
}

struct Client<'a> {
    reference: &'a Reference,
    token: Option<Arc<SecretString>>,
}

impl Client<'_> {
    async fn pull(mut self, limit: u64) -> Result<Pulled, OciError> {
        let url = self.reference.manifest().ok_or_else(|| self.unusable("its name makes no address"))?;
        let manifest = self.get(&url, LARGEST_MANIFEST).await?;
        let found = self.fits(self.reference.digest(), &manifest)?;
        let layer = self.layer(&manifest)?;
        if layer.size > limit {
            return Err(OciError::TooLarge { reference: self.reference.to_string(), bytes: layer.size, limit });
        }
        let blob = self.reference.blob(&layer.digest);
        let blob = blob.ok_or_else(|| self.not_a_connector("its layer's digest is not one of SHA-256"))?;
        let bytes = self.get(&blob, layer.size).await?;
        self.fits(Some(&layer.digest), &bytes)?;
        Ok(Pulled { reference: self.reference.pinned(found), bytes })
    }

    /// The digest of what came, if it is the one that was asked for.
    fn fits(&self, expected: Option<&str>, bytes: &[u8]) -> Result<String, OciError> {
        let found = digest(bytes);
        match expected.filter(|expected| *expected != found) {
            Some(expected) => {
                Err(OciError::Mismatch { reference: self.reference.to_string(), expected: expected.to_owned(), found })
            }
            None => Ok(found),
        }
    }

    fn layer(&self, manifest: &[u8]) -> Result<Layer, OciError> {
        let manifest: Manifest =
            serde_json::from_slice(manifest).map_err(|_| self.not_a_connector("its manifest is not one of OCI's"))?;
        if manifest.manifests.is_some() {
            return Err(self.not_a_connector("it is an index of several artifacts"));
        }
        let is_wasm = |layer: &Layer| WASM.contains(&layer.media_type.as_str());
        match <[Layer; 1]>::try_from(manifest.layers) {
            Ok([layer]) if is_wasm(&layer) => Ok(layer),
            Ok([layer]) => Err(self.not_a_connector(&format!("its layer has the type {:?}", layer.media_type))),
            Err(layers) => Err(self.not_a_connector(&format!("it has {} layers and not one", layers.len()))),
        }
    }

    /// Asks the registry, with a token if it wants one, and follows where it points.
    async fn get(&mut self, url: &Url, limit: u64) -> Result<Vec<u8>, OciError> {
        let mut answer = self.send(url, limit).await?;
        if answer.status == 401 && self.token.is_none() {
            self.token = Some(self.sign_in(&answer).await?);
            answer = self.send(url, limit).await?;
        }
        match answer.status {
            200 => Ok(answer.body),
            401 | 403 => Err(OciError::Private(self.reference.to_string())),
            404 => Err(OciError::NotFound(self.reference.to_string())),
            status => Err(self.unusable(&format!("it answers with status {status}"))),
        }
    }

    async fn send(&self, url: &Url, limit: u64) -> Result<Inbound, OciError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let answer = self.once(&url, limit).await?;
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let next = header(&answer, "location").and_then(|location| url.join(location).ok());
            url = next.ok_or_else(|| self.unusable("it points nowhere"))?;
        }
        Err(self.unusable("it points from place to place"))
    }

    async fn once(&self, url: &Url, limit: u64) -> Result<Inbound, OciError> {
        let origin = Origin::of(url).filter(|origin| origin.is_https() || is_loopback(url));
        let origin = origin.ok_or_else(|| self.unusable("it points to an address without TLS"))?;
        let own = self.reference.manifest().and_then(|url| Origin::of(&url));
        let is_own = own.as_ref() == Some(&origin);
        // The registry itself was named by the operator and may be inside the platform's network; where it points, may not.
        let policy = if is_own { EgressPolicy::new([], [origin]) } else { EgressPolicy::new([origin], []) };
        let authorization = match &self.token {
            Some(token) if is_own => Authorization::Bearer(Arc::clone(token)),
            _ => Authorization::None,
        };
        let request = Outbound {
            method: Method::Get,
            url: url.clone(),
            headers: vec![("accept".to_owned(), MANIFEST.to_owned())],
            authorization,
            body: OutboundBody::Empty,
        };
        let answer = async { Live::new(policy)?.send(&request, limit.saturating_add(HEADERS)).await };
        let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(HttpError::TimedOut));
        answer.map_err(|error| self.unusable(&error.to_string()))
    }

    /// Gets a token that everybody is given (`WWW-Authenticate: Bearer realm="…",service="…",scope="…"`).
    async fn sign_in(&self, refused: &Inbound) -> Result<Arc<SecretString>, OciError> {
        let private = || OciError::Private(self.reference.to_string());
        let asked = header(refused, "www-authenticate").and_then(|value| value.split_once(' '));
        let (_, asked) = asked.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or_else(private)?;
        let mut url = parameter(asked, "realm").and_then(|realm| Url::parse(realm).ok()).ok_or_else(private)?;
        if let Some(service) = parameter(asked, "service") {
            url.query_pairs_mut().append_pair("service", service);
        }
        url.query_pairs_mut().append_pair("scope", &format!("repository:{}:pull", self.reference.repository()));
        let answer = self.send(&url, LARGEST_MANIFEST).await?;
        if answer.status != 200 {
            return Err(private());
        }
        let token: Token =
            serde_json::from_slice(&answer.body).map_err(|_| self.unusable("it gives no token that can be read"))?;
        Ok(Arc::new(SecretString::from(token.token)))
    }

    fn unusable(&self, why: &str) -> OciError {
        OciError::Registry { registry: self.reference.registry().to_owned(), why: why.to_owned() }
    }

    fn not_a_connector(&self, why: &str) -> OciError {
        OciError::NotAConnector { reference: self.reference.to_string(), why: why.to_owned() }
    }
}

fn header<'a>(answer: &'a Inbound, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// A parameter of a challenge, in quotation marks or without.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = challenge;
    while let Some((key, value)) = rest.split_once('=') {
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_once(',').unwrap_or((value, "")),
        };
        if key.trim_matches([' ', ',']).eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn a_challenge_has_parameters_in_any_order() {
        let challenge =
            r#"realm="https://auth.example/token",service=registry.example, scope="repository:a:pull,push""#;
        assert_eq!(parameter(challenge, "realm"), Some("https://auth.example/token"));
        assert_eq!(parameter(challenge, "Service"), Some("registry.example"));
        assert_eq!(parameter(challenge, "scope"), Some("repository:a:pull,push"));
        assert_eq!(
            (parameter(challenge, "error"), parameter("realm=\"x", "realm"), parameter("", "realm")),
            (None, None, None)
        );
    }
}
