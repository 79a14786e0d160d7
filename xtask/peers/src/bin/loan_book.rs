//! Fills a migrated SQLite database with loans for the end-of-day bench, and counts what that posted.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use peers::sqlite;
use sqlx::{AssertSqlSafe, Connection};

/// A loan book for the benches.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Inserts loans as they stand before the end of 2025-06-16.
    Seed {
        /// The database.
        #[arg(long)]
        database: PathBuf,
        /// How many; a multiple of 100, so that the shares are exact.
        #[arg(long)]
        loans: u32,
    },
    /// Prints how many postings there are.
    Postings {
        /// The database.
        #[arg(long)]
        database: PathBuf,
    },
}

const BOOK: &str = include_str!("../loan_book.sql");
/// 2025-06-16 in days since 1970-01-01.
const DAY: u32 = 20_255;

#[tokio::main]
async fn main() -> Result<()> {
    match Args::parse().command {
        Command::Seed { database, loans } => {
            anyhow::ensure!(loans % 100 == 0, "--loans is no multiple of 100");
            let mut connection = sqlite::open(&database).await?;
            let sql = BOOK
                .replace("{loans}", &loans.to_string())
                .replace("{day}", &DAY.to_string());
            let mut book = connection.begin().await?;
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut *book)
                .await
                .context("failed to seed the loan book")?;
            book.commit().await?;
        }
        Command::Postings { database } => {
            let mut connection = sqlite::open(&database).await?;
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM postings")
                .fetch_one(&mut connection)
                .await?;
            writeln!(std::io::stdout(), "{count}")?;
        }
    }
    Ok(())
}
