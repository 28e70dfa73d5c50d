//! The exports, and the calls they make.

use std::cell::RefCell;

use connector_kit::bindings::elearnio::connector::http::{self, Authorization, Body, Method, Request, Secret};
use connector_kit::bindings::elearnio::connector::types::{Directory, Mapping, Plan, Problem, Rejected, SourceRead};
use connector_kit::bindings::exports::elearnio::connector::connector::{
    Connection, Error, Guest, Page, Retry, Settings,
};
use connector_kit::bindings::exports::elearnio::connector::manifest::{self, Description};
use connector_kit::form::{self, Form};
use connector_kit::problem::problem;
use connector_kit::{codes, panics, plan};

use crate::person;
use crate::table::{self, Header};

/// The component.
pub struct Csv;

/// What `configure` found out. Each tenant has an instance of its own, so there is one.
struct Session {
    form: Form,
    source: Source,
    header: Header,
}

struct Source {
    url: String,
    user: String,
    secret: Secret,
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

impl manifest::Guest for Csv {
    fn describe() -> Description {
        panics::report();
        Description {
            name: "csv".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // Nobody's server in particular: the form names it, and the platform's operator allows it.
            origins: Vec::new(),
            attributes: table::attributes(),
        }
    }
}

impl Guest for Csv {
    fn configure(settings: Settings) -> Result<Connection, Error> {
        panics::report();
        SESSION.take();
        let mut problems = Vec::new();
        let form = Form::check(&settings, &mut problems);
        let endpoint = form::endpoint(&settings, None, &mut problems);
        if !problems.is_empty() {
            return Err(Error::InvalidSettings(problems));
        }
        let url = format!("{endpoint}/employees.csv");
        let source = Source { url, user: settings.client_id.trim().to_owned(), secret: settings.client_secret };
        let header = Header::read(&source.read()?).map_err(Error::Unreadable)?;
        let connection = Connection { hidden: header.hidden() };
        SESSION.set(Some(Session { form, source, header }));
        Ok(connection)
    }

    fn fetch_page(cursor: Option<String>) -> Result<Page, Error> {
        with_session(|session| {
            if cursor.is_some() {
                let remedy = "Start again without a cursor.";
                return Err(Error::InvalidArgument(problem(
                    codes::CURSOR_INVALID,
                    None,
                    "The file is one page.",
                    remedy,
                )));
            }
            let file = session.source.read()?;
            if Header::read(&file).map_err(Error::Unreadable)? != session.header {
                return Err(Error::Unreadable(unreadable("The file's columns changed during the sync.")));
            }
            table::page(&file).map_err(Error::Unreadable)
        })
    }

    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        SESSION.with_borrow(|session| {
            let Some(session) = session else {
                let remedy = "Call `configure` first.";
                let problem = problem(codes::NOT_CONFIGURED, None, "The connector is not configured.", remedy);
                return Err(Rejected { employee: None, problem });
            };
            person::map(&employee, &session.header, &session.form)
        })
    }

    fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
        with_session(|session| Ok(plan::plan(&source, &target, session.form.options)))
    }
}

fn with_session<T>(call: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, Error> {
    SESSION.with_borrow(|session| session.as_ref().ok_or(Error::NotConfigured).and_then(call))
}

impl Source {
    /// The file. The host writes the secret into the request.
    fn read(&self) -> Result<String, Error> {
        let request = Request {
            method: Method::Get,
            url: self.url.clone(),
            headers: Vec::new(),
            authorization: Authorization::Basic((self.user.clone(), &self.secret)),
            body: Body::Empty,
        };
        let response = http::send(&request).map_err(unanswered)?;
        match response.status {
            200 => String::from_utf8(response.body)
                .map(|file| file.trim_start_matches('\u{feff}').to_owned())
                .map_err(|_| Error::Unreadable(unreadable("The file is not in UTF-8."))),
            401 | 403 => Err(Error::Refused(problem(
                codes::WRONG_CREDENTIALS,
                Some("client-secret"),
                &format!("The server does not accept the client ID and secret (status {}).", response.status),
                "Enter the user and password that may read the file.",
            ))),
            status @ (429 | 500..=599) => {
                Err(retry(codes::SOURCE_BUSY, &format!("The server answers with status {status}.")))
            }
            status => Err(Error::Unreadable(unreadable(&format!("The server answers with status {status}.")))),
        }
    }
}

/// No answer: what the policy forbids and what is too large stays so, the rest may pass.
fn unanswered(error: http::Error) -> Error {
    match error {
        http::Error::Denied(why) => Error::Refused(problem(
            codes::REQUEST_DENIED,
            Some("endpoint"),
            &format!("The platform does not let the request out: {why}"),
            "Let the platform's operator allow this origin, or correct the endpoint in the settings.",
        )),
        http::Error::TooLarge(limit) => Error::Unreadable(problem(
            codes::ANSWER_UNREADABLE,
            None,
            &format!("The file is larger than the platform's limit of {limit} bytes."),
            "If it is really that large, raise response-bytes under [limits] in the settings.",
        )),
        http::Error::TimedOut => retry(codes::SOURCE_UNAVAILABLE, "The server did not answer in time."),
        http::Error::Unreachable(why) | http::Error::Other(why) => {
            retry(codes::SOURCE_UNAVAILABLE, &format!("The server could not be reached: {why}"))
        }
    }
}

fn retry(code: &str, message: &str) -> Error {
    let problem = problem(code, None, message, "Start the sync again later; if this lasts, look after the server.");
    Error::RetryLater(Retry { milliseconds: 0, problem })
}

fn unreadable(message: &str) -> Problem {
    problem(codes::ANSWER_UNREADABLE, None, message, "Export the file again, then start the sync again.")
}
