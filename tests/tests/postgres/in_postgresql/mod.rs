//! What needs the server.

mod conformance;
