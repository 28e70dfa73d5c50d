//! Converts a HAR file to a cassette.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use har::{Spec, v1_2};
use secrecy::SecretString;
use url::{Url, form_urlencoded};

use super::{CaptureError, MUST_MATCH, REPEAT, SECRET};
use crate::record::{CassetteWriter, Persons, RecordError, beginning};
use connector_host::files;
use connector_host::http::credentials::{self, MADE_UP, is_credential};
use connector_host::http::{Authorization, Inbound, Method, Outbound, OutboundBody, Value, Vault, media};

/// Shorter values under a credential's name are not looked for elsewhere: a cookie `1` is in every other number.
const SECRET_LENGTH: usize = 8;

/// A capture, as a cassette.
#[derive(Debug)]
pub struct Import {
    /// File names and texts, for [`folder::write`](crate::record::folder::write).
    pub files: Vec<(String, String)>,
    /// What was left out, and why; one line each.
    pub skipped: Vec<String>,
}

/// Makes a cassette of a capture.
///
/// # Errors
/// When the file cannot be read, is no HTTP Archive, or has nothing that can be replayed.
pub fn import(file: &Path, persons: Persons) -> Result<Import, CaptureError> {
    let entries = read(file)?;
    let vault = Vault::new();
    for entry in &entries {
        learn_secrets(entry, &vault);
    }
    let mut tape = CassetteWriter::new(vault, persons)?;
    let mut skipped = Vec::new();
    for entry in &entries {
        if let Err(why) = keep(entry, &mut tape) {
            let place = place(&entry.request.url);
            skipped.push(format!("left out: {} {place}: {why}", entry.request.method));
        }
    }
    let files = tape.files()?;
    if files.is_empty() {
        return Err(CaptureError::Nothing { file: file.to_owned(), skipped });
    }
    Ok(Import { files, skipped })
}

/// Where a request went, without what may name somebody: the query, and the end of a long path.
fn place(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return "an invalid URL".to_owned() };
    let origin = url.origin().ascii_serialization();
    format!("{}{}", if origin == "null" { url.scheme() } else { &origin }, beginning(url.path()))
}

/// The largest capture, in bytes.
const LARGEST: u64 = 1 << 30;

fn read(file: &Path) -> Result<Vec<v1_2::Entries>, CaptureError> {
    let unreadable = |error: files::ReadError| CaptureError::File { file: file.to_owned(), reason: error.into() };
    let text = files::read(file, LARGEST).map_err(unreadable)?;
    // Windows tools begin files with a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let not_har = |reason: String| CaptureError::NotHar { file: file.to_owned(), reason };
    let har = har::from_slice(text).map_err(|error| not_har(causes(&error)))?;
    match har.log {
        Spec::V1_2(log) => Ok(log.entries),
        // 1.3 adds fields and takes none away.
        Spec::V1_3(log) => {
            let log = serde_json::to_value(log).and_then(serde_json::from_value::<v1_2::Log>);
            Ok(log.map_err(|error| not_har(error.to_string()))?.entries)
        }
    }
}

fn causes(error: &har::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Puts what stands under credentials' names into a vault, so that it is found wherever else it stands.
fn learn_secrets(entry: &v1_2::Entries, vault: &Vault) {
    let mut learn = |value: &str| {
        // What an export puts in a secret's place is none.
        if value.len() >= SECRET_LENGTH && value != MADE_UP {
            drop(vault.insert(SecretString::from(value), Vec::new()));
        }
    };
    let cookies = entry.request.cookies.iter().chain(&entry.response.cookies);
    cookies.for_each(|cookie| learn(&cookie.value));
    let headers = entry.request.headers.iter().chain(&entry.response.headers);
    headers.filter(|header| is_credential(&header.name)).for_each(|header| learn_header(header, &mut learn));
    for (name, value, _) in form_fields(entry.request.post_data.as_ref()).unwrap_or_default() {
        if is_credential(&name) {
            learn(&value);
        }
    }
    if media::is_form(entry.response.content.mime_type.as_deref().unwrap_or_default())
        && let Ok(form) = body(&entry.response.content)
    {
        let named = form_urlencoded::parse(&form).filter(|(name, _)| is_credential(name));
        named.for_each(|(_, value)| learn(&value));
    }
    let request = entry.request.post_data.as_ref().and_then(|data| data.text.as_deref());
    let bodies = request.map(|text| text.as_bytes().to_vec()).into_iter().chain(body(&entry.response.content).ok());
    let jsons = bodies.filter_map(|body| serde_json::from_slice(&body).ok());
    jsons.flat_map(credentials::take).for_each(|text| learn(&text));
}

fn learn_header(header: &v1_2::Headers, learn: &mut impl FnMut(&str)) {
    let pair = |text: &str| text.split_once('=').map(|(_, value)| value.trim().trim_matches('"').to_owned());
    match header.name.to_ascii_lowercase().as_str() {
        // Not every tool takes them apart into HAR's own list.
        "cookie" => header.value.split(';').filter_map(pair).for_each(|value| learn(&value)),
        // After the cookie come its attributes. A tool may put several cookies into one field, a line each.
        "set-cookie" => {
            let cookies = header.value.lines().filter_map(|line| line.split(';').next());
            cookies.filter_map(pair).for_each(|value| learn(&value));
        }
        // `Bearer x`: the scheme is not a secret. `Basic x` is a user and a password.
        _ => {
            let value = header.value.rsplit(' ').next().unwrap_or_default();
            learn(value);
            let basic = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some((_, password)) = basic.as_deref().and_then(|pair| pair.split_once(':')) {
                learn(password);
            }
        }
    }
}

fn keep(entry: &v1_2::Entries, tape: &mut CassetteWriter) -> Result<(), String> {
    let request = outbound(&entry.request)?;
    let answer = inbound(&entry.response)?;
    tape.keep(&request, &answer).map_err(|error| match error {
        RecordError::Unrecordable(what) => what,
        other => other.to_string(),
    })?;
    if let Some(exchange) = tape.last() {
        exchange.repeat = entry.comment.as_deref() == Some(REPEAT);
    }
    Ok(())
}

fn outbound(request: &v1_2::Request) -> Result<Outbound, String> {
    let method = Method::ALL
        .into_iter()
        .find(|method| method.as_str() == request.method)
        .ok_or("this method is not one of the contract's")?;
    let url = Url::parse(&request.url).map_err(|error| format!("its URL cannot be read: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it is neither http nor https".to_owned());
    }
    let must_match = |header: &&v1_2::Headers| header.comment.as_deref() == Some(MUST_MATCH);
    let headers = request.headers.iter().filter(must_match);
    Ok(Outbound {
        method,
        url,
        headers: headers.map(|header| (header.name.clone(), header.value.clone())).collect(),
        authorization: authorization(&request.headers),
        body: sent_body(request.post_data.as_ref()),
    })
}

/// The kind is what counts: a cassette does not hold the value.
fn authorization(headers: &[v1_2::Headers]) -> Authorization {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case("authorization"));
    let scheme = field.and_then(|field| field.value.split(' ').next()).unwrap_or_default().to_ascii_lowercase();
    match scheme.as_str() {
        "bearer" => Authorization::Bearer(nothing()),
        "basic" => Authorization::Basic { user: String::new(), password: nothing() },
        _ => Authorization::None,
    }
}

fn nothing() -> std::sync::Arc<SecretString> {
    std::sync::Arc::new(SecretString::from(""))
}

fn sent_body(data: Option<&v1_2::PostData>) -> OutboundBody {
    if let Some(fields) = form_fields(data) {
        let value = |(name, text, secret): (String, String, bool)| {
            let value = if secret { Value::Secret(nothing()) } else { Value::Text(text) };
            (name, value)
        };
        return OutboundBody::Form(fields.into_iter().map(value).collect());
    }
    match data.and_then(|data| data.text.as_ref()).filter(|text| !text.is_empty()) {
        Some(text) => OutboundBody::Bytes(text.clone().into_bytes()),
        None => OutboundBody::Empty,
    }
}

/// The fields of a form, and whether each is said to be a secret: from its parts if the tool took it apart, else from its
/// text. None for what is not a form.
fn form_fields(data: Option<&v1_2::PostData>) -> Option<Vec<(String, String, bool)>> {
    let data = data.filter(|data| media::is_form(&data.mime_type))?;
    let params = data.params.as_deref().unwrap_or_default();
    if params.is_empty() {
        let pairs = form_urlencoded::parse(data.text.as_deref()?.as_bytes());
        return Some(pairs.map(|(name, value)| (name.into(), value.into(), false)).collect());
    }
    let field = |param: &v1_2::Params| {
        let secret = param.comment.as_deref() == Some(SECRET);
        (param.name.clone(), param.value.clone().unwrap_or_default(), secret)
    };
    Some(params.iter().map(field).collect())
}

fn inbound(response: &v1_2::Response) -> Result<Inbound, String> {
    let status = u16::try_from(response.status).ok().filter(|status| (100..600).contains(status));
    let status = status.ok_or("it has no response")?;
    let headers = response.headers.iter().map(|header| (header.name.to_ascii_lowercase(), header.value.clone()));
    Ok(Inbound { status, headers: headers.collect(), body: body(&response.content)? })
}

fn body(content: &v1_2::Content) -> Result<Vec<u8>, String> {
    match (&content.text, content.encoding.as_deref()) {
        (None, _) if content.size > 0 => Err("its response was captured without its content".to_owned()),
        (None, _) => Ok(Vec::new()),
        (Some(text), Some("base64")) => STANDARD.decode(text).map_err(|error| format!("its response: {error}")),
        (Some(text), _) => Ok(text.clone().into_bytes()),
    }
}
