//! The part of curl that `docs/tutorial.md` uses, for machines without curl: `tests/tests/docs/walk.rs`.

use anyhow::{Context as _, bail};
use whole_system_tests::mock_process::request;

fn main() -> anyhow::Result<()> {
    let (mut method, mut url, mut json) = (None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-s" => {}
            "-H" => match arguments.next().as_deref() {
                Some("content-type:application/json") => {}
                other => bail!("the header field {other:?} is not one of the walk's"),
            },
            "-X" => method = arguments.next(),
            "-d" => json = arguments.next(),
            other if other.starts_with('-') => bail!("{other} is not one of the walk's options"),
            _ => url = Some(argument),
        }
    }
    let method = method.unwrap_or_else(|| if json.is_some() { "POST" } else { "GET" }.to_owned());
    print!("{}", request(&method, &url.context("a URL")?, json.as_deref())?);
    Ok(())
}
