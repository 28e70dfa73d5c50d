//! Over a real `PostgreSQL`, which hands out the work too unless a test says otherwise.

mod bad_input;
mod database;
mod drain;
mod guests;
mod kills;
mod moving;
mod old_server;
mod pauses;
mod random;
