//! The operations toolkit's command line, binary `backstop`.
//!
//! [`commands`] parses and dispatches, [`ended`] turns how a command ended into
//! an exit code. [`audit`] checks the laws against a database and a journal;
//! [`rehearse`] runs the emergency plan against a real service and ends with
//! that audit. `rulings` prints what an audit says,
//! `values` reads what law 5 looks for, `called` is what commands that call a plane do alike. [`intake`] is the switch in an operator's hand. [`evidence`] shows, proves and verifies
//! evidence logs. [`control`] makes and serves the control plane,
//! [`watch`] shows what it watches. [`runbook`] shows, checks and carries out runbooks. [`chaos`] becomes the program that
//! injects faults (`sibling`), `orphans` has those ended that nobody holds. [`exit`] lets customers leave.

pub mod audit;
mod called;
pub mod chaos;
pub mod commands;
pub mod control;
pub mod ended;
pub mod evidence;
pub mod exit;
pub mod intake;
mod orphans;
pub mod rehearse;
mod rulings;
pub mod runbook;
mod sibling;
mod values;
pub mod watch;
