//! Answers of a source that has gone wrong, for `configure` and `fetch-page`.

use serde_json::Value as Json;

use super::values::{all as values, pointers};
use super::{DEPTH, answered};
use crate::pages::Whole;
use crate::testbed::{Running, Testbed};
use connector_host::http::Inbound;

/// How deep a recorded page is spoiled: what the page says of itself, and its first rows as a whole.
const LEVELS: usize = 2;
/// How many places of a recorded page are spoiled.
const PLACES: usize = 12;

/// Gives each to both calls; gives how many there were.
pub(super) async fn check(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Result<usize, String> {
    let mut count = 0;
    for (name, answer) in answers() {
        let Running { mut tenant, source } = testbed.start().await?;
        source.answer_with(answer);
        let connection = tenant.configure(&testbed.settings).await;
        answered(testbed, "configure", &format!("{name} as the source's answer"), connection)?;
        count += 1;
    }
    if whole.is_some() {
        for (name, answer) in answers().into_iter().chain(spoiled(testbed).await?) {
            let mut running = testbed.configured().await?.0;
            running.source.answer_with(answer);
            let page = running.tenant.fetch_page(None).await;
            answered(testbed, "fetch-page", &format!("{name} as the source's answer"), page)?;
            count += 1;
        }
    }
    Ok(count)
}

fn answers() -> Vec<(String, Inbound)> {
    let texts = [
        (200, "nothing", ""),
        (200, "white space", " \r\n"),
        (200, "null", "null"),
        (200, "a list", "[[],[null]]"),
        (200, "an empty object", "{}"),
        (200, "a page of HTML", "<html><body>Please log in</body></html>"),
        (200, "JSON cut short", "{\"success\":true,\"data\":[{\"type\":"),
        (200, "rows that are none", "{\"success\":true,\"data\":[null,1,\"x\",[],{}]}"),
        (200, "data of another kind", "{\"success\":\"no\",\"data\":7,\"token\":[]}"),
        (200, "a token of another kind", "{\"data\":{\"token\":{},\"expires_in\":-1}}"),
        (200, "a byte order mark", "\u{feff}{}"),
        (200, "a row of separators", ",,,;;;\"\"\",\n,\r\n"),
        (204, "status 204", ""),
        (400, "an error of another kind", "{\"error\":[{\"message\":{}}]}"),
        (401, "status 401", "{\"error\":null}"),
        (403, "status 403", ""),
        (404, "status 404", "<html>404</html>"),
        (429, "status 429", "slow down"),
        (500, "status 500", ""),
        (502, "status 502", "<html>502</html>"),
        (599, "status 599", "?"),
    ];
    let mut all: Vec<_> =
        texts.map(|(status, name, body)| (name.to_owned(), inbound(status, &[], body.as_bytes()))).into();
    let fields = [
        (429, "a wait of no number", ("retry-after", "never")),
        (429, "a wait of many years", ("retry-after", "99999999999999999999")),
        (301, "a redirect to nowhere", ("location", "https://[no URL]/")),
        (200, "an unknown charset", ("content-type", "application/json; charset=\"no such\"")),
    ];
    all.extend(fields.map(|(status, name, field)| (name.to_owned(), inbound(status, &[field], b"{}"))));
    all.push(("bytes that are no text".to_owned(), inbound(200, &[], b"{\"data\":\"\xff\xfe\0\x80\"}")));
    all.push(("nested lists".to_owned(), inbound(200, &[], "[".repeat(DEPTH).as_bytes())));
    all
}

fn inbound(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Inbound {
    let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Inbound { status, headers, body: body.to_vec() }
}

/// The first recorded page, spoiled: cut short, and with other values in its places.
async fn spoiled(testbed: &Testbed<'_>) -> Result<Vec<(String, Inbound)>, String> {
    let mut running = testbed.configured().await?.0;
    drop(running.tenant.fetch_page(None).await);
    let Some(page) = running.source.last() else { return Ok(Vec::new()) };
    let with = |body: Vec<u8>| Inbound { body, ..page.clone() };
    let cut = (1..8).filter_map(|eighths| page.body.get(..page.body.len() * eighths / 8));
    let mut all: Vec<_> = cut.map(|body| ("a page cut short".to_owned(), with(body.to_vec()))).collect();
    let Ok(json) = serde_json::from_slice::<Json>(&page.body) else { return Ok(all) };
    let mut places = Vec::new();
    pointers(&json, String::new(), &mut places);
    places.retain(|place| place.matches('/').count() <= LEVELS);
    places.sort_by_key(|place| place.matches('/').count());
    for place in places.into_iter().take(PLACES) {
        for (name, value) in values() {
            let mut json = json.clone();
            if let Some(slot) = json.pointer_mut(&place) {
                *slot = value;
                all.push((format!("a page with {name} at `{place}`"), with(json.to_string().into_bytes())));
            }
        }
    }
    Ok(all)
}
