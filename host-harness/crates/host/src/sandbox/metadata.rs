//! What a component says about itself, in sections that no code depends on: its name, version, licence and source revision.
//!
//! These are the sections of the [OCI annotations](https://specs.opencontainers.org/image-spec/annotations/), as
//! `wasm-tools metadata` writes and shows them. They are claims: nothing is decided by them, and the version that counts for a sync is
//! the manifest's. The bytes are anybody's, so that each text is cut and made one line before anybody sees it. Of
//! components inside of a component nothing is read: they speak for themselves alone.

use wasmparser::{ComponentName, CustomSectionReader, KnownCustom, Parser, Payload};

use crate::one_line::one_line;

/// The longest text that is shown, in bytes.
const LONGEST: usize = 200;

/// What a component says of itself. Each is a claim of its makers, on one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Its name, such as that of the package it was built from.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its licence, as an SPDX expression.
    pub licence: Option<String>,
    /// The revision of the source it was built from.
    pub revision: Option<String>,
}

impl Metadata {
    /// Reads the outermost sections. Where the bytes are no component, what was read until then.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut metadata = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
                Ok(Payload::End(_)) if depth > 0 => depth -= 1,
                Ok(Payload::CustomSection(section)) if depth == 0 => metadata.take(&section),
                Ok(Payload::End(_)) | Err(_) => break,
                Ok(_) => {}
            }
        }
        metadata
    }

    fn take(&mut self, section: &CustomSectionReader<'_>) {
        let slot = match section.name() {
            "version" => &mut self.version,
            "licenses" => &mut self.licence,
            "revision" => &mut self.revision,
            _ => {
                if let KnownCustom::ComponentName(mut names) = section.as_known()
                    && let Some(Ok(ComponentName::Component { name, .. })) = names.next()
                {
                    self.name = clean(name.as_bytes());
                }
                return;
            }
        };
        *slot = clean(section.data());
    }
}

/// A text on one line, no longer than is shown; none if there is nothing to see.
fn clean(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..LONGEST).unwrap_or(bytes);
    let mut text = one_line(&String::from_utf8_lossy(head));
    if bytes.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    fn of(text: &str) -> Metadata {
        Metadata::of(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn each_section_is_read_and_a_missing_one_gives_none() {
        let metadata =
            of(r#"(component $personio-connector (@custom "version" "0.1.0") (@custom "licenses" "Apache-2.0"))"#);
        assert_eq!(metadata.name.as_deref(), Some("personio-connector"));
        assert_eq!(metadata.version.as_deref(), Some("0.1.0"));
        assert_eq!(metadata.licence.as_deref(), Some("Apache-2.0"));
        assert_eq!(metadata.revision, None);
    }

    #[test]
    fn hostile_metadata_is_cut_and_stays_on_its_line() {
        let long = "ä".repeat(1 << 20);
        let metadata = of(&format!(
            r#"(component
                 (@custom "version" "1.0\nlimits   none\1b[2J\e2\80\aegnp")
                 (@custom "licenses" "\ff\fe")
                 (@custom "revision" "{long}"))"#
        ));
        assert_eq!(metadata.version.as_deref(), Some("1.0 limits none [2Jgnp"));
        assert_eq!(metadata.licence.as_deref(), Some("\u{fffd}\u{fffd}"));
        let revision = metadata.revision.unwrap();
        assert!(revision.len() <= LONGEST + "…".len() && revision.ends_with("ä…"), "{revision}");
        assert_eq!(of(r#"(component (@custom "version" " \n\t "))"#).version, None);
    }

    #[test]
    fn what_is_inside_of_a_component_does_not_speak_for_it() {
        let inner = r#"(component (component (@custom "version" "9")) (core module (@custom "revision" "9")))"#;
        assert_eq!(of(inner), Metadata::default());
    }

    #[test]
    fn bytes_that_are_not_a_component_have_no_metadata() {
        for bytes in [&b""[..], b"\0asm", b"\0asm\x0d\0\x01\0\0\xff\xff\xff\xff\x0f", b"#!/bin/sh"] {
            assert_eq!(Metadata::of(bytes), Metadata::default());
        }
    }
}
