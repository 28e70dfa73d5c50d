//! What a connector takes for an address, a mail program takes too: an account whose owner cannot be written to is of no
//! use to anybody.

use connector_kit::address::as_address;
use lettre::Address;
use proptest::prelude::*;
use whole_system_tests::arbitrary;

/// Texts that are an address, or nearly: every part is now and then one character too odd, or too long.
fn nearly() -> impl Strategy<Value = String> {
    let atom = "[a-zA-Z0-9äßéцあ!#$%&'*+/=?^_`{|}~\u{308}-]{1,12}|[ ()<>,;:\"\\\\\\[\\]@]{0,2}|[a-z]{60,66}";
    let label = "[a-z0-9üпあ-]{1,12}|[_ \u{308}:\\[\\]]{0,2}|[a-z]{60,66}";
    let dotted = |part: &'static str, most| prop::collection::vec(part, 1..=most).prop_map(|parts| parts.join("."));
    prop_oneof![
        8 => (dotted(atom, 3), dotted(label, 5)).prop_map(|(local, domain)| format!("{local}@{domain}")),
        1 => ".{0,20}@.{0,20}",
        1 => Just("a@[127.0.0.1]".to_owned()),
    ]
}

proptest! {
    #![proptest_config(arbitrary::at_least(4000))]

    #[test]
    fn s06_every_accepted_address_is_accepted_by_a_mail_program_too(text in nearly()) {
        if let Some(address) = as_address(text) {
            prop_assert!(address.parse::<Address>().is_ok(), "{address:?}");
            prop_assert_eq!(as_address(address.clone()), Some(address));
        }
    }

    #[test]
    fn s06_what_people_have_is_taken(
        text in "[a-zA-Z0-9äßéц]{1,12}([.+'_-][a-zA-Z0-9äßéц]{1,8}){0,2}@[a-z0-9ü]{1,20}(-[a-z0-9]{1,8})?(\\.[a-z]{2,8}){1,2}",
    ) {
        prop_assert_eq!(as_address(text.clone()), Some(text));
    }
}
