//! Mistakes in the settings file and on the command line: reported before anything is opened or sent.

use whole_system_tests::desk::Desk;

use super::{Case, HARNESS, check, civil, errors};

const CASES: &[Case] = &[
    Case {
        name: "a typo in a key",
        spoil: |desk| desk.settings("group-assignment", "group-asignment"),
        arguments: &[],
        code: 2,
        says: "error: settings.toml:7: group-asignment: this key is unknown; did you mean `group-assignment`?",
    },
    Case {
        name: "a literal secret",
        spoil: |desk| desk.settings("{ env = \"ACME_CLIENT_SECRET\" }", "\"geheim-4f1c9a7e-nur-im-test\""),
        arguments: &[],
        code: 2,
        says: "error: settings.toml:5: client-secret: a secret does not belong in this file, which is copied, mailed and \
               committed; write client-secret = { env = \"NAME\" } for an environment variable, or client-secret = { file = \
               \"secret.txt\" } for a file that holds nothing else",
    },
    Case {
        name: "a secret's file that is not there",
        spoil: |desk| desk.settings("{ env = \"ACME_CLIENT_SECRET\" }", "{ file = \"secret.txt\" }"),
        arguments: &[],
        code: 2,
        says: "error: settings.toml:5: client-secret.file: secret.txt cannot be read: No such file or directory (os error 2); \
               put the secret in it, and nothing else",
    },
    Case {
        name: "an unknown language",
        spoil: |desk| desk.settings("\"de\"", "\"fr\""),
        arguments: &[],
        code: 2,
        says: "error: settings.toml:11: mail.language: `fr` is not a supported language; use \"de\" or \"en\"",
    },
    Case {
        name: "invitations without mail",
        spoil: |desk| {
            let text = String::from_utf8(desk.read("settings.toml")).expect("UTF-8");
            desk.write("settings.toml", text.split("[mail]").next().expect("a first part"));
        },
        arguments: &[],
        code: 2,
        says: "error: settings.toml:6: send-invitations: invitations are sent by mail, and [mail] is missing; add \
               [mail] with `to` and `language`, or use false",
    },
    Case {
        name: "several mistakes at once",
        spoil: |desk| {
            desk.settings("name = ", "nam = ");
            desk.settings("send-invitations = true", "send-invitations = \"yes\"");
            desk.settings("\"department\"", "\"office\"");
        },
        arguments: &[],
        code: 2,
        says: "error: settings.toml:1: name: this key is missing; add it: \"Personio\"\n\
               settings.toml:2: nam: this key is unknown; did you mean `name`?\n\
               settings.toml:6: send-invitations: it must be true or false, without quotes\n\
               settings.toml:7: group-assignment: `office` is not a supported group-assignment; use \"none\" or \"department\" or \
               \"team\"",
    },
    Case {
        name: "another connector's settings",
        spoil: |desk| {
            desk.settings("type = \"personio\"", "type = \"sap\"");
            std::fs::copy(whole_system_tests::component(), desk.path("shipped.wasm")).expect("a copy");
        },
        arguments: &["--component", "shipped.wasm"],
        code: 2,
        says: "error: the settings are for a connector of type \"sap\", but shipped.wasm is of type \"personio\"; use the matching component",
    },
    Case {
        name: "no settings file",
        spoil: |desk| std::fs::remove_file(desk.path("settings.toml")).expect("it was there"),
        arguments: &[],
        code: 2,
        says: "error: the settings file settings.toml cannot be read: No such file or directory (os error 2); check the path",
    },
    Case {
        name: "an origin that is none",
        spoil: |_| {},
        arguments: &["--allow-origin", "ftp://api.personio.de"],
        code: 2,
        says: "error: ftp://api.personio.de: `ftp://api.personio.de` is not an origin: its scheme is neither https nor http; \
               write scheme, host and, if not the scheme's own, port, such as `https://api.personio.de` or \
               `http://127.0.0.1:8080`",
    },
    Case {
        name: "no recording",
        spoil: |desk| std::fs::remove_dir_all(desk.path("exchanges")).expect("it was there"),
        arguments: &[],
        code: 1,
        says: "error: the cassette exchanges: No such file or directory (os error 2); name a folder of recorded exchanges",
    },
];

#[test]
fn mistakes_in_settings_are_reported_with_their_line_and_what_to_write() {
    check(CASES);
}

#[test]
fn a_missing_secret_variable_is_named() {
    let ran = Desk::with(HARNESS, "acme").bare().replay("sync", &[]);
    civil("missing variable", &ran);
    let says = "error: settings.toml:5: client-secret.env: the environment variable ACME_CLIENT_SECRET is not set; set it \
                to the secret, then run the command again";
    assert_eq!((errors(&ran).as_str(), ran.code), (says, Some(2)));
}

#[test]
fn an_empty_secret_variable_is_named() {
    let ran = Desk::with(HARNESS, "acme").variable("ACME_CLIENT_SECRET", " ").replay("sync", &[]);
    let says = "error: settings.toml:5: client-secret.env: the environment variable ACME_CLIENT_SECRET is empty; set it to \
                the secret, then run the command again";
    assert_eq!((errors(&ran).as_str(), ran.code), (says, Some(2)));
}

#[test]
fn a_setting_that_only_the_connector_finds_wrong_is_wrong_settings_too() {
    let desk = super::desk();
    desk.settings("group-assignment", "partner-id = \"zwei Wörter\"\ngroup-assignment");
    let ran = desk.replay("sync", &[]);
    civil("partner-id", &ran);
    assert!(ran.stdout.contains("  setting-invalid: partner-id: "), "{}", ran.stdout);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn an_invalid_log_level_is_an_error() {
    let ran = Desk::with(HARNESS, "acme").variable("HARNESS_LOG", "info,=loud=").replay("sync", &[]);
    assert!(ran.stderr.starts_with("error: HARNESS_LOG: "), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("; use a level such as info or debug, or unset it\n"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
}
