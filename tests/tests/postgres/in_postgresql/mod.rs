//! What needs the server.

mod audit;
mod conformance;
mod faults;
mod keeping;
mod row_security;
mod samples;
mod trips;
