//! The clients' journal and the checkers of the laws, from outside the code
//! that could have broken them: they read the database themselves and share no
//! line with the service.
//!
//! [`journal`] is what the clients saw, as a file. [`source`] reads a database
//! in one snapshot. [`kept`] checks law 1, [`closed`] law 2, [`books`] law 3,
//! [`durability`] the settings that law 1 rests on. [`mod@audit`] asks these;
//! [`verdict`] is what they answer. [`log`] verifies evidence logs with public
//! keys alone, and checks law 7. [`leaks`] searches files for customer data;
//! no ruling of this crate rests on it but law 5's. [`silence`] checks law 9 against what the one who is paged kept,
//! [`faults`] law 8. `purged` tells what left with an exit from what was lost. Law 6 is ruled on by the crate `verify`,
//! which opens sealed fields; law 4 comes with the work that it is about.

pub mod audit;
pub mod books;
pub mod closed;
pub mod durability;
pub mod faults;
pub mod journal;
pub mod kept;
pub mod leaks;
pub mod log;
mod purged;
pub mod silence;
pub mod source;
pub mod verdict;

pub use audit::{Minimums, audit};
