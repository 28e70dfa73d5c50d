//! The exports, and the calls they make.

use std::cell::RefCell;

use connector_kit::bindings::elearnio::connector::http::{self, Authorization, Body, Method, Request, Secret};
use connector_kit::bindings::elearnio::connector::types::{
    Audience, Directory, Error, Mapping, Plan, Problem, Rejected, Retry, SourceNotice, SourceRead,
};
use connector_kit::bindings::exports::elearnio::connector::connector::{Connection, Guest, Page, Settings};
use connector_kit::bindings::exports::elearnio::connector::manifest::{self, Description};
use connector_kit::declare::{Declaration, Values};
use connector_kit::problem::problem;
use connector_kit::settings::CommonSettings;
use connector_kit::{codes, panics, plan};

use crate::person;
use crate::settings::DECLARED;
use crate::table::{self, Header};

/// The component.
pub struct Csv;

/// What `configure` found out. Each tenant has an instance of its own, so there is one.
struct Session {
    settings: CommonSettings,
    source: Source,
    header: Header,
}

struct Source {
    url: String,
    user: String,
    password: Option<Secret>,
}

/// The file's text, and whether all of it was text.
struct File {
    text: String,
    notices: Vec<SourceNotice>,
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
            // Nobody's server in particular: the settings name it, and the platform's operator allows it.
            origins: Vec::new(),
            attributes: table::attributes(),
            settings: DECLARED.iter().map(Declaration::setting).collect(),
        }
    }
}

impl Guest for Csv {
    fn configure(settings: Settings) -> Result<Connection, Error> {
        panics::report();
        SESSION.take();
        let mut problems = Vec::new();
        let common = CommonSettings::check(&settings, &mut problems);
        let mut values = Values::check(&DECLARED, settings.values, &mut problems);
        if !problems.is_empty() {
            return Err(Error::InvalidSettings(problems));
        }
        let text = |key| values.text(key).unwrap_or_default().to_owned();
        let (url, user) = (text("url"), text("user"));
        let source = Source { url, user, password: values.secret("password") };
        let file = source.read()?;
        let header = Header::read(&file.text).map_err(Error::Unreadable)?;
        let connection = Connection { hidden: header.hidden(), notices: file.notices };
        SESSION.set(Some(Session { settings: common, source, header }));
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
            if Header::read(&file.text).map_err(Error::Unreadable)? != session.header {
                return Err(Error::Unreadable(unreadable("The file's columns changed during the sync.")));
            }
            let page = table::page(&file.text).map_err(Error::Unreadable)?;
            Ok(Page { notices: file.notices, ..page })
        })
    }

    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        SESSION.with_borrow(|session| {
            let Some(session) = session else {
                let remedy = "Call `configure` first.";
                let problem = problem(codes::NOT_CONFIGURED, None, "The connector is not configured.", remedy);
                return Err(Rejected { employee: None, problem });
            };
            person::map(&employee, &session.header, &session.settings)
        })
    }

    fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
        with_session(|session| Ok(plan::plan(&source, &target, session.settings.options)))
    }
}

fn with_session<T>(call: impl FnOnce(&Session) -> Result<T, Error>) -> Result<T, Error> {
    SESSION.with_borrow(|session| session.as_ref().ok_or(Error::NotConfigured).and_then(call))
}

impl Source {
    /// The file. The host writes the password into the request.
    fn read(&self) -> Result<File, Error> {
        let authorization = match &self.password {
            Some(password) => Authorization::Basic((self.user.clone(), password)),
            None => Authorization::None,
        };
        let request = Request {
            method: Method::Get,
            url: self.url.clone(),
            headers: Vec::new(),
            authorization,
            body: Body::Empty,
        };
        let response = http::send(&request).map_err(unanswered)?;
        match response.status {
            200 => Ok(file(&response.body)),
            401 | 403 => Err(Error::Refused(problem(
                codes::WRONG_CREDENTIALS,
                Some("password"),
                &format!("The server does not accept the user and password (status {}).", response.status),
                "Enter the user and password that may read the file.",
            ))),
            status @ (429 | 500..=599) => {
                Err(retry(codes::SOURCE_BUSY, &format!("The server answers with status {status}.")))
            }
            status => Err(Error::Unreadable(unreadable(&format!("The server answers with status {status}.")))),
        }
    }
}

/// Bytes that are not UTF-8 damage the values they are in, and nobody else's (rule S6).
fn file(bytes: &[u8]) -> File {
    let text = String::from_utf8_lossy(bytes);
    let damaged = || SourceNotice {
        audience: Audience::Tenant,
        problem: problem(
            codes::ANSWER_DAMAGED,
            None,
            "The file contains bytes that are not UTF-8.",
            "Export the file again, in UTF-8. The affected values were not changed.",
        ),
        date: None,
    };
    let notices = std::str::from_utf8(bytes).is_err().then(damaged).into_iter().collect();
    File { text: text.trim_start_matches('\u{feff}').to_owned(), notices }
}

/// No answer: what the policy forbids and what is too large stays so, the rest may pass.
fn unanswered(error: http::Error) -> Error {
    match error {
        http::Error::Denied(why) => Error::Refused(problem(
            codes::REQUEST_DENIED,
            Some("url"),
            &format!("The platform refused the request: {why}"),
            "Let the platform's operator allow this origin, or correct the URL in the settings.",
        )),
        http::Error::TooLarge(limit) => Error::Unreadable(problem(
            codes::ANSWER_UNREADABLE,
            None,
            &format!("The file is larger than the platform's limit of {limit} bytes."),
            "If it is really that large, raise response-bytes under [limits] in the settings.",
        )),
        http::Error::TimedOut => retry(codes::SOURCE_UNAVAILABLE, "The server did not respond in time."),
        http::Error::Unreachable(why) | http::Error::Other(why) => {
            retry(codes::SOURCE_UNAVAILABLE, &format!("The server could not be reached: {why}"))
        }
    }
}

fn retry(code: &str, message: &str) -> Error {
    let problem = problem(code, None, message, "Start the sync again later; if this lasts, check the server.");
    Error::RetryLater(Retry { milliseconds: 0, problem })
}

fn unreadable(message: &str) -> Problem {
    problem(codes::ANSWER_UNREADABLE, None, message, "Export the file again, then start the sync again.")
}
