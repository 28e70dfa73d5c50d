#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what it did not expect")]

use std::fs;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::{Language, SmtpSecurity};
use connector_host::contract::manifest::{ChoiceOption, Setting, SettingKind, Translation};
use connector_host::sandbox::Limits;

const SHORTEST: &str =
    "name = \"Acme\"\ntype = \"personio\"\nclient-id = \"id\"\nclient-secret = { env = \"SECRET\" }\n";

fn environment(name: &str) -> Option<String> {
    match name {
        "SECRET" => Some("s3cret".to_owned()),
        "BLANK" => Some("  ".to_owned()),
        _ => None,
    }
}

fn setting(key: &str, kind: SettingKind, required: bool, help: &str) -> Setting {
    let translations =
        vec![Translation { language: "en".to_owned(), label: key.replace('-', " "), help: help.to_owned() }];
    Setting { key: key.to_owned(), kind, required, default: None, translations }
}

/// A connector with a setting of each kind.
fn connector() -> Description {
    let option = |value: &str| ChoiceOption { value: value.to_owned(), translations: Vec::new() };
    Description {
        name: "personio".to_owned(),
        version: "1.0.0".to_owned(),
        origins: Vec::new(),
        attributes: Vec::new(),
        settings: vec![
            setting("client-id", SettingKind::Text, true, "the ID Personio shows under Connect"),
            setting("client-secret", SettingKind::Secret, true, ""),
            setting("endpoint", SettingKind::Origin, false, ""),
            setting("partner-id", SettingKind::Text, false, ""),
            setting("app-id", SettingKind::Text, false, ""),
            setting("export", SettingKind::Url, false, ""),
            setting("pages", SettingKind::Number, false, ""),
            setting("archive", SettingKind::Flag, false, ""),
            setting("region", SettingKind::Choice(vec![option("eu"), option("us")]), false, ""),
        ],
    }
}

/// Settings as a file in a folder that also holds `secret.txt` and `blank.txt`.
fn read(text: &str) -> Result<Settings, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("secret.txt"), "fr0m file \r\n").unwrap();
    fs::write(folder.path().join("blank.txt"), "\n").unwrap();
    let path = folder.path().join("acme.toml");
    fs::write(&path, text).unwrap();
    let prefix = format!("{}/", folder.path().display());
    SettingsFile::open_with(&path, environment)
        .and_then(|file| file.settings_for(&connector()))
        .map_err(|error| error.to_string().replace(&prefix, ""))
}

fn refusal(text: &str) -> String {
    match read(text) {
        Ok(_) => panic!("it was not refused: {text}"),
        Err(told) => told,
    }
}

#[test]
fn the_shortest_file_has_the_documented_defaults() {
    let settings = read(SHORTEST).unwrap();
    assert_eq!((&*settings.connector.name, &*settings.kind), ("Acme", "personio"));
    assert_eq!(settings.text("client-id"), Some("id"));
    assert_eq!(settings.secret("client-secret").map(ExposeSecret::expose_secret), Some("s3cret"));
    assert_eq!(settings.connector.values.len(), 2, "what is not there has the connector's default");
    assert!(!settings.connector.send_invitations);
    assert_eq!(settings.connector.group_assignment, GroupAssignment::None);
    assert_eq!(settings.connector.filter_label, None);
    assert!(
        settings.connector.filter_values.is_empty()
            && settings.connector.statuses.is_empty()
            && settings.mail.is_none()
    );
    assert_eq!(settings.limits, Limits::default());
}

#[test]
fn every_key_arrives() {
    let settings = read(
        r#"
name = " Acme "
type = "personio"
client-id = "id"
client-secret = { file = "secret.txt" }
send-invitations = true
group-assignment = "team"
endpoint = "HTTP://127.0.0.1:8080/"
partner-id = "P"
app-id = "A"
export = "https://hr.acme.example/people.csv"
pages = -7
archive = true
region = "eu"
[filter]
label = "Sync"
values = ["ja", "oui"]
[statuses]
onboarding = "preboarding"
"On leave" = "absent"
[limits]
memory-mib = 64
requests-per-sync = 1_000
[mail]
to = ["Personal <hr@acme.example>", "it@acme.example"]
from = "no-reply@acme.example"
language = "en"
[mail.smtp]
host = "smtp.acme.example"
security = "starttls"
user = "harness"
password = { env = "SECRET" }
"#,
    )
    .unwrap();
    assert_eq!(settings.connector.name, "Acme");
    assert_eq!(
        settings.secret("client-secret").unwrap().expose_secret(),
        "fr0m file ",
        "only the end of the line is cut"
    );
    assert!(settings.connector.send_invitations);
    assert_eq!(settings.connector.group_assignment, GroupAssignment::Team);
    assert_eq!(settings.text("endpoint"), Some("http://127.0.0.1:8080"));
    assert_eq!((settings.text("partner-id"), settings.text("app-id")), (Some("P"), Some("A")));
    assert_eq!(
        (settings.text("export"), settings.text("region")),
        (Some("https://hr.acme.example/people.csv"), Some("eu"))
    );
    let other: Vec<String> =
        settings.connector.values.iter().skip(6).map(|(key, value)| format!("{key} {value:?}")).collect();
    assert_eq!(other, ["pages Number(-7)", "archive Flag(true)", "region Text(\"eu\")"]);
    assert_eq!(
        (settings.connector.filter_label.as_deref(), settings.connector.filter_values.join(" ")),
        (Some("Sync"), "ja oui".to_owned())
    );
    let statuses: Vec<(&str, &str)> = settings
        .connector
        .statuses
        .iter()
        .map(|(source, status)| (&**source, connector_host::names::status_name(status)))
        .collect();
    assert_eq!(statuses, [("onboarding", "preboarding"), ("On leave", "absent")]);
    assert_eq!(settings.limits, Limits::default().memory_mib(64).requests_per_sync(1000));
    let mail = settings.mail.unwrap();
    assert_eq!(mail.to, ["Personal <hr@acme.example>", "it@acme.example"]);
    assert_eq!((&*mail.from, mail.language), ("no-reply@acme.example", Language::En));
    let smtp = mail.smtp.unwrap();
    assert_eq!((&*smtp.host, smtp.port, smtp.security), ("smtp.acme.example", 587, SmtpSecurity::StartTls));
    let (user, password) = smtp.credentials.unwrap();
    assert_eq!((&*user, password.expose_secret()), ("harness", "s3cret"));
}

#[test]
fn mail_has_defaults_too() {
    let mail = read(&format!("{SHORTEST}[mail]\nto = \"hr@acme.example\"")).unwrap().mail.unwrap();
    assert_eq!((&*mail.from, mail.language, mail.smtp.is_none()), (DEFAULT_SENDER, Language::De, true));
    assert!(DEFAULT_SENDER.parse::<lettre::message::Mailbox>().is_ok());
    let server =
        |more: &str| format!("{SHORTEST}[mail]\nto = \"a@b.example\"\nfrom = \"c@d.example\"\n[mail.smtp]\n{more}");
    for (more, port) in
        [("host = \"h\"", 465), ("host = \"h\"\nport = 2525", 2525), ("host = \"localhost\"\nsecurity = \"none\"", 25)]
    {
        assert_eq!(read(&server(more)).unwrap().mail.unwrap().smtp.unwrap().port, port);
    }
}

#[test]
fn an_empty_file_is_refused_with_everything_it_lacks() {
    let expected = "\
acme.toml:1: client-id: this key is missing; add the client id: the ID Personio shows under Connect
acme.toml:1: client-secret: this key is missing; add it: { env = \"NAME\" } or { file = \"secret.txt\" }
acme.toml:1: name: this key is missing; add it: \"Personio\"
acme.toml:1: type: this key is missing; add it: \"personio\"";
    assert_eq!(refusal(""), expected);
}

#[test]
fn all_mistakes_are_reported_together_in_the_files_order() {
    let told = refusal(
        r#"nane = "Acme"
type = 7
client-id = ""
client-secret = "s3cret-value"
send-invitations = "yes"
group-assignment = "office"
endpoint = "https://user@api.personio.de/v1"
filter = "ja"
[statuses]
leave = "away"
[mail]
to = ["hr@acme.example", "nobody", 3]
form = "x"
from = "a@b.example, c@d.example"
language = "fr"
[mail.smtp]
hots = "h"
port = 70000
security = "ssl"
user = "u"
"#,
    );
    let expected = "\
acme.toml:1: name: this key is missing; add it: \"Personio\"
acme.toml:1: nane: this key is unknown; did you mean `name`?
acme.toml:2: type: it must be a string in quotes
acme.toml:3: client-id: it is empty; give it a value, or remove the key
acme.toml:4: client-secret: a secret does not belong in this file, which is copied, mailed and committed; write \
client-secret = { env = \"NAME\" } for an environment variable, or client-secret = { file = \"secret.txt\" } for a file that \
holds nothing else
acme.toml:5: send-invitations: it must be true or false, without quotes
acme.toml:6: group-assignment: `office` is not a supported group-assignment; use \"none\" or \"department\" or \"team\"
acme.toml:7: endpoint: `…@…` is not an origin: it has a user name or password; write scheme, host and, if not the scheme's own, port, such as `https://api.personio.de` or `http://127.0.0.1:8080`
acme.toml:8: filter: it must be a table: write [filter] and its keys below
acme.toml:10: statuses.leave: `away` is not an account status; use one of preboarding, active, absent, inactive
acme.toml:12: mail.to: it must be a string in quotes
acme.toml:12: mail.to: this is not a mail address; write \"name@acme.example\" or \"Name <name@acme.example>\"
acme.toml:13: mail.form: this key is unknown; did you mean `from`?
acme.toml:14: mail.from: this is not a mail address; write \"name@acme.example\" or \"Name <name@acme.example>\"
acme.toml:15: mail.language: `fr` is not a supported language; use \"de\" or \"en\"
acme.toml:16: mail.smtp.host: this key is missing; add it: \"smtp.acme.example\"
acme.toml:16: mail.smtp.password: this key is missing beside `user`; add it, or remove `user`
acme.toml:17: mail.smtp.hots: this key is unknown; did you mean `host`?
acme.toml:18: mail.smtp.port: it must be a number from 1 to 65535, without quotes
acme.toml:19: mail.smtp.security: `ssl` is not a supported security; use \"tls\" or \"starttls\" or \"none\"";
    assert_eq!(told, expected);
    assert!(!told.contains("s3cret-value"));
}

/// One wrong line after the shortest file, or instead of its secret; line 4 or 5 of the file.
#[test]
fn each_mistake_has_its_own_words() {
    let after = |line: &str| format!("{SHORTEST}{line}");
    let secret = |secret: &str| SHORTEST.replace("{ env = \"SECRET\" }", secret);
    let mail = |line: &str| format!("{SHORTEST}mail = {{ {line} }}");
    for (text, expected) in [
        (
            secret("{ env = \"ABSENT\" }"),
            "acme.toml:4: client-secret.env: the environment variable ABSENT is not set; set it to the secret, then run the command again",
        ),
        (
            secret("{ env = \"BLANK\" }"),
            "acme.toml:4: client-secret.env: the environment variable BLANK is empty; set it to the secret, then run the command again",
        ),
        (
            secret("{ file = \"absent.txt\" }"),
            "acme.toml:4: client-secret.file: absent.txt cannot be read: No such file or directory (os error 2); put the \
             secret in it, and nothing else",
        ),
        (
            secret("{ file = \"blank.txt\" }"),
            "acme.toml:4: client-secret.file: blank.txt is empty; put the secret in it, and nothing else",
        ),
        (
            secret("{ env = \"SECRET\", file = \"secret.txt\" }"),
            "acme.toml:4: client-secret: it must name one place: either { env = \"NAME\" } or { file = \"secret.txt\" }",
        ),
        (
            secret("{}"),
            "acme.toml:4: client-secret: it must name one place: either { env = \"NAME\" } or { file = \"secret.txt\" }",
        ),
        (
            secret("{ env = \"SECRET\", fiel = \"x\" }"),
            "acme.toml:4: client-secret.fiel: this key is unknown; did you mean `file`?",
        ),
        (
            after("colour = 1"),
            "acme.toml:5: colour: this key is unknown; known here: name, type, send-invitations, group-assignment, \
             filter, statuses, mail, limits, client-id, client-secret, endpoint, partner-id, app-id, export, pages, archive, region",
        ),
        (
            after("[limits]\nmemory-mb = 64"),
            "acme.toml:6: limits.memory-mb: this key is unknown; did you mean `memory-mib`?",
        ),
        (
            after("limits = { pages = \"many\" }"),
            "acme.toml:5: limits.pages: it must be a number from 0 to 4294967295, without quotes",
        ),
        (
            after("limits = { pages = -1 }"),
            "acme.toml:5: limits.pages: it must be a number from 0 to 4294967295, without quotes",
        ),
        (
            after("[statuses]\nleave = \"absent\"\nLEAVE = \"inactive\""),
            "acme.toml:7: statuses.LEAVE: this status is listed twice (upper and lower case are the same); remove one",
        ),
        (
            mail("language = \"de\""),
            "acme.toml:5: mail.to: this key is missing; add the address that gets the summary: \"hr@acme.example\", or a list",
        ),
        (
            mail("to = []"),
            "acme.toml:5: mail.to: the list is empty; add the address that gets the summary, or remove [mail]",
        ),
        (
            mail("to = \"a@b.example\", smtp = { host = \"h\" }"),
            "acme.toml:5: mail.from: this key is missing; a mail server needs a real sender address, such as \
             \"no-reply@acme.example\"",
        ),
        (
            mail("to = \"a@b.example\", from = \"c@d.example\", smtp = { host = \"h\", security = \"none\" }"),
            "acme.toml:5: mail.smtp.security: mails would cross the network unencrypted; use \"tls\" or \"starttls\", or \
             name a host on this machine",
        ),
        (
            mail(
                "to = \"a@b.example\", from = \"c@d.example\", smtp = { host = \"h\", password = { env = \"SECRET\" } }",
            ),
            "acme.toml:5: mail.smtp.user: this key is missing beside `password`; add it, or remove `password`",
        ),
    ] {
        assert_eq!(refusal(&text), expected);
    }
}

#[test]
fn invalid_toml_is_refused_with_its_place_and_without_a_value() {
    let told = refusal("name = \"Acme\"\nclient-secret = s3cret-value\n");
    assert_eq!(told, "acme.toml:2: TOML: string values must be quoted, expected literal string");
    let told = refusal("name = \"Acme\"\nname = \"Acme\"\n");
    assert_eq!(told, "acme.toml:2: TOML: duplicate key");
}

#[test]
fn each_kind_of_declared_setting_is_checked() {
    let after = |line: &str| refusal(&format!("{SHORTEST}{line}"));
    for (line, words) in [
        ("endpoint = \"https://api.personio.de.\"", "its host ends with a dot"),
        ("endpoint = \"https://api.personio.de/v1\"", "it has a path, a query or a fragment"),
        ("export = \"people.csv\"", "it must be an absolute URL, such as"),
        ("pages = 1.5", "it must be a whole number, without quotes"),
        ("archive = \"yes\"", "it must be true or false, without quotes"),
        ("region = \"moon\"", "is not a supported region; use \"eu\" or \"us\""),
        ("endpiont = \"https://a.example\"", "this key is unknown; did you mean `endpoint`?"),
    ] {
        let told = after(line);
        assert!(told.starts_with("acme.toml:5: ") && told.contains(words), "{told}");
    }
}

#[test]
fn settings_for_another_connector_are_read_as_they_stand_and_refused_by_who_starts_it() {
    let text = "name = \"Acme\"\ntype = \"csv\"\nurl = \"https://hr.acme.example\"\npassword = { env = \"SECRET\" }\n";
    let settings = read(text).unwrap();
    assert_eq!((&*settings.kind, settings.text("url")), ("csv", Some("https://hr.acme.example")));
    assert!(settings.secret("password").is_some());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let told = load(Path::new("absent.toml")).unwrap_err().to_string();
    assert_eq!(
        told,
        "the settings file absent.toml cannot be read: No such file or directory (os error 2); check the path"
    );
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", read(SHORTEST).unwrap());
    assert!(shown.contains("client-id") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn s16_invitations_without_mail_are_refused() {
    let told = refusal(&format!("{SHORTEST}send-invitations = true\n"));
    assert_eq!(
        told,
        "acme.toml:5: send-invitations: invitations are sent by mail, and [mail] is missing; add [mail] with `to` and \
         `language`, or use false"
    );
    assert!(read(&format!("{SHORTEST}send-invitations = true\n[mail]\nto = \"hr@acme.example\"")).is_ok());
}

/// Settings are a tenant's own: of a file of the largest size, no work grows with the square.
#[test]
fn a_megabyte_of_keys_is_read_as_a_short_file_is() {
    let rows = |head: &str, row: &dyn Fn(u32) -> String, count: u32| {
        [head.to_owned()].into_iter().chain((0..count).map(row)).collect::<String>()
    };
    let unknown = rows(SHORTEST, &|index| format!("clientid-{index} = 1\n"), 54_000);
    assert!((LARGEST * 9 / 10..LARGEST).contains(&(unknown.len() as u64)), "{}", unknown.len());
    let told = refusal(&unknown);
    assert!(told.starts_with("acme.toml:5: clientid-0: this key is unknown; did you mean `client-id`?\n"), "{told}");
    assert!(told.ends_with("acme.toml: and 53980 more"), "{}", told.lines().last().unwrap());

    let mut statuses = rows(&format!("{SHORTEST}[statuses]\n"), &|index| format!("s{index}=\"active\"\n"), 50_000);
    assert_eq!(read(&statuses).unwrap().connector.statuses.len(), 50_000);
    statuses.push_str("S0=\"active\"\n");
    assert_eq!(
        refusal(&statuses),
        "acme.toml:50006: statuses.S0: this status is listed twice (upper and lower case are the same); remove one"
    );
}
