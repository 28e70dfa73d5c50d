//! The exports: each hands over to the module that does the work.

use crate::bindings::batching::exports::elearnio::connector::batch;
use crate::bindings::elearnio::connector::types::{Directory, Mapping, Plan, Rejected, SourceRead};
use crate::bindings::exports::elearnio::connector::connector::{Connection, Error, Guest, Page, Settings};
use crate::bindings::exports::elearnio::connector::manifest::{self, Description};
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

impl batch::Guest for Component {
    fn map_employees(employees: Vec<String>) -> Vec<Result<Mapping, Rejected>> {
        employees.into_iter().map(|employee| session::map_employee(&employee)).collect()
    }
}

#[allow(unsafe_code, reason = "generated: the exports' ABI")]
mod exports {
    use super::Component;

    connector_kit::bindings::export_plugin!(Component with_types_in connector_kit::bindings);
    connector_kit::bindings::batching::export_batching!(Component with_types_in connector_kit::bindings::batching);
}
