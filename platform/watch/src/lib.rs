//! The watcher as one: what is scraped goes into rules, what they find goes to people.
//!
//! [`config`] is `watch.toml`, and [`shipped`] the rules that are there without one. [`Watch`] is put together by
//! [`watch`](mod@watch) and runs its loops until shutdown: `round` evaluates groups, each at its own interval, over `series`; `kept`
//! keeps what the engine knows in the control plane's store, and `told` hands alerts to the notifier.
//! [`beat`] says whether all of that works: whoever asks for the heartbeat gets one only while it does. [`status`] and
//! [`answer`] are what is shown, [`span`] at many times (which [`moment`] reads), [`meters`] what is scraped of the watcher itself.
//!
//! **Invariant**: what the engine knows is on disk before anybody is told of it, and everything that fires is handed
//! to the notifier again and again; so a death at any moment loses no page.

pub mod answer;
pub mod beat;
pub mod config;
mod kept;
pub mod meters;
pub mod moment;
mod round;
mod series;
pub mod shipped;
pub mod span;
pub mod status;
mod told;
pub mod watch;

pub use config::{Config, ConfigError};
pub use round::Rounds;
pub use watch::{SetupError, Watch};

/// All tables that the watcher has in the store that it is given.
#[must_use]
pub fn migrations() -> Vec<db::Migration> {
    let mut all = notify::MIGRATIONS.to_vec();
    all.push(kept::MIGRATION);
    all
}
