//! The whole watcher in a simulated clock: what is injected into the series of a quiet system is paged once, by its
//! root, and a death at any moment loses no page.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test's helpers may fail as the test does"
)]

mod fault;
mod faults;
mod injected;
mod kills;
mod plane;
mod silence;
mod stage;
#[expect(
    dead_code,
    reason = "a receiver of the notifier's own tests, of which these need a part"
)]
#[path = "../../../notify/tests/notify/stand.rs"]
mod stand;
#[path = "../../../notify/tests/notify/verdict.rs"]
mod verdict;
