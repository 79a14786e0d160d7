//! The parts of a world as the command line names them.

use std::path::{Path, PathBuf};

use base::config::ProcessEnv;
use base::exit;
use base::ids::Ids;
use db::Db;
use domain::lane::Live;
use lending::World;
use service::wiring::{self, Parts};
use vault::Vault;

use super::clock;
use crate::cli::{because, stop};

/// What a world needs besides its database.
#[derive(clap::Args, Debug)]
pub(crate) struct WorldArgs {
    /// File with the keys that seal customer data; `financing init` makes one.
    #[arg(long, env = "FINANCING_KEY_FILE", value_name = "FILE")]
    key_file: PathBuf,
    /// Base URL of the outside sources and the core bank.
    #[arg(long, env = "FINANCING_SOURCES", value_name = "URL")]
    sources: String,
}

impl WorldArgs {
    /// Where the vault's keys are.
    pub(crate) fn key_file(&self) -> &Path {
        &self.key_file
    }
}

/// Puts it together. Without a key file there is no world: no key is made up.
pub(crate) fn open(args: &WorldArgs, db: Db) -> anyhow::Result<World<Live>> {
    let vault = Vault::from_key_file(&args.key_file).map_err(|error| {
        let file = args.key_file.display();
        stop(
            exit::USAGE,
            format!("{file}: {error}; `financing init DIR` makes a key file"),
        )
    })?;
    let clock = clock::of(&ProcessEnv);
    wiring::live(Parts {
        db,
        vault,
        sources: args.sources.clone(),
        ids: Ids::system(clock.clone()),
        clock,
    })
    .map_err(|error| because(exit::USAGE, "the service cannot be set up", &error))
}
