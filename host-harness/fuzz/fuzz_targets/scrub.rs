//! The scrubber: no known secret survives in what comes out, however it was spelled; JSON stays JSON; nothing grows.
//!
//! An input is a few lines, and a rest: the first line says how secrets are spelled, the next ones are secrets, and the rest
//! after an empty line is text.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use connector_host::http::Vault;
use libfuzzer_sys::fuzz_target;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::{Value, json};

/// What stands where a secret stood.
const REPLACEMENT: &str = "[secret]";
/// As long as the replacement: a secret of that length cannot make a text longer by going.
const LONG: usize = REPLACEMENT.len();
/// More secrets than a tenant has.
const MOST: usize = 8;

fuzz_target!(|data: &[u8]| {
    let (head, text) = parts(data);
    let mut lines = head.split(|byte| *byte == b'\n');
    let ways = lines.next().unwrap_or_default();
    let secrets: Vec<String> = lines.take(MOST).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    anything(&secrets, text);
    let secrets: Vec<String> = secrets.iter().map(|secret| plain(secret)).filter(|s| s.len() >= LONG).collect();
    if !secrets.is_empty() {
        long_secrets_go(&secrets, ways, text);
        json_stays_json(&secrets, ways, text);
    }
});

/// Divides an input at its first empty line.
fn parts(data: &[u8]) -> (&[u8], &[u8]) {
    let end = data.windows(2).position(|two| two == b"\n\n");
    end.map_or((data, &[]), |end| (&data[..end], &data[end + 2..]))
}

/// Any secrets, any bytes: it ends, and what comes out is bounded. The two ways in agree.
fn anything(secrets: &[String], text: &[u8]) {
    let vault = vault(secrets);
    let out = vault.scrub_bytes(text.to_vec());
    assert!(out.len() <= (text.len() + 1) * LONG, "{} bytes of {}", out.len(), text.len());
    if let Ok(text) = std::str::from_utf8(text) {
        assert_eq!(vault.scrub_text(text).as_bytes(), String::from_utf8_lossy(&out).as_bytes());
        assert!(vault.holds_any(text) || out == text.as_bytes(), "a secret that is not one");
    }
}

/// Between any two pieces of text, each secret goes in every spelling, and nothing that was left makes a new one.
fn long_secrets_go(secrets: &[String], ways: &[u8], text: &[u8]) {
    let vault = vault(secrets);
    let text = String::from_utf8_lossy(text);
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(middle);
    for (secret, way) in secrets.iter().zip(ways.iter().chain(std::iter::repeat(&0))) {
        let spelled = spelled(secret, *way);
        let whole = format!("{before} {spelled} {after}");
        let out = vault.scrub_text(&whole);
        assert!(out.len() <= whole.len().max(LONG), "it grew from {} to {}", whole.len(), out.len());
        assert!(out.contains(REPLACEMENT), "nothing was found");
        assert!(!out.contains(&spelled), "it is still there as it was spelled");
        let folded = out.to_ascii_lowercase();
        for secret in secrets {
            assert!(!folded.contains(&secret.to_ascii_lowercase()), "a secret is still there");
        }
        assert!(!vault.holds_any(&out), "what is left holds a secret");
    }
}

/// A secret in the strings of a JSON text leaves JSON of the same shape.
fn json_stays_json(secrets: &[String], ways: &[u8], text: &[u8]) {
    let text: String = String::from_utf8_lossy(text).chars().filter(|c| !needs_escape(*c)).collect();
    let way = ways.first().copied().unwrap_or_default();
    let members = secrets.iter().enumerate().map(|(index, secret)| {
        // Half of the spellings have backslashes, which JSON escapes once more: one layer over the others.
        (format!("-{index}-"), json!([text, format!("{text} {} {text}", spelled(secret, way))]))
    });
    let before = Value::Object(members.collect());
    let out = vault(secrets).scrub_bytes(before.to_string().into_bytes());
    // So much may look like a secret that all of it goes.
    if out == REPLACEMENT.as_bytes() {
        return;
    }
    let after: Value = serde_json::from_slice(&out).expect("JSON in, JSON out");
    let shape = |value: &Value| value.as_object().map(|members| members.values().map(strings).collect::<Vec<_>>());
    assert_eq!(shape(&before), shape(&after));
}

fn strings(value: &Value) -> Option<usize> {
    value.as_array().filter(|values| values.iter().all(Value::is_string)).map(Vec::len)
}

/// Escapes of what is around a secret are the text's own: one of them may end in what begins the secret.
fn needs_escape(c: char) -> bool {
    c == '"' || c == '\\' || c.is_control()
}

fn vault(secrets: &[String]) -> Vault {
    let vault = Vault::new();
    for secret in secrets {
        let _handle = vault.insert(SecretString::from(secret.as_str()), Vec::new());
    }
    vault
}

/// A secret of characters that begin no escape, and of none that the replacement has at its ends.
fn plain(secret: &str) -> String {
    secret
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_.~:;,!?*$@ ".contains(*c))
        .take(64)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// One of the spellings that the scrubber claims to find, by an encoder of somebody else's where there is one.
fn spelled(secret: &str, way: u8) -> String {
    let bytes = || secret.bytes();
    match way % 10 {
        0 => secret.to_owned(),
        1 => utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        2 => utf8_percent_encode(&utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(), NON_ALPHANUMERIC)
            .to_string(),
        3 => secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        4 => bytes().map(|byte| format!("{byte:02x}")).collect(),
        5 => bytes().map(|byte| format!("{byte:02X}")).collect(),
        6 => secret.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
        7 => STANDARD.encode(secret),
        8 => URL_SAFE_NO_PAD.encode(secret),
        _ => secret.to_ascii_uppercase(),
    }
}
