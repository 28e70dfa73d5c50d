//! One tenant's session: what `configure` found out, and the credential.
//!
//! Each tenant has an instance of its own and a component is single-threaded, so the session is a thread-local, not a
//! resource the host would have to carry around.

use std::cell::RefCell;

use crate::bindings::elearnio::connector::types::{Directory, Error, Mapping, Plan, Rejected, SourceRead};
use crate::bindings::exports::elearnio::connector::connector::{Connection, Page, Settings};
use crate::bindings::paging::exports::elearnio::connector::pages::MappedPage;
use crate::codes;
use crate::config::Config;
use crate::mapping;
use crate::personio::attributes::Visible;
use crate::personio::client::{self, Client};
use crate::personio::employees::{self, Place};
use crate::personio::json::Reader;
use crate::personio::shape::Shape;
use crate::problem::problem;

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

struct Session {
    config: Config,
    client: Client,
    visible: Visible,
    /// What the last page's records looked like.
    shape: Shape,
}

/// The contract's `configure`. A call that fails leaves the instance not configured.
pub fn configure(settings: Settings) -> Result<Connection, Error> {
    SESSION.take();
    let (config, credential) = Config::check(settings).map_err(Error::InvalidSettings)?;
    let mut client = Client::new(credential);
    let visible = client.attributes(&config)?;
    let connection = Connection { hidden: visible.hidden(), notices: client.take_notices() };
    SESSION.set(Some(Session { config, client, visible, shape: Shape::default() }));
    Ok(connection)
}

/// The contract's `fetch-page`.
pub fn fetch_page(cursor: Option<&str>) -> Result<Page, Error> {
    with_session(|session| {
        let page = session.client.employees(&session.config, &session.visible, place(cursor)?, employees::verbatim)?;
        Ok(Page { employees: page.records, next: page.next, total: page.total, notices: session.client.take_notices() })
    })
}

/// The contract's `fetch-mapped`.
pub fn fetch_mapped(cursor: Option<&str>) -> Result<MappedPage, Error> {
    with_session(|session| {
        let Session { config, client, visible, shape } = session;
        let map = |reader: &mut Reader<'_>| mapping::map_in_place(reader, &visible.flag, &config.settings, shape);
        let page = client.employees(config, visible, place(cursor)?, map)?;
        Ok(MappedPage { people: page.records, next: page.next, total: page.total, notices: client.take_notices() })
    })
}

fn place(cursor: Option<&str>) -> Result<Place, Error> {
    Place::of(cursor).ok_or_else(client::invalid_cursor)
}

fn with_session<T>(call: impl FnOnce(&mut Session) -> Result<T, Error>) -> Result<T, Error> {
    SESSION.with_borrow_mut(|session| session.as_mut().ok_or(Error::NotConfigured).and_then(call))
}

/// The contract's `map-employee`.
pub fn map_employee(employee: &str) -> Result<Mapping, Rejected> {
    SESSION.with_borrow(|session| match session {
        Some(session) => mapping::map(employee, &session.visible.flag, &session.config.settings),
        None => Err(Rejected {
            employee: None,
            problem: problem(
                codes::NOT_CONFIGURED,
                None,
                "The connector is not configured.",
                "Call `configure` first.",
            ),
        }),
    })
}

/// The contract's `plan-actions`.
pub fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
    with_session(|session| Ok(crate::plan::plan_from(source, target, session.config.settings.options)))
}
