//! Cursors that no page of the connector gave, for `fetch-page`.

use super::{LENGTH, answered, instance};
use crate::pages::Whole;
use crate::testbed::Testbed;

/// Reads from each; gives how many there were.
pub(super) async fn check(testbed: &Testbed<'_>, whole: Option<&Whole>) -> Result<usize, String> {
    let cursors = cursors();
    let count = cursors.len();
    for (name, text) in cursors {
        // Each in a fresh instance: the host follows the cursors of one, and these lead nowhere.
        let mut running = instance(testbed, whole).await?;
        let page = running.tenant.fetch_page(Some(&text)).await;
        answered(testbed, "fetch-page", &format!("{name} as a cursor"), page)?;
    }
    Ok(count)
}

fn cursors() -> Vec<(&'static str, String)> {
    let fixed = [
        ("nothing", ""),
        ("a text", "not-a-cursor"),
        ("a NUL", "\0"),
        ("a negative number", "offset=-1"),
        ("a huge number", "99999999999999999999999999"),
        ("the largest number", "offset=18446744073709551615"),
        ("JSON", "{\"offset\":[[]]}"),
        ("a URL", "https://elsewhere.example/next"),
        ("another script", "\u{202e}ä€😀"),
    ];
    let mut all: Vec<_> = fixed.map(|(name, text)| (name, text.to_owned())).into();
    all.push(("a very long text", "9".repeat(LENGTH)));
    all
}
