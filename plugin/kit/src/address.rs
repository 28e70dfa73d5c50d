//! Whether a text can be an e-mail address.

/// RFC 5321, 4.5.3.1.3: a path has at most 256 octets, its angle brackets included.
const EMAIL_BYTES: usize = 254;

/// Catches what no mail server would take; whether an address exists is not ours to say.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"\\".contains(c);
    !local.is_empty() && !local.contains('@') && !domain.is_empty() && text.len() <= EMAIL_BYTES && !text.contains(odd)
}
