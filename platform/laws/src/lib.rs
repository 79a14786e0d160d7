//! The clients' journal and the checkers of the laws, from outside the code
//! that could have broken them: they read the database themselves and share no
//! line with the service.
//!
//! [`journal`] is what the clients saw, as a file.

pub mod journal;
