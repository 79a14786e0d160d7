//! What an exit of customers leaves behind for whoever audits it.
//!
//! [`record`] says what was done, [`archive`] keeps what law wants kept. The exit writes both; the
//! verifier, which shares no other code with it, reads both.

pub mod archive;
mod json;
pub mod key_file;
pub mod record;

pub use json::integer;
