//! The service: tenants, their integrations, scheduled syncs, pages and a JSON API.

#![forbid(unsafe_code)]
