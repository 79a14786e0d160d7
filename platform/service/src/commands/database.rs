//! Where the database is, for every subcommand that needs it.

use base::exit;
use db::{Db, DbError, Options};

use crate::cli::{because, stop};

/// The database's address.
#[derive(clap::Args, Debug)]
pub(crate) struct DatabaseArgs {
    /// `sqlite:PATH` or `postgres://…`.
    #[arg(long, env = "FINANCING_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: String,
    /// Connections for reads.
    #[arg(long, env = "FINANCING_READERS", value_name = "N")]
    pub(crate) readers: Option<usize>,
}

/// Opens it, or says that it can't be reached. The address is not repeated: it
/// may hold a password.
pub(crate) async fn open(args: &DatabaseArgs) -> anyhow::Result<Db> {
    let mut options = Options::default();
    if let Some(readers) = args.readers {
        options.readers = readers.max(1);
    }
    Db::open(&args.database, options)
        .await
        .map_err(|error| match error {
            DbError::Other(message) => {
                stop(exit::USAGE, format!("the database's address is wrong: {message}"))
            }
            error => because(exit::UNREACHABLE, "the database cannot be opened", &error),
        })
}
