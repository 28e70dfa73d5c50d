//! What needs the server.

mod conformance;
mod faults;
mod keeping;
mod opening;
mod row_security;
mod samples;
mod trips;
