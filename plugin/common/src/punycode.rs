//! Punycode (RFC 3492), decoding alone: what an `xn--` label spells.
//!
//! The whole of IDNA was rejected: its tables are larger than all the rest of a connector, and nothing is registered here.
//! Two spellings of one domain are to be one key, and what is not a domain may keep its own.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 0x80;

/// RFC 1035, 2.3.4: no label is longer, and nothing longer is worth the quadratic time.
const LABEL_BYTES: usize = 63;

/// What a label without its `xn--` spells; none if it is no Punycode. The label is in lower case.
pub fn decode(label: &str) -> Option<String> {
    if label.len() > LABEL_BYTES || !label.is_ascii() {
        return None;
    }
    let (basic, extended) = label.rsplit_once('-').unwrap_or(("", label));
    let mut output: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let mut digits = extended.bytes();
    while digits.len() > 0 {
        let start = i;
        let (mut weight, mut k) = (1_u32, BASE);
        loop {
            let digit = digit(digits.next()?)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let length = u32::try_from(output.len()).ok()? + 1;
        bias = adapt(i - start, length, start == 0);
        n = n.checked_add(i / length)?;
        i %= length;
        output.insert(usize::try_from(i).ok()?, char::from_u32(n)?);
        i += 1;
    }
    Some(output.into_iter().collect())
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

/// RFC 3492, 6.1.
const fn adapt(delta: u32, length: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / length;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn s09_labels_spell_what_their_owners_meant() {
        // Most are from RFC 3492, 7.1.
        for (label, spelled) in [
            ("mller-kva", "müller"),
            ("strae-oqa", "straße"),
            ("egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"),
            ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
            ("e1afmkfd", "пример"),
            ("majikoi5-783gue6qz075azm5e", "majiでkoiする5秒前"),
            ("", ""),
            ("abc-", "abc"),
        ] {
            assert_eq!(decode(label).as_deref(), Some(spelled), "{label}");
        }
    }

    #[test]
    fn s09_a_label_that_is_not_punycode_spells_nothing() {
        for label in ["ü", "a b", "99999999", "mller-kv!", "-\u{0}", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(decode(label), None, "{label}");
        }
        assert_eq!(decode(&"a".repeat(64)), None);
    }

    proptest::proptest! {
        #[test]
        fn no_label_makes_it_panic(label in "[a-z0-9-]{0,63}") {
            drop(decode(&label));
        }
    }
}
