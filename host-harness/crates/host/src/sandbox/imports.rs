//! The contract's imports, as the host fulfils them: conversions between the WIT's types and the parts that do the work.
//!
//! An `Err` of the outer result ends the guest's call in a verdict; the inner one is a value the guest can act on.

use wasmtime::component::Resource;

use crate::contract::{self, http, log};
use crate::http::{GuestAuthorization, GuestBody, GuestRequest, GuestValue, HttpError, Inbound, Method, SecretHandle};

use super::guest::{Guest, scrub};
use super::guest_error::GuestError;
use super::limiter::Refusal;

/// The name under which a verdict of a host call goes; the call that the guest was in replaces it.
pub(super) const HOST_CALL: &str = "";

impl contract::Host for Guest {}

impl http::HostSecret for Guest {
    async fn drop(&mut self, secret: Resource<SecretHandle>) -> wasmtime::Result<()> {
        self.table.delete(secret)?;
        Ok(())
    }
}

impl http::Host for Guest {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Result<http::Response, http::Error>> {
        let answer = match (self.resolve(request)?, self.gateway()) {
            (Ok(request), Ok(gateway)) => gateway.send(request).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        self.settle(answer.map(response))
    }

    async fn exchange(
        &mut self,
        request: http::Request,
        pointer: String,
    ) -> wasmtime::Result<Result<http::Exchanged, http::Error>> {
        let answer = match (self.resolve(request)?, self.gateway()) {
            (Ok(request), Ok(gateway)) => gateway.exchange(request, &pointer).await,
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        match self.settle(answer)? {
            Ok((inbound, secret)) => {
                let token = secret.map(|secret| self.table.push(secret)).transpose()?;
                Ok(Ok(http::Exchanged { response: response(inbound), token }))
            }
            Err(error) => Ok(Err(error)),
        }
    }
}

impl log::Host for Guest {
    async fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let Self { journal, outside, .. } = self;
        journal.write(level, &message, |text| scrub(outside.as_ref(), text)).map_err(limit_reached)
    }
}

impl Guest {
    fn secret(&self, handle: &Resource<SecretHandle>) -> wasmtime::Result<SecretHandle> {
        Ok(self.table.get(handle)?.clone())
    }

    /// Replaces the guest's handles by the host's. What this version of the contract does not know is denied: to send a
    /// request without it would be to send another request.
    fn resolve(&self, request: http::Request) -> wasmtime::Result<Result<GuestRequest, HttpError>> {
        let http::Request { method, url, headers, authorization, body } = request;
        let authorization = match authorization {
            http::Authorization::None => GuestAuthorization::None,
            http::Authorization::Bearer(token) => GuestAuthorization::Bearer(self.secret(&token)?),
            http::Authorization::Basic((user, password)) => GuestAuthorization::Basic(user, self.secret(&password)?),
            http::Authorization::Other(_) => return Ok(unknown("authorization")),
        };
        let body = match body {
            http::Body::Empty => GuestBody::Empty,
            http::Body::Bytes(bytes) => GuestBody::Bytes(bytes),
            http::Body::Other(_) => return Ok(unknown("body")),
            http::Body::Form(fields) => {
                let mut form = Vec::with_capacity(fields.len());
                for field in fields {
                    form.push(match field.value {
                        http::FormValue::Text(text) => (field.name, GuestValue::Text(text)),
                        http::FormValue::Secret(handle) => (field.name, GuestValue::Secret(self.secret(&handle)?)),
                        http::FormValue::Other(_) => return Ok(unknown("form value")),
                    });
                }
                GuestBody::Form(form)
            }
        };
        let headers = headers.into_iter().map(|header| (header.name, header.value)).collect();
        Ok(Ok(GuestRequest { method: self::method(method), url, headers, authorization, body }))
    }

    /// Turns the gateway's errors into the guest's, except those that end the call.
    fn settle<T>(&mut self, answer: Result<T, HttpError>) -> wasmtime::Result<Result<T, http::Error>> {
        let error = match answer {
            Ok(value) => return Ok(Ok(value)),
            Err(error) => error,
        };
        Ok(Err(match error {
            HttpError::Denied(why) => {
                self.deny(&why)?;
                http::Error::Denied(why)
            }
            HttpError::Unreachable(why) => http::Error::Unreachable(why),
            HttpError::TimedOut => http::Error::TimedOut,
            HttpError::TooLarge(limit) => http::Error::TooLarge(limit),
            HttpError::Limit { limit, set_to } => {
                let what = match limit {
                    "request-bytes" => "the connector made a request that is too large",
                    "redirects" => "a request was redirected too often",
                    _ => "the connector made too many requests",
                };
                return Err(limit_reached(Refusal { limit, set_to, what: what.to_owned() }));
            }
            HttpError::Other(why) => http::Error::Other(why),
        }))
    }

    /// Counts a refused request; the guest hears of each, and is stopped when it does not heed them.
    fn deny(&mut self, why: &str) -> wasmtime::Result<()> {
        let (count, last) = &mut self.denied;
        *count += 1;
        why.clone_into(last);
        if *count > self.denied_limit {
            return Err(wasmtime::Error::new(GuestError::Refused {
                call: HOST_CALL,
                requests: *count,
                last: last.clone(),
            }));
        }
        Ok(())
    }
}

fn unknown<T>(what: &str) -> Result<T, HttpError> {
    Err(HttpError::Denied(format!("this host does not know the kind of {what} that the request has")))
}

fn limit_reached(refusal: Refusal) -> wasmtime::Error {
    wasmtime::Error::new(GuestError::limit_reached(HOST_CALL, refusal))
}

const fn method(method: http::Method) -> Method {
    match method {
        http::Method::Get => Method::Get,
        http::Method::Head => Method::Head,
        http::Method::Post => Method::Post,
        http::Method::Put => Method::Put,
        http::Method::Patch => Method::Patch,
        http::Method::Delete => Method::Delete,
    }
}

fn response(inbound: Inbound) -> http::Response {
    let Inbound { status, headers, body } = inbound;
    let headers = headers.into_iter().map(|(name, value)| http::Header { name, value }).collect();
    http::Response { status, headers, body }
}
