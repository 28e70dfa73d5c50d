//! Which attributes the credential may read: `GET /v1/company/employees/attributes`.

use super::company::wire::{Attribute, Labels};

/// The filter attribute's key.
const FLAG: &str = "dynamic_7124046";

/// Attributes that are there, and that nobody who syncs has to ask for: key, German and English label, type.
const OTHERS: [(&str, &str, &str, &str); 3] = [
    ("hire_date", "Einstellungsdatum", "Hire date", "date"),
    ("fix_salary", "Festgehalt", "Fix salary", "decimal"),
    ("dynamic_7124001", "Schuhgröße", "Shoe size", "standard"),
];

/// An attribute that is to be hidden and is not there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not an attribute that can be hidden; use one of {1}")]
pub struct UnknownAttribute(String, String);

/// Everything but what is hidden, by key; `flag` stands for the filter attribute's key.
///
/// # Errors
/// A name that no attribute has.
pub fn visible(labels: Labels, hidden: &[String]) -> Result<Vec<Attribute>, UnknownAttribute> {
    let others = OTHERS.into_iter().map(|(key, german, english, kind)| Attribute {
        key: key.to_owned(),
        label: if labels == Labels::German { german } else { english }.to_owned(),
        kind: kind.to_owned(),
        options: Vec::new(),
    });
    let mut attributes: Vec<Attribute> = Attribute::needed(labels, FLAG).into_iter().chain(others).collect();
    for name in hidden {
        let key = if name == "flag" { FLAG } else { name };
        if !attributes.iter().any(|attribute| attribute.key == key) {
            let known: Vec<&str> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
            return Err(UnknownAttribute(name.clone(), format!("{}, flag", known.join(", "))));
        }
        attributes.retain(|attribute| attribute.key != key);
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_not_there() {
        let keys = |hidden: &[&str]| {
            let hidden: Vec<String> = hidden.iter().map(|name| (*name).to_owned()).collect();
            visible(Labels::German, &hidden).map(|attributes| attributes.len())
        };
        assert_eq!(keys(&[]), Ok(15));
        assert_eq!(keys(&["email", "flag"]), Ok(13));
        assert!(keys(&["emial"]).is_err());
    }
}
