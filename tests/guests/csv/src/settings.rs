//! The settings that this source has of its own.

use connector_kit::declare::{Declaration, Kind, Words};

/// Where the file is, and who may read it. A file that anybody may read needs neither user nor password.
pub const DECLARED: [Declaration; 3] = [
    Declaration {
        key: "url",
        kind: Kind::Url,
        required: true,
        default: None,
        words: Words {
            de: ("Adresse der Datei", "Die vollständige Adresse, zum Beispiel https://personal.example/employees.csv."),
            en: ("Address of the file", "The whole address, such as https://hr.example/employees.csv."),
        },
    },
    Declaration {
        key: "user",
        kind: Kind::Text,
        required: false,
        default: None,
        words: Words {
            de: ("Benutzer", "Wer die Datei lesen darf; leer lassen, wenn sie nicht geschützt ist."),
            en: ("User", "Who may read the file; leave it out if the file is not protected."),
        },
    },
    Declaration {
        key: "password",
        kind: Kind::Secret,
        required: false,
        default: None,
        words: Words { de: ("Passwort", "Das Passwort dieses Benutzers."), en: ("Password", "That user's password.") },
    },
];

#[cfg(test)]
mod tests {
    use super::DECLARED;

    #[test]
    fn each_setting_has_its_own_key_and_words_in_both_languages() {
        for (at, setting) in DECLARED.iter().enumerate() {
            assert!(DECLARED.iter().skip(at + 1).all(|other| other.key != setting.key), "{}", setting.key);
            assert!(!setting.words.de.0.is_empty() && !setting.words.en.0.is_empty());
        }
    }
}
