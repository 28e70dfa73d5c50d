//! A part of something stored that few readers look at.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// A value that is read when it is asked for: a page of a run with thousands of actions shows a hundred of them, and would else read
/// a download of megabytes for nothing. As JSON it is the value.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Late<T> {
    text: Box<RawValue>,
    #[serde(skip)]
    kind: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned> Late<T> {
    /// Of a value that has a form in JSON.
    #[must_use]
    pub fn of(value: &T) -> Self {
        Self { text: to_raw_value(value).unwrap_or_default(), kind: PhantomData }
    }

    /// The value; none if what is stored is another kind's.
    #[must_use]
    pub fn read(&self) -> Option<T> {
        serde_json::from_str(self.text.get()).ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        text: Late<String>,
        list: Late<Vec<u8>>,
    }

    #[test]
    fn it_is_stored_as_the_value_itself_and_read_back() {
        let stored = Stored { text: Late::of(&"a\"b".to_owned()), list: Late::of(&vec![1, 2]) };
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(json, r#"{"text":"a\"b","list":[1,2]}"#);
        let back: Stored = serde_json::from_str(&json).unwrap();
        assert_eq!((back.text.read().unwrap(), back.list.read().unwrap()), ("a\"b".to_owned(), vec![1, 2]));
        let other: Stored = serde_json::from_str(r#"{"text":7,"list":[]}"#).unwrap();
        assert_eq!(other.text.read(), None);
    }
}
