//! What the connector declares of itself before it runs for anybody.

use crate::attributes::Attribute as Source;
use crate::bindings::exports::elearnio::connector::manifest::{Attribute, Description};
use crate::config::{DECLARED, ENDPOINT};
use connector_kit::declare::Declaration;

/// The contract's `describe`.
#[must_use]
pub fn describe() -> Description {
    let attribute = |attribute: Source| Attribute {
        field: attribute.field(),
        source: attribute.key().unwrap_or("dynamic_…").to_owned(),
        required: attribute.required(),
    };
    Description {
        name: "personio".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origins: vec![ENDPOINT.to_owned()],
        attributes: Source::ALL.into_iter().map(attribute).collect(),
        settings: DECLARED.iter().map(Declaration::setting).collect(),
    }
}
