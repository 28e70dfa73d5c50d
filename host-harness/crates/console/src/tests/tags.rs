//! Enough of HTML to look at the pages' own: lower-case tags, attributes in double quotes.

use std::collections::BTreeMap;

/// A tag; of an end tag the name begins with a slash.
#[derive(Debug)]
pub(super) struct Tag {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
}

impl Tag {
    pub(super) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
    }

    pub(super) fn is(&self, attribute: &str, value: &str) -> bool {
        self.get(attribute) == Some(value)
    }
}

/// All tags of a page, in order.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    html.split('<').skip(1).filter(|rest| !rest.starts_with('!')).map(tag).collect()
}

fn tag(text: &str) -> Tag {
    let end = text.find([' ', '>']).expect("a tag ends");
    let (name, mut rest) = text.split_at(end);
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.starts_with('>') {
            return Tag { name: name.to_owned(), attributes };
        }
        let end = rest.find(['=', ' ', '>']).expect("an attribute ends");
        let (key, tail) = rest.split_at(end);
        let mut value = "";
        rest = tail;
        if let Some(quoted) = tail.strip_prefix("=\"") {
            (value, rest) = quoted.split_once('"').expect("a value ends");
        }
        attributes.insert(key.to_owned(), value.to_owned());
    }
}
