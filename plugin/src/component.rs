//! The exports: each hands over to the module that does the work.

use crate::bindings::elearnio::connector::types::{Directory, Error, Mapping, Plan, Rejected, SourceRead};
use crate::bindings::exports::elearnio::connector::connector::{Connection, Guest, Page, Settings};
use crate::bindings::exports::elearnio::connector::manifest::{self, Description};
use crate::bindings::paging::exports::elearnio::connector::pages::{self, MappedPage};
use crate::session;
use connector_kit::panics;

struct Component;

impl manifest::Guest for Component {
    fn describe() -> Description {
        panics::report();
        crate::manifest::describe()
    }
}

impl Guest for Component {
    fn configure(settings: Settings) -> Result<Connection, Error> {
        panics::report();
        session::configure(settings)
    }

    fn fetch_page(cursor: Option<String>) -> Result<Page, Error> {
        session::fetch_page(cursor.as_deref())
    }

    fn map_employee(employee: String) -> Result<Mapping, Rejected> {
        session::map_employee(&employee)
    }

    fn plan_actions(source: SourceRead, target: Directory) -> Result<Plan, Error> {
        session::plan_actions(source, target)
    }
}

impl pages::Guest for Component {
    fn fetch_mapped(cursor: Option<String>) -> Result<MappedPage, Error> {
        session::fetch_mapped(cursor.as_deref())
    }
}

#[allow(unsafe_code, reason = "generated: the exports' ABI")]
mod exports {
    use super::Component;

    connector_kit::bindings::export_plugin!(Component with_types_in connector_kit::bindings);
    connector_kit::bindings::paging::export_paging!(Component with_types_in connector_kit::bindings::paging);
}
