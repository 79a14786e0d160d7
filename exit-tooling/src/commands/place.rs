//! Where the databases and the keys are, for every command that needs them.

use std::path::PathBuf;
use std::time::Duration;

use base::exit;
use db::{Db, DbError, Options};

use crate::{keys, sqlite};
use base::ended::{because, stop};

/// The lending database's address.
#[derive(Debug, clap::Args)]
pub(super) struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    #[arg(long, env = "FINANCING_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(super) database: String,
}

/// The key store and the KEK files.
#[derive(Debug, clap::Args)]
pub(super) struct Keys {
    /// Folder with the KEK files and the journal of destroyed keys.
    #[arg(long, env = "FINANCING_KEYS", value_name = "DIR")]
    keys: PathBuf,
    /// The identity custodian's KEK file, where another person keeps it elsewhere.
    #[arg(long, env = "FINANCING_IDENTITY_KEK", value_name = "FILE")]
    identity_kek: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://…` of the key store: a database of its own.
    #[arg(long, env = "FINANCING_KEY_STORE", value_name = "URL", hide_env_values = true)]
    key_store: String,
}

impl Keys {
    /// The same, as the library takes it.
    pub(super) fn place(&self) -> keys::Place {
        keys::Place {
            folder: self.keys.clone(),
            identity_kek: self.identity_kek.clone(),
            store: self.key_store.clone(),
        }
    }
}

impl Database {
    /// Opens it; never makes one. The address is not repeated: it may hold a password.
    pub(super) async fn open(&self) -> anyhow::Result<Db> {
        if sqlite::file(&self.database).is_some_and(|path| !path.is_file()) {
            return Err(stop(exit::UNREACHABLE, "there is no database at this address"));
        }
        let options = Options {
            readers: 2,
            writers: 1,
            // Counting a table of millions takes seconds, and nobody waits behind it here.
            budget: Duration::from_secs(120),
            ..Options::default()
        };
        Db::open(&self.database, options)
            .await
            .map_err(|error| match error {
                DbError::Other(message) => {
                    stop(exit::USAGE, format!("the database's address is wrong: {message}"))
                }
                error => because(exit::UNREACHABLE, &error),
            })
    }
}
