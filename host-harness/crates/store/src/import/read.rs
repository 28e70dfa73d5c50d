//! The file's shape: which keys there are and what they hold.
//!
//! Fields are read one by one and not derived: serde's own errors stop at the first, and repeat the value they do not
//! like, which here may be a person's.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use connector_host::contract::{AccountStatus, Group};
use connector_host::names::{STATUS_NAMES, status_named};
use connector_settings::diagnostics::{Diagnostics, unknown_key};

/// `runs` and `outbox` are what `directory show` adds; they are not imported.
const FILE_KEYS: [&str; 4] = ["groups", "accounts", "runs", "outbox"];
const GROUP_KEYS: [&str; 2] = ["id", "name"];
const ACCOUNT_KEYS: [&str; 17] = [
    "id",
    "employee",
    "email",
    "first_name",
    "last_name",
    "status",
    "gender",
    "position",
    "department",
    "location",
    "team",
    "supervisor",
    "role",
    "protected",
    "created_by_connector",
    "invited",
    "groups",
];

/// A file whose keys and types are right; its references are not yet looked at.
pub(super) struct File<'a> {
    pub groups: Vec<(&'a RawValue, Group)>,
    pub accounts: Vec<Entry<'a>>,
}

/// One account of the file.
pub(super) struct Entry<'a> {
    /// Where it stands.
    pub raw: &'a RawValue,
    pub id: String,
    pub employee: Option<String>,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub status: AccountStatus,
    pub gender: Option<String>,
    pub position: Option<String>,
    pub department: Option<String>,
    pub location: Option<String>,
    pub team: Option<String>,
    pub supervisor: Option<String>,
    pub role: Option<String>,
    pub protected: bool,
    pub created_by_connector: bool,
    pub invited: bool,
    /// IDs or names.
    pub groups: Vec<String>,
}

/// Where a part of the text starts.
pub(super) fn offset(text: &str, part: &RawValue) -> usize {
    part.get().as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// Reads the whole file; what is wrong with it is added to `problems`.
pub(super) fn read<'a>(text: &'a str, problems: &mut Diagnostics) -> File<'a> {
    let mut file = File { groups: Vec::new(), accounts: Vec::new() };
    let object: BTreeMap<String, &RawValue> = match serde_json::from_str(text) {
        Ok(object) => object,
        Err(error) if error.is_data() => {
            problems.add(error.line(), "file", "it must be an object with `groups` and `accounts`");
            return file;
        }
        Err(error) => {
            problems.add(
                error.line(),
                format!("column {}", error.column()),
                "this is not valid JSON; check the commas and quotes",
            );
            return file;
        }
    };
    let mut fields = Fields { text, at: 0, object, subject: String::new(), problems };
    let groups = fields.list("groups");
    let accounts = fields.list("accounts");
    fields.refuse_unknown(&FILE_KEYS);
    file.groups = parts(text, groups, "group", problems, group);
    file.accounts = parts(text, accounts, "account", problems, account);
    file
}

/// Reads each part of a list with `one`.
fn parts<'a, T>(
    text: &'a str,
    list: Vec<&'a RawValue>,
    what: &str,
    problems: &mut Diagnostics,
    one: impl Fn(&'a RawValue, &mut Fields<'a, '_>) -> Option<T>,
) -> Vec<T> {
    let mut read = Vec::with_capacity(list.len());
    for (number, raw) in (1..).zip(list) {
        let at = offset(text, raw);
        let Ok(object) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw.get()) else {
            problems.add(problems.line_of(at), format!("{what} number {number}"), "it must be an object in braces");
            continue;
        };
        let id = object.get("id").and_then(|id| serde_json::from_str::<String>(id.get()).ok());
        let subject = id.map_or_else(|| format!("{what} number {number}: "), |id| format!("{what} {id}: "));
        read.extend(one(raw, &mut Fields { text, at, object, subject, problems }));
    }
    read
}

fn group<'a>(raw: &'a RawValue, fields: &mut Fields<'a, '_>) -> Option<(&'a RawValue, Group)> {
    fields.refuse_unknown(&GROUP_KEYS);
    let (id, name) = (fields.needed("id"), fields.needed("name"));
    Some((raw, Group { id: id?, name: name? }))
}

fn account<'a>(raw: &'a RawValue, fields: &mut Fields<'a, '_>) -> Option<Entry<'a>> {
    fields.refuse_unknown(&ACCOUNT_KEYS);
    let id = fields.needed("id");
    let email = fields.needed("email");
    let first_name = fields.needed("first_name");
    let last_name = fields.needed("last_name");
    let status = fields.status();
    let groups =
        fields.list("groups").into_iter().filter_map(|group| fields.parsed(group, "groups", "a string")).collect();
    Some(Entry {
        raw,
        employee: fields.text("employee"),
        gender: fields.text("gender"),
        position: fields.text("position"),
        department: fields.text("department"),
        location: fields.text("location"),
        team: fields.text("team"),
        supervisor: fields.text("supervisor"),
        role: fields.text("role"),
        protected: fields.flag("protected"),
        created_by_connector: fields.flag("created_by_connector"),
        invited: fields.flag("invited"),
        groups,
        id: id?,
        email: email?,
        first_name: first_name?,
        last_name: last_name?,
        status: status?,
    })
}

/// One object of the file.
struct Fields<'a, 'p> {
    text: &'a str,
    /// Where it starts.
    at: usize,
    object: BTreeMap<String, &'a RawValue>,
    /// What it is, for messages.
    subject: String,
    problems: &'p mut Diagnostics,
}

impl<'a> Fields<'a, '_> {
    /// Tells a mistake in one key's value; `None` is the key that is not there.
    fn complain(&mut self, key: &str, raw: Option<&RawValue>, message: impl AsRef<str>) {
        let line = self.problems.line_of(raw.map_or(self.at, |raw| offset(self.text, raw)));
        self.problems.add(line, format!("{}{key}", self.subject), message);
    }

    fn refuse_unknown(&mut self, known: &[&str]) {
        let unknown = |(key, raw): (&String, &&'a RawValue)| {
            if known.contains(&key.as_str()) { None } else { Some((key.clone(), *raw)) }
        };
        let unknown: Vec<(String, &RawValue)> = self.object.iter().filter_map(unknown).collect();
        for (key, raw) in unknown {
            self.complain(&key, Some(raw), unknown_key(&key, known));
        }
    }

    fn parsed<T: DeserializeOwned>(&mut self, raw: &RawValue, key: &str, what: &str) -> Option<T> {
        let parsed = serde_json::from_str(raw.get()).ok();
        if parsed.is_none() {
            self.complain(key, Some(raw), format!("it must be {what}"));
        }
        parsed
    }

    /// A text that may be missing; null and "" are none.
    fn text(&mut self, key: &str) -> Option<String> {
        let raw = *self.object.get(key)?;
        let text: Option<String> = self.parsed(raw, key, "a string in quotes, or null")?;
        text.filter(|text| !text.trim().is_empty())
    }

    /// A text that may not be missing.
    fn needed(&mut self, key: &str) -> Option<String> {
        let Some(raw) = self.object.get(key).copied() else {
            self.complain(key, None, "this key is missing; add it");
            return None;
        };
        let text: String = self.parsed(raw, key, "a string in quotes")?;
        if text.trim().is_empty() {
            self.complain(key, Some(raw), "it is empty; give it a value");
            return None;
        }
        Some(text)
    }

    fn flag(&mut self, key: &str) -> bool {
        let Some(raw) = self.object.get(key).copied() else { return false };
        self.parsed(raw, key, "true or false").unwrap_or(false)
    }

    fn list(&mut self, key: &str) -> Vec<&'a RawValue> {
        let Some(raw) = self.object.get(key).copied() else { return Vec::new() };
        serde_json::from_str(raw.get()).unwrap_or_else(|_| {
            self.complain(key, Some(raw), "it must be a list in brackets");
            Vec::new()
        })
    }

    fn status(&mut self) -> Option<AccountStatus> {
        let name = self.needed("status")?;
        let status = status_named(&name);
        if status.is_none() {
            let message = format!("`{name}` is not a status; use one of {}", STATUS_NAMES.join(", "));
            self.complain("status", self.object.get("status").copied(), message);
        }
        status
    }
}
