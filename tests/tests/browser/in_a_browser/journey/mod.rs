//! The journeys of an operator and of a customer's admin, at the real service with a stand-in for Personio behind it.

mod admin;
mod hands;
mod stage;
mod steps;
mod strangers;
mod watching;
mod words;
