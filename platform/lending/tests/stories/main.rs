//! Stories of the use cases that need no HTTP: one file each.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it skips"
)]

mod books;
mod end_of_day;
mod extended;
mod extensions;
mod fixture;
mod renewed;
mod review;
mod world;
