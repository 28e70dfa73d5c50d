//! The source of a step: its people and answers as a cassette, and a transport that counts what is asked of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};
use connector_cassette::Replay;
use connector_cassette::cassette::Exchange;
use connector_host::http::{HttpError, Inbound, Outbound, Transport};
use serde_json::{Value, json};

use super::case::{Compact, Step};
use super::people::{FLAG, KEYS, everybody, is_key, label, record};

const ORIGIN: &str = "https://api.personio.de";

/// The token every login gives; it must show up nowhere.
pub const TOKEN: &str = "papi-token-of-the-rules";

/// The credential's ID.
pub const CLIENT_ID: &str = "papi-rules";

/// An answer with this header is none: its value says how the request fails.
const FAILS: &str = "x-fails";

/// Answers from a cassette, and counts.
pub struct Source {
    replay: Replay,
    asked: Mutex<BTreeMap<String, usize>>,
}

#[async_trait::async_trait]
impl Transport for Source {
    async fn send(&self, request: &Outbound, limit: u64) -> Result<Inbound, HttpError> {
        let path = request.url.path().rsplit('/').next().unwrap_or_default().to_owned();
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default() += 1;
        let answer = self.replay.send(request, limit).await?;
        match answer.headers.iter().find(|(name, _)| name == FAILS).map(|(_, how)| how.as_str()) {
            None => Ok(answer),
            Some("timed-out") => Err(HttpError::TimedOut),
            Some(_) => Err(HttpError::Unreachable("the connection broke".to_owned())),
        }
    }
}

impl Source {
    /// The step's source as the case has it.
    pub fn of(step: &Step) -> Result<Self> {
        let pages = match (&step.pages, &step.employees) {
            (Some(_), Some(_)) => bail!("`employees` or `pages`, not both"),
            (Some(pages), None) => pages.clone(),
            (None, people) => vec![json!(people.as_deref().unwrap_or_default())],
        };
        Self::with(step, &pages)
    }

    /// The same people in another order, on other pages; none if the case is about pages.
    pub fn shuffled(step: &Step) -> Result<Option<Self>> {
        let Some(people) = &step.employees else { return Ok(None) };
        let mut people = everybody(people, "id");
        people.reverse();
        if people.is_empty() {
            return Ok(None);
        }
        let pages: Vec<Value> = people.chunks(2).map(|page| json!(page)).collect();
        Self::with(step, &pages).map(Some)
    }

    fn with(step: &Step, pages: &[Value]) -> Result<Self> {
        let hidden = step.hidden.clone().unwrap_or_default();
        let unshown = step.unshown.clone().unwrap_or_default();
        hidden.iter().chain(&unshown).try_for_each(|name| is_key(name))?;
        let mut exchanges = Vec::new();
        login(step, &mut exchanges)?;
        attributes(step, &hidden, &mut exchanges)?;
        employees(step, pages, &hidden, &unshown, &mut exchanges)?;
        Ok(Self { replay: Replay::of(exchanges), asked: Mutex::default() })
    }

    /// How often each path's last part was asked for: `auth`, `attributes`, `employees`.
    pub fn asked(&self) -> BTreeMap<String, usize> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was asked for in vain.
    pub fn misses(&self) -> Vec<String> {
        self.replay.misses()
    }

    /// The pages nobody asked for.
    pub fn unread(&self) -> Vec<String> {
        self.replay.unused().into_iter().filter(|name| name.starts_with("page")).collect()
    }
}

type Exchanges = Vec<(String, Exchange)>;

fn add(exchanges: &mut Exchanges, name: String, request: &Value, answer: &Value, repeat: bool) -> Result<()> {
    let text = json!({"request": request, "response": answer, "repeat": repeat}).to_string();
    let exchange = serde_json::from_str(&text).with_context(|| name.clone())?;
    exchanges.push((name, exchange));
    Ok(())
}

/// An answer of the case: `{"status": 502, "text": "<html>"}`, or `{"fails": "timed-out"}`.
fn raw(answer: &Value) -> Value {
    match answer.get("fails") {
        Some(how) => json!({"status": 200, "headers": {FAILS: how}}),
        None => answer.clone(),
    }
}

fn login(step: &Step, exchanges: &mut Exchanges) -> Result<()> {
    let id = step.settings.as_ref().and_then(|form| form.client_id.as_deref()).unwrap_or(CLIENT_ID);
    let request = json!({"method": "POST", "url": format!("{ORIGIN}/v1/auth"),
        "form": {"client_id": id, "client_secret": {"secret": true}}});
    for answer in step.logins.iter().flatten() {
        add(exchanges, "login".to_owned(), &request, &raw(answer), false)?;
    }
    // Personio echoes the token in a header.
    let good = json!({"status": 200, "headers": {"authorization": format!("Bearer {TOKEN}")},
        "json": {"success": true, "data": {"token": TOKEN, "expires_in": 86400}}});
    add(exchanges, "login".to_owned(), &request, &good, true)
}

fn attributes(step: &Step, hidden: &[String], exchanges: &mut Exchanges) -> Result<()> {
    let request = json!({"method": "GET", "url": format!("{ORIGIN}/v1/company/employees/attributes"),
        "authorization": "bearer"});
    for answer in step.attributes.iter().flatten() {
        add(exchanges, "attributes".to_owned(), &request, &raw(answer), false)?;
    }
    let labels = step.flag_labels.clone().unwrap_or_else(|| vec![label("flag").to_owned()]);
    let shown = KEYS.iter().filter(|key| **key != "flag" && !hidden.iter().any(|name| name == *key));
    let list: Vec<Value> = shown
        .map(|key| json!({"key": key, "label": label(key)}))
        .chain((1..).zip(labels).map(|(number, label)| json!({"key": format!("dynamic_{number}"), "label": label})))
        .collect();
    let good = json!({"status": 200, "json": {"success": true, "data": list}});
    add(exchanges, "attributes".to_owned(), &request, &good, true)
}

/// Each page is asked for by the records that came before it: a connector that counts otherwise finds no answer.
fn employees(
    step: &Step,
    pages: &[Value],
    hidden: &[String],
    unshown: &[String],
    exchanges: &mut Exchanges,
) -> Result<()> {
    let gone: Vec<String> = hidden.iter().chain(unshown).cloned().collect();
    let pages: Vec<Page> = pages.iter().map(|page| Page::read(page, &gone)).collect::<Result<_>>()?;
    let sum: usize = pages.iter().map(Page::rows).sum();
    let total = step.total.clone().unwrap_or_else(|| json!(sum));
    let flag = step.flag_key.as_deref().unwrap_or(FLAG);
    let mut offset = 0;
    for (number, page) in pages.iter().enumerate() {
        // These two are asked for whatever the list says: it need not have the ID, and the flag was found by its label.
        let certain = |key: &str| ["id", "flag"].contains(&key);
        let keys = KEYS.iter().filter(|key| certain(key) || !hidden.iter().any(|name| name == *key));
        let query: Vec<&str> = keys.map(|key| if *key == "flag" { flag } else { key }).collect();
        let query = query.join("&attributes%5B%5D=");
        let request = json!({"method": "GET", "authorization": "bearer",
            "url": format!("{ORIGIN}/v1/company/employees?limit=100&offset={offset}&attributes%5B%5D={query}")});
        let answer = match page {
            Page::Answer(answer) => answer.clone(),
            Page::People { records, limit, total: own } => {
                let total = own.as_ref().unwrap_or(&total);
                json!({"status": 200, "json": body(records, limit.as_ref(), total)})
            }
        };
        add(exchanges, format!("page {number}"), &request, &answer, false)?;
        offset += page.rows();
    }
    Ok(())
}

fn body(records: &[Value], limit: Option<&Value>, total: &Value) -> Value {
    let mut body = json!({"success": true, "data": records});
    if let (Some(body), false) = (body.as_object_mut(), total.is_null()) {
        body.insert("metadata".to_owned(), json!({"total_elements": total}));
    }
    if let (Some(body), Some(limit)) = (body.as_object_mut(), limit) {
        body.insert("limit".to_owned(), limit.clone());
    }
    body
}

enum Page {
    /// Something else than people: the next page has the same offset.
    Answer(Value),
    People {
        records: Vec<Value>,
        limit: Option<Value>,
        total: Option<Value>,
    },
}

impl Page {
    fn read(page: &Value, hidden: &[String]) -> Result<Self> {
        let Some(object) = page.as_object().filter(|object| object.contains_key("people")) else {
            return match page {
                Value::Array(people) => {
                    Ok(Self::People { records: records(people, hidden)?, limit: None, total: None })
                }
                answer => Ok(Self::Answer(raw(answer))),
            };
        };
        for key in object.keys() {
            ensure!(["people", "limit", "total"].contains(&key.as_str()), "`{key}` is no key of a page");
        }
        let people = object.get("people").and_then(Value::as_array).context("`people` is a list")?;
        let (limit, total) = (object.get("limit").cloned(), object.get("total").cloned());
        Ok(Self::People { records: records(people, hidden)?, limit, total })
    }

    fn rows(&self) -> usize {
        match self {
            Self::Answer(_) => 0,
            Self::People { records, .. } => records.len(),
        }
    }
}

fn records(people: &[Value], hidden: &[String]) -> Result<Vec<Value>> {
    let people: Vec<Compact> = people
        .iter()
        .map(|person| person.as_object().cloned().context("a person is an object"))
        .collect::<Result<_>>()?;
    everybody(&people, "id").iter().map(|person| record(person, hidden)).collect()
}
