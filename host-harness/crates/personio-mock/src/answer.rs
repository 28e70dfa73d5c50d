//! Answers as values, and Personio's errors in their many shapes.

use serde_json::{Value, json};

use super::company::wire::Labels;

/// One answer, before it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=UTF-8";

impl Answer {
    pub fn json(status: u16, body: &Value) -> Self {
        Self { status, headers: vec![("content-type", JSON.to_owned())], body: body.to_string().into_bytes() }
    }

    pub fn html(status: u16, title: &str) -> Self {
        let body = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>");
        Self { status, headers: vec![("content-type", HTML.to_owned())], body: body.into_bytes() }
    }

    /// The usual shape of an error.
    pub fn error(status: u16, code: u16, message: &str) -> Self {
        Self::json(status, &json!({ "success": false, "error": { "code": code, "message": message } }))
    }

    /// Something broke at Personio: another shape each time, as it has been reported.
    pub fn broken(nth: u64, labels: Labels) -> Self {
        let message = trouble(labels);
        match nth % 4 {
            0 => Self::error(500, 500, message),
            1 => Self::json(500, &json!({ "error": { "message": "Something went wrong", "code": 500 } })),
            2 => Self::html(500, "500 Internal Server Error"),
            _ => Self { status: 500, headers: Vec::new(), body: Vec::new() },
        }
    }

    pub fn too_many() -> Self {
        Self::error(429, 429, "Too Many Requests")
    }

    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Personio's least telling message; the German one ends in a blank.
pub const fn trouble(labels: Labels) -> &'static str {
    match labels {
        Labels::German => "Es ist ein Problem aufgetreten ",
        Labels::English => "Something went wrong",
    }
}
