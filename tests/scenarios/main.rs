//! Whole-system scenarios over the real executables, one file per story.
//!
//! [`binaries`] finds the executables, [`place`] holds one system's files and
//! database, [`process`] starts and ends children by their pid, [`service`],
//! [`standin`] and [`load`] are the three that a system consists of, [`link`] is what can be cut
//! between them, [`people`] are those who have accounts, [`switch`] is the command that closes,
//! [`terminal`] where it is typed, [`plane`] is the control plane that watches, [`drill`] is one run with everything in it, [`report`] says what was skipped and how
//! much was done.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot go on has failed, and its figures are printed"
)]

mod binaries;
mod browser;
mod chance;
mod customer;
mod drill;
mod link;
mod load;
mod people;
mod place;
mod plane;
mod process;
mod report;
mod service;
mod standin;
mod switch;
mod terminal;
mod trace;

mod analytics;
mod beside;
mod break_glass;
mod canaries;
mod clear_text;
mod clock;
mod closes;
mod cut_off;
mod drains;
mod durable;
mod failed_commit;
mod fast_clock;
mod foreign;
mod harm;
mod hung;
mod keys;
mod kills;
mod leaving;
mod openfeature;
mod orphans;
mod pages;
mod paid_unknown;
mod parts;
mod phone;
mod planted;
mod rehearsal;
mod restored;
mod runbook;
mod settings;
mod starts;
mod verbs;
mod watching;
