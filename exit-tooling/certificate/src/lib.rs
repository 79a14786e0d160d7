//! What an exit of customers leaves behind for whoever audits it.
//!
//! [`record`] says what was done, [`archive`] keeps what law wants kept, in files whose keys
//! [`key_file`] reads, sealed as [`sealing`] says. The exit writes both; the verifier, which shares no other code with it, reads
//! both and writes a [`verification`]. [`document`] is the certificate over record and verification,
//! signed with a key of [`signing`], as canonical JSON and as a [`page`] for people.

pub mod archive;
pub mod document;
mod json;
pub mod key_file;
pub mod page;
pub mod record;
pub mod sealing;
pub mod signing;
pub mod verification;

pub use json::integer;
