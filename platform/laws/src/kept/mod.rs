//! Law 1: nothing acknowledged is lost.
//!
//! `act` says what an acknowledgement promised, `table` where that lives,
//! `rows` compares promise and row, `sums` the amounts that several
//! promises add up to, `answers` what the journal alone can contradict.

mod act;
mod answers;
mod check;
mod rows;
mod sums;
mod table;

pub use check::nothing_lost;
