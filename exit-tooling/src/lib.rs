//! The exit of customers from the lending service's database.
//!
//! [`tables`] is the ordered list of tables with how a customer's rows are reached in each; [`remove`] takes them out
//! with a line in `exit_rows` for each; [`sqlite`] cleans the file of what was deleted.

pub mod remove;
pub mod sqlite;
pub mod tables;
