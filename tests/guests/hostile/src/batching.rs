//! The contract's optional export: each record of a batch is a behaviour, as in `map-employee`.

use crate::Zoo;
use crate::elearnio::connector::types::{Mapping, Rejected};
use crate::exports::elearnio::connector::connector::Guest as _;

wit_bindgen::generate!({
    world: "elearnio:connector/batching",
    path: "../../../wit",
    with: { "elearnio:connector/types@0.1.0": crate::elearnio::connector::types },
});

impl exports::elearnio::connector::batch::Guest for Zoo {
    fn map_employees(employees: Vec<String>) -> Vec<Result<Mapping, Rejected>> {
        let more = usize::from(employees.iter().any(|what| what == "one-too-many"));
        let answers = employees.len() + more;
        employees.into_iter().cycle().take(answers).map(Zoo::map_employee).collect()
    }
}

export!(Zoo);
