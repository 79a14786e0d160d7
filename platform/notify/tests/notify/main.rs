//! From alerts to people: stories in a simulated clock over real databases, and channels over real connections.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

mod alertmanager;
mod answers;
mod calls;
mod configuration;
mod dead_letters;
mod deadman;
mod escalation;
mod exec;
mod flood;
mod grouping;
mod hidden;
mod killed;
mod kills;
mod mail;
mod robots;
mod server;
mod stand;
mod verdict;
mod webhooks;
mod witnessed;
mod world;
