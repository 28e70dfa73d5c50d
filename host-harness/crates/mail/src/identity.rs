//! Message IDs.
//!
//! A mail's ID is made from what the mail is for, never from chance or the clock: a mail that is queued or delivered
//! twice by a crash is one and the same, for the outbox and for the reader's mail program. It is a hash, because it
//! travels in the open and must not tell who it is about.

use sha2::{Digest, Sha256};

/// The right-hand side of every message ID. It names this software, not a host (RFC 5322, 3.6.4).
const DOMAIN: &str = "connector.elearnio.example";

/// Half of the hash: 128 bits never collide by accident, and the ID stays on one header line.
const BYTES: usize = 16;

/// The message ID of the mail of this kind for these parts, without angle brackets.
pub(super) fn message_id(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length goes first, so that ("ab", "c") and ("a", "bc") differ.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let half: Vec<u8> = hash.finalize().into_iter().take(BYTES).collect();
    format!("{kind}.{}@{DOMAIN}", hex::encode(half))
}

#[cfg(test)]
mod tests {
    use super::message_id;

    #[test]
    fn the_same_mail_has_the_same_id_and_another_has_another() {
        let id = message_id("invitation", &["Acme", "a1"]);
        assert_eq!(id, message_id("invitation", &["Acme", "a1"]));
        assert_ne!(id, message_id("invitation", &["Acmea", "1"]));
        assert_ne!(id, message_id("summary", &["Acme", "a1"]));
        assert!(!id.contains("Acme"));
    }
}
