//! Answers of a source that has gone wrong, for `configure` and `fetch-page`.

use super::{DEPTH, answered};
use crate::pages::Whole;
use crate::testbed::{Running, Testbed};
use connector_host::http::Inbound;

/// Gives each to the calls that make requests; gives how many there were.
///
/// Without recorded traffic, one of these answers may still be all that a connector needs to be configured: then it is asked
/// for its first page.
pub(super) async fn check(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Result<usize, String> {
    let mut count = 0;
    for (name, answer) in answers() {
        let Running { mut tenant, source } = testbed.start().await?;
        source.answer_with(answer);
        let given = format!("{name} as the source's response");
        let connection = tenant.configure(&testbed.settings).await;
        let first_page = whole.is_none() && connection.is_ok();
        answered(testbed, "configure", &given, connection)?;
        if first_page {
            answered(testbed, "fetch-page", &given, tenant.fetch_page(None).await)?;
            if testbed.maps_pages() {
                answered(testbed, "fetch-mapped", &given, tenant.fetch_mapped(None).await)?;
            }
        }
        count += 1;
    }
    if whole.is_some() {
        for (name, answer) in answers() {
            let mut running = testbed.configured().await?.0;
            running.source.answer_with(answer);
            let page = running.tenant.fetch_page(None).await;
            answered(testbed, "fetch-page", &format!("{name} as the source's response"), page)?;
            count += 1;
        }
    }
    Ok(count)
}

/// A log-in as most sources answer it.
const LOG_IN: &str = r#"{"success":true,"token":"not-a-token","access_token":"not-a-token","token_type":"Bearer",
    "expires_in":3600,"data":{"token":"not-a-token","expires_in":3600}}"#;

fn answers() -> Vec<(String, Inbound)> {
    let texts = [
        (200, "nothing", ""),
        (200, "white space", " \r\n"),
        (200, "null", "null"),
        (200, "a list", "[[],[null]]"),
        (200, "an empty object", "{}"),
        (200, "a log-in that succeeds", LOG_IN),
        (200, "a page of HTML", "<html><body>Please log in</body></html>"),
        (200, "JSON cut short", "{\"success\":true,\"data\":[{\"type\":"),
        (200, "rows that are not objects", "{\"success\":true,\"data\":[null,1,\"x\",[],{}]}"),
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
        (429, "a wait that is not a number", ("retry-after", "never")),
        (429, "a wait of many years", ("retry-after", "99999999999999999999")),
        (301, "a redirect to nowhere", ("location", "https://[no URL]/")),
        (200, "an unknown charset", ("content-type", "application/json; charset=\"no such\"")),
    ];
    all.extend(fields.map(|(status, name, field)| (name.to_owned(), inbound(status, &[field], b"{}"))));
    all.push(("bytes that are not text".to_owned(), inbound(200, &[], b"{\"data\":\"\xff\xfe\0\x80\"}")));
    all.push(("nested lists".to_owned(), inbound(200, &[], "[".repeat(DEPTH).as_bytes())));
    all
}

fn inbound(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Inbound {
    let headers = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Inbound { status, headers, body: body.to_vec() }
}
