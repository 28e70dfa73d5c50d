//! The same cases, with their directories in `PostgreSQL`: all in one database.

use std::path::Path;

use anyhow::Result;
use connector_sync::directory::Store;
use whole_system_tests::apart::Apart;
use whole_system_tests::postgres_store::{content, directory_apart, new_id, shared};

use super::run::Place;
use super::{rules, tests};

struct InPostgres(String);

impl Place for InPostgres {
    fn open(&self, _: bool) -> Result<Box<dyn Store>> {
        Ok(Box::new(Apart(directory_apart("rules", &self.0))))
    }

    fn content(&self) -> Result<Vec<u8>> {
        content(shared(), &self.0)
    }
}

fn in_postgres(_: &Path) -> Box<dyn Place> {
    Box::new(InPostgres(new_id()))
}

rules!(tests! in_postgres);
