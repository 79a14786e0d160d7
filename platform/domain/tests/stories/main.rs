//! Stories about the domain, one module per subject.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene should fail")]

mod accrual;
mod allocation;
mod calendar;
mod codes;
mod extensions;
mod ids;
mod lanes;
mod lifecycles;
mod money;
mod names;
mod payoff;
mod penalty;
mod schedules;
