//! The contract's optional export: a page by `fetch-page`, and each of its records by `map-employee`, so that every behaviour
//! of both is a behaviour here too.

use crate::Zoo;
use crate::elearnio::connector::types::Error;
use crate::exports::elearnio::connector::connector::Guest as _;

wit_bindgen::generate!({
    world: "elearnio:connector/paging",
    path: "../../../wit",
    with: { "elearnio:connector/types@0.2.0": crate::elearnio::connector::types },
});

use exports::elearnio::connector::pages::{Guest, MappedPage};

impl Guest for Zoo {
    fn fetch_mapped(cursor: Option<String>) -> Result<MappedPage, Error> {
        let page = Zoo::fetch_page(cursor)?;
        let people = page.employees.into_iter().map(Zoo::map_employee).collect();
        Ok(MappedPage { people, next: page.next, total: page.total, notices: page.notices })
    }
}

export!(Zoo);
