//! `financing migrate`

use std::io::Write;

use base::exit;

use super::database::{self, DatabaseArgs};
use crate::cli::because;

/// Brings the database's schema up to date.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  financing migrate --database sqlite:financing.db")]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Applies what is missing and lists it.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = database::open(&args.database).await?;
    let applied = store::schema::migrate(&db)
        .await
        .map_err(|error| because(exit::FAILED, "the schema could not be brought up to date", &error))?;
    let mut out = std::io::stdout();
    for id in &applied {
        writeln!(out, "applied {id}")?;
    }
    if applied.is_empty() {
        writeln!(out, "up to date")?;
    }
    db.close().await;
    Ok(exit::OK)
}
