//! The part of curl that `docs/tutorial.md` and `docs/api.md` use, for machines without curl: `tests/tests/docs/walk.rs`.

use anyhow::{Context as _, bail};
use whole_system_tests::mock_process::request_with;

fn main() -> anyhow::Result<()> {
    let (mut method, mut url, mut body) = (None, None, None);
    let mut fields = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-s" => {}
            "-H" => match arguments.next() {
                Some(field) if field == "content-type:application/json" => {}
                Some(field) if field.starts_with("Authorization: Bearer ") => fields.push(field),
                other => bail!("the header field {other:?} is not one of the walk's"),
            },
            "-X" => method = arguments.next(),
            "-d" => {
                let given = arguments.next().context("a body")?;
                body = Some(match given.strip_prefix('@') {
                    Some(file) => std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?,
                    None => given,
                });
            }
            other if other.starts_with('-') => bail!("{other} is not one of the walk's options"),
            _ => url = Some(argument),
        }
    }
    let method = method.unwrap_or_else(|| if body.is_some() { "POST" } else { "GET" }.to_owned());
    print!("{}", request_with(&method, &url.context("a URL")?, body.as_deref(), &fields)?);
    Ok(())
}
