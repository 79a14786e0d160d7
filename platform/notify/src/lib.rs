//! From an alert to a person: grouping, inhibition, silences, rota, escalation, receivers, all kept across restarts.
//!
//! Whoever has alerts hands them in as [`Notice`]s; it knows no rule and no series. [`Config`] is section `[notify]` of
//! `watch.toml`, [`MIGRATIONS`] are the tables, [`Notifier`] is what a process holds: [`Notifier::take`] puts alerts on
//! disk, [`Notifier::run`] decides and sends until shutdown. [`deadman`] watches such a process from outside of it.
//!
//! A step of the way is a file: `take` (alerts into groups, by `route`), `decide` (a pure function: is a group told of,
//! and what), `flush` (decisions become rows of the `outbox` in the transaction that makes them), `escalate`, `steps`,
//! `rota` and `handover` (who has to answer, and who is next), `sender` and `mark` (claim, send, mark), and a file for each way to send in
//! [`channel`]. `inhibit`, [`silence`], `mute` and [`ack`] say what is not told, and to whom; [`page`] is the content of
//! a page, `text` what people read; [`inbound`] is what others send; [`calltree`] is the monthly test.
//!
//! The verbs of [`silence`], [`ack`] and [`calltree`] also work in a transaction of the caller's, who so leaves evidence
//! with the act; what comes from outside (a reply, a program, a ticket) is put on record by a [`witness`].
//!
//! **Invariants.** A page's row is written before it is sent and marked after its receiver took it, so a crash loses
//! none and repeats it under the same key. Nothing is stored or sent that did not pass [`guard`]. No row, log or error
//! holds an address or a secret.

pub mod ack;
pub mod calltree;
pub mod channel;
pub mod config;
mod context;
pub mod deadman;
mod decide;
mod error;
mod escalate;
mod event;
mod flush;
pub mod guard;
mod handover;
pub mod inbound;
mod inhibit;
mod list;
mod mark;
mod matcher;
mod meters;
mod micros;
mod mute;
mod notice;
mod notifier;
mod outbox;
pub mod page;
mod rota;
mod route;
mod rows;
mod schema;
mod seen;
mod sender;
pub mod silence;
mod steps;
mod sweep;
mod take;
pub mod text;
mod view;
mod watcher;
pub mod witness;

pub use config::Config;
pub use error::NotifyError;
pub use event::Event;
pub use list::{Listed, Sent, Waiting};
pub use mark::UNDELIVERED;
pub use matcher::Matcher;
pub use meters::Meter;
pub use notice::{Alert, Notice, fingerprint};
pub use notifier::{Channels, Notifier};
pub use schema::MIGRATIONS;
pub use take::Taken;
