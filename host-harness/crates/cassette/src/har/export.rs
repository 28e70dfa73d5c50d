//! Converts a cassette to a HAR file.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use har::{Har, Spec, v1_2};
use url::form_urlencoded;

use super::{CaptureError, MUST_MATCH, REPEAT, SECRET};
use crate::cassette::{AuthorizationKind, Exchange, FormValue, RecordedRequest, RecordedResponse, read_folder};
use connector_host::files;
use connector_host::http::credentials::MADE_UP;
use connector_host::http::media::FORM;

/// A cassette knows no times, and the format asks for one.
const NO_TIME: &str = "1970-01-01T00:00:00.000Z";
const HTTP: &str = "HTTP/1.1";

/// Writes a cassette as HAR 1.2; gives the number of exchanges. A file that is there is left alone.
///
/// # Errors
/// When the cassette cannot be read, or the file cannot be written.
pub fn export(folder: &Path, file: &Path) -> Result<usize, CaptureError> {
    let exchanges = read_folder(folder)?;
    let failed = |reason| CaptureError::File { file: file.to_owned(), reason };
    let entries: Vec<_> = exchanges.iter().map(|(_, exchange)| entry(exchange)).collect();
    let count = entries.len();
    let creator = v1_2::Creator {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        comment: None,
    };
    let har = Har { log: Spec::V1_2(v1_2::Log { creator, entries, ..Default::default() }) };
    let text = har::to_json(&har).map_err(|error| failed(std::io::Error::other(error)))?;
    files::write_new(file, text.as_bytes()).map_err(failed)?;
    Ok(count)
}

fn entry(exchange: &Exchange) -> v1_2::Entries {
    v1_2::Entries {
        started_date_time: NO_TIME.to_owned(),
        request: request(&exchange.request),
        response: response(&exchange.response),
        comment: exchange.repeat.then(|| REPEAT.to_owned()),
        ..Default::default()
    }
}

fn request(request: &RecordedRequest) -> v1_2::Request {
    let mut headers: Vec<_> =
        request.headers.iter().map(|(name, value)| header(name, value, Some(MUST_MATCH))).collect();
    let scheme = request.authorization.map(|kind| match kind {
        AuthorizationKind::Bearer => "Bearer",
        AuthorizationKind::Basic => "Basic",
    });
    headers.extend(scheme.map(|scheme| header("authorization", &format!("{scheme} {MADE_UP}"), Some(SECRET))));
    let query = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| v1_2::QueryString {
        name: name.into(),
        value: value.into(),
        comment: None,
    };
    v1_2::Request {
        method: request.method.as_str().to_owned(),
        url: request.url.to_string(),
        http_version: HTTP.to_owned(),
        headers,
        query_string: request.url.query_pairs().map(query).collect(),
        post_data: post_data(request),
        headers_size: -1,
        body_size: -1,
        ..Default::default()
    }
}

fn post_data(request: &RecordedRequest) -> Option<v1_2::PostData> {
    let data = |mime_type: &str, text, params| {
        Some(v1_2::PostData { mime_type: mime_type.to_owned(), text: Some(text), params, comment: None })
    };
    if let Some(form) = &request.form {
        let params: Vec<_> = form.iter().flat_map(|(name, value)| fields(name, value)).collect();
        let pairs = params.iter().map(|param| (&param.name, param.value.as_deref().unwrap_or_default()));
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        return data(FORM, text, Some(params));
    }
    match (&request.json, &request.text) {
        (Some(json), _) => data("application/json", json.to_string(), None),
        (None, Some(text)) => data("text/plain", text.clone(), None),
        (None, None) => None,
    }
}

fn fields(name: &str, value: &FormValue) -> Vec<v1_2::Params> {
    let field = |value: &str, comment: Option<&str>| v1_2::Params {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        comment: comment.map(str::to_owned),
        ..Default::default()
    };
    match value {
        FormValue::Text(text) => vec![field(text, None)],
        FormValue::Secret(_) => vec![field(MADE_UP, Some(SECRET))],
        FormValue::Many(values) => values.iter().flat_map(|value| fields(name, value)).collect(),
    }
}

fn response(response: &RecordedResponse) -> v1_2::Response {
    let body = response.body();
    let (text, encoding) = match (&response.base64, std::str::from_utf8(body)) {
        (None, Ok("")) => (None, None),
        (None, Ok(text)) => (Some(text.to_owned()), None),
        _ => (Some(STANDARD.encode(body)), Some("base64".to_owned())),
    };
    let mime = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let mime_type = mime.map_or_else(|| "application/octet-stream".to_owned(), |(_, value)| value.clone());
    v1_2::Response {
        status: i64::from(response.status),
        http_version: HTTP.to_owned(),
        headers: response.headers.iter().map(|(name, value)| header(name, value, None)).collect(),
        content: v1_2::Content { size, mime_type: Some(mime_type), text, encoding, ..Default::default() },
        redirect_url: Some(String::new()),
        headers_size: -1,
        body_size: -1,
        ..Default::default()
    }
}

fn header(name: &str, value: &str, comment: Option<&str>) -> v1_2::Headers {
    v1_2::Headers { name: name.to_owned(), value: value.to_owned(), comment: comment.map(str::to_owned) }
}
