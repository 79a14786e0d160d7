//! One file per subcommand.

pub(crate) mod account;
pub(crate) mod actor;
pub(crate) mod analytics;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod data_map;
pub(crate) mod database;
pub(crate) mod edge;
pub(crate) mod eod;
pub(crate) mod evidence;
pub(crate) mod failpoints;
pub(crate) mod init;
pub(crate) mod keys;
pub(crate) mod meant;
pub(crate) mod migrate;
pub(crate) mod reconcile;
pub(crate) mod serve;
pub(crate) mod stop_rules;
pub(crate) mod vault;
pub(crate) mod world;
