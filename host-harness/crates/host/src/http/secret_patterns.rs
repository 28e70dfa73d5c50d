//! A secret, and every form of it that is looked for.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::escapes::undone;
use super::search::fold;

/// Layers of escapes that are undone: a text in JSON in a form, and one more.
pub(super) const LAYERS: usize = 3;
/// Secrets with fewer bytes are looked for as they are spelled and not inside hex and base64.
pub(super) const SHORT: usize = 4;
/// Fewer characters than these, which are certain in base64, are found in texts by chance.
const SHORT_BASE64: usize = 8;

/// A secret, prepared for the search.
pub(super) struct Needle {
    forms: Vec<Zeroizing<Vec<u8>>>,
}

impl Needle {
    /// Prepares a secret: up to twenty times its size, and zeroized.
    pub(super) fn new(value: &Arc<SecretString>) -> Self {
        let mut needle = Self { forms: Vec::new() };
        let secret = value.expose_secret().as_bytes();
        needle.add(secret);
        // A secret that has what looks like an escape in it loses it together with those around it.
        needle.add(&bare(secret));
        if secret.len() >= SHORT {
            // In lower case; folding makes it either.
            needle.add(Zeroizing::new(hex::encode(secret)).as_bytes());
            needle.add_base64(secret);
            // RFC 6749, 2.3.1: a Basic password is form-encoded first.
            let encoded: Zeroizing<String> = Zeroizing::new(url::form_urlencoded::byte_serialize(secret).collect());
            needle.add_base64(encoded.as_bytes());
        }
        needle
    }

    /// Every form, folded.
    pub(super) fn forms(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(|form| form.as_slice())
    }

    fn add(&mut self, form: &[u8]) {
        let form = Zeroizing::new(fold(form));
        if !form.is_empty() && !self.forms.contains(&form) {
            self.forms.push(form);
        }
    }

    /// The characters that base64 surely has where the bytes stand in it, at each of the three alignments. Folding makes
    /// one of the two alphabets.
    fn add_base64(&mut self, bytes: &[u8]) {
        for lead in 0..3_usize {
            let mut padded = Zeroizing::new(vec![0; lead]);
            padded.reserve_exact(bytes.len());
            padded.extend_from_slice(bytes);
            let encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&*padded));
            // A character stands for six bits; those shared with a neighbouring byte are not certain.
            let certain = (lead * 8).div_ceil(6)..(padded.len() * 8) / 6;
            if let Some(core) = encoded.get(certain).filter(|core| core.len() >= SHORT_BASE64) {
                self.add(core.as_bytes());
            }
        }
    }
}

/// A secret without any escapes.
fn bare(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bare = Zeroizing::new(secret.to_vec());
    for _ in 0..LAYERS {
        let Some(next) = undone(&bare) else { break };
        bare = Zeroizing::new(next);
    }
    bare
}
