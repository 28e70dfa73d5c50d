//! Damaged pages, read both ways: record by record, and mapped in one call.
//!
//! The recorded first page is damaged in one place at a time: what it says of itself, values inside of its records, and
//! bytes anywhere. However damaged, `fetch-mapped` gives what `fetch-page` and `map-employee` give, down to the reason of a
//! rejected record; and neither traps. Instances are used for several pages, as in a sync: a connector may learn from one
//! page how the next looks. Only the first page is damaged: the others are read by the same code.

use serde_json::Value as Json;

use super::Seen;
use super::malformed::failure;
use super::malformed::values::{all as values, pointers};
use super::pages::Whole;
use super::testbed::{Running, Testbed};
use connector_host::contract::{Error, SourceNotice, SourceRecord};
use connector_host::http::Inbound;
use connector_host::sandbox::{CallError, GuestError};

/// How deep the page itself is damaged: what it says of itself, and its first rows as a whole.
const LEVELS: usize = 2;
/// How many places of the page itself are damaged.
const OWN_PLACES: usize = 12;
/// How many records a damaged page has at most.
const FEW: usize = 4;
/// How many places of a record are damaged.
const PLACES: usize = 60;
/// How many places in the page's bytes are damaged.
const OFFSETS: usize = 24;
/// What replaces the bytes: half of an emoji, a byte that is not text, an end, a line break.
const BYTES: [(&str, &[u8]); 4] =
    [("half an emoji", b"\\ud83d"), ("a byte that is not text", b"\xff"), ("a quote", b"\""), ("a line break", b"\n")];
/// How many pages an instance reads before another takes over: each has its own bound of what it may hand over.
const PAGES: usize = 10;

/// What came of all of them.
pub(super) struct Damaged {
    count: usize,
    both_ways: bool,
    differs: Option<String>,
    broke: Option<String>,
}

impl Damaged {
    /// Whether both ways gave the same, added to what else was seen.
    pub fn same(&self, seen: &str) -> Seen {
        match &self.differs {
            Some(why) => Err(why.clone()),
            None if self.both_ways => {
                Ok(format!("{seen}, and {} damaged pages that give the same both ways", self.count))
            }
            None => Ok(seen.to_owned()),
        }
    }

    /// Whether every call answered, added to what else was seen.
    pub fn answered(&self, seen: &str) -> Seen {
        match &self.broke {
            Some(why) => Err(why.clone()),
            None => Ok(format!("{seen}, {} damaged pages", self.count)),
        }
    }
}

/// Reads every damaged page.
pub(super) async fn read(testbed: &Testbed<'_>, whole: &Whole) -> Damaged {
    let both_ways = testbed.maps_pages();
    let mut damaged = Damaged { count: 0, both_ways, differs: None, broke: None };
    // Where this fails, `pages` has failed for the same reason.
    let Ok(pages) = pages(testbed, whole).await else { return damaged };
    damaged.count = pages.len();
    for some in pages.chunks(PAGES) {
        let mut readers = Readers::default();
        for (name, page) in some {
            let given = format!("{name} in the source's page");
            let one_by_one = readers.one_by_one(testbed, page).await;
            let at_once = if both_ways { Some(readers.at_once(testbed, page).await) } else { None };
            for broke in [one_by_one.as_ref().err(), at_once.as_ref().and_then(|read| read.as_ref().err())] {
                if let (Some(why), None) = (broke, &damaged.broke) {
                    damaged.broke = Some(failure(&given, why));
                }
            }
            if let (Ok(one_by_one), Some(Ok(at_once)), None) = (one_by_one, at_once, &damaged.differs) {
                damaged.differs = difference(&one_by_one, &at_once).map(|what| {
                    format!("fetch-mapped: {what} different from what fetch-page and map-employee give for the same page, with {name}")
                });
            }
        }
    }
    damaged
}

/// What a page was read as: the connector's own error is an answer too.
type Read = Result<Answer, Error>;

/// A page's answer, whichever way it came.
struct Answer {
    records: Vec<SourceRecord>,
    next: Option<String>,
    total: Option<u64>,
    notices: Vec<SourceNotice>,
}

fn difference(one: &Read, other: &Read) -> Option<&'static str> {
    match (one, other) {
        (Ok(one), Ok(other)) => [
            ("records", one.records != other.records),
            ("next cursor", one.next != other.next),
            ("total", one.total != other.total),
            ("notices", one.notices != other.notices),
        ]
        .into_iter()
        .find_map(|(what, differs)| differs.then_some(what)),
        (Err(one), Err(other)) => (one != other).then_some("errors"),
        _ => Some("outcome"),
    }
}

/// An instance for each way.
#[derive(Default)]
struct Readers {
    one_by_one: Option<Running>,
    at_once: Option<Running>,
}

impl Readers {
    async fn one_by_one(&mut self, testbed: &Testbed<'_>, page: &Inbound) -> Result<Read, GuestError> {
        let reader = ready(&mut self.one_by_one, testbed, page).await?;
        let read = async {
            let page = reader.tenant.fetch_page(None).await?;
            let records = reader.tenant.map_page(&page.employees).await?;
            Ok(Answer { records, next: page.next, total: page.total, notices: page.notices })
        };
        let read: Result<Answer, CallError> = read.await;
        settle(&mut self.one_by_one, testbed, read)
    }

    async fn at_once(&mut self, testbed: &Testbed<'_>, page: &Inbound) -> Result<Read, GuestError> {
        let reader = ready(&mut self.at_once, testbed, page).await?;
        let read = reader.tenant.fetch_mapped(None).await;
        let read = read.map(|page| Answer {
            records: page.records,
            next: page.next,
            total: page.total,
            notices: page.notices,
        });
        settle(&mut self.at_once, testbed, read)
    }
}

/// The instance, started if there is none, in front of a source that answers with this page.
async fn ready<'r>(
    reader: &'r mut Option<Running>,
    testbed: &Testbed<'_>,
    page: &Inbound,
) -> Result<&'r mut Running, GuestError> {
    let running = if let Some(running) = reader.take() {
        running
    } else {
        let configured = testbed.configured().await;
        configured.map_err(|unread| GuestError::HostFailed(unread.into()))?.0
    };
    running.source.answer_with(page.clone());
    Ok(reader.insert(running))
}

/// The connector's own error is an answer. After the host's, the instance is gone.
fn settle(
    reader: &mut Option<Running>,
    testbed: &Testbed<'_>,
    read: Result<Answer, CallError>,
) -> Result<Read, GuestError> {
    match read {
        Ok(answer) => Ok(Ok(answer)),
        Err(CallError::Guest(error)) => {
            testbed.said("an error", format!("{error:?}"));
            Ok(Err(error))
        }
        Err(CallError::Host(verdict)) => {
            *reader = None;
            Err(verdict)
        }
    }
}

/// The first recorded page, damaged in one place after the other. None if the source was read without a request.
async fn pages(testbed: &Testbed<'_>, whole: &Whole) -> Result<Vec<(String, Inbound)>, String> {
    let mut running = testbed.configured().await?.0;
    // A connector that read its page while it was configured asks for it again.
    drop(running.tenant.fetch_page(None).await);
    let Some(page) = running.source.last() else { return Ok(Vec::new()) };
    let with = |body: Vec<u8>| Inbound { body, ..page.clone() };
    let Ok(json) = serde_json::from_slice::<Json>(&page.body) else {
        return Ok(torn(&page.body).map(|(name, body)| (name, with(body))).collect());
    };
    let json = with_few_records(json, whole);
    let mut all: Vec<_> = torn(json.to_string().as_bytes()).map(|(name, body)| (name, with(body))).collect();
    for (place, values) in places(&json, whole) {
        for (name, value) in values {
            let mut json = json.clone();
            if let Some(slot) = json.pointer_mut(&place) {
                *slot = value;
                all.push((format!("{name} at `{place}`"), with(json.to_string().into_bytes())));
            }
        }
    }
    Ok(all)
}

/// The page's bytes, cut short, and with something else in their midst.
fn torn(body: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let cut = (1..8).filter_map(|eighths| body.get(..body.len() * eighths / 8));
    let cut = cut.map(|body| ("its end missing".to_owned(), body.to_vec()));
    let offsets = (1..=OFFSETS).map(|part| body.len() * part / (OFFSETS + 1));
    let torn = offsets.flat_map(|at| BYTES.iter().map(move |(name, bytes)| (at, *name, *bytes)));
    let torn = torn.filter_map(|(at, name, bytes)| {
        let (before, after) = (body.get(..at)?, body.get(at..)?);
        Some((format!("{name} at byte {at}"), [before, bytes, after].concat()))
    });
    cut.chain(torn)
}

/// The page with its first records and its last alone: what comes of damage does not depend on how many others there are, and the
/// time that it takes does.
fn with_few_records(mut page: Json, whole: &Whole) -> Json {
    let first = whole.pages.first().and_then(|(_, page)| page.employees.first());
    let place = first.and_then(|text| place_of(&page, text));
    let list = place.as_ref().and_then(|place| place.rsplit_once('/')).map(|(list, _)| list.to_owned());
    if let Some(Json::Array(records)) = list.and_then(|list| page.pointer_mut(&list))
        && records.len() > FEW
    {
        records.drain(FEW - 1..records.len() - 1);
    }
    page
}

/// Where a record stands in its page.
fn place_of(page: &Json, record: &str) -> Option<String> {
    let record = serde_json::from_str::<Json>(record).ok()?;
    let mut all = Vec::new();
    pointers(page, String::new(), &mut all);
    all.into_iter().find(|place| page.pointer(place) == Some(&record))
}

type Values = Vec<(&'static str, Json)>;

/// Where the page is damaged, and with what: its own places and those of its first record with every value; those of its
/// last, which may be read by what was learnt from the first, with one value each.
fn places(page: &Json, whole: &Whole) -> Vec<(String, Values)> {
    let mut all = Vec::new();
    pointers(page, String::new(), &mut all);
    let depth = |place: &String| place.matches('/').count();
    let mut own: Vec<_> = all.iter().filter(|place| depth(place) <= LEVELS).cloned().collect();
    own.sort_by_key(depth);
    let of_record = |text: Option<&String>| -> Vec<String> {
        let Some(at) = text.and_then(|text| place_of(page, text)) else { return Vec::new() };
        let within = format!("{at}/");
        all.iter().filter(|place| place.starts_with(&within)).take(PLACES).cloned().collect()
    };
    let records = whole.pages.first().map(|(_, page)| page.employees.as_slice()).unwrap_or_default();
    let (first, last) = (of_record(records.first()), of_record(records.last()));
    let whole_values = own.into_iter().take(OWN_PLACES).chain(first).map(|place| (place, values()));
    let one_value = last.into_iter().enumerate().map(|(number, place)| {
        let value = values().into_iter().cycle().nth(number);
        (place, value.into_iter().collect())
    });
    whole_values.chain(one_value).collect()
}
