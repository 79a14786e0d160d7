//! Commits one prepared row at a time through sqlx, as fast as one loop can, and prints how many a second.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Parser;
use peers::sqlite;

/// A bare sqlx loop on SQLite: every row its own commit.
#[derive(Parser)]
struct Args {
    /// The database; made when absent.
    #[arg(long)]
    database: PathBuf,
    /// How long to run.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

/// The columns of an application, with blobs as long as sealed fields are.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, product TEXT NOT NULL, \
     channel TEXT NOT NULL, amount BIGINT NOT NULL, term_months BIGINT NOT NULL, state TEXT NOT NULL, \
     sealed BLOB NOT NULL, request_digest TEXT NOT NULL, created_at BIGINT NOT NULL)";
const INSERT: &str = "INSERT INTO rows VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
/// Eight sealed fields of some 48 bytes.
const SEALED: [u8; 384] = [0xA5; 384];

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let mut connection = sqlite::open(&args.database).await?;
    sqlx::query(TABLE).execute(&mut connection).await?;
    let before: i64 = sqlx::query_scalar("SELECT count(*) FROM rows")
        .fetch_one(&mut connection)
        .await?;

    let started = Instant::now();
    let limit = Duration::from_secs_f64(args.seconds);
    let mut rows = 0_i64;
    while started.elapsed() < limit {
        let id = format!("app_{:032x}", before + rows);
        sqlx::query(INSERT)
            .bind(id)
            .bind("frm_00000000000000000000000000000001")
            .bind("micro")
            .bind("pc")
            .bind(50_000_000_i64)
            .bind(12_i64)
            .bind("submitted")
            .bind(SEALED.as_slice())
            .bind("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
            .bind(1_700_000_000_000_000_i64)
            .execute(&mut connection)
            .await?;
        rows += 1;
    }
    let seconds = started.elapsed().as_secs_f64();

    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM rows")
        .fetch_one(&mut connection)
        .await?;
    anyhow::ensure!(
        after - before == rows,
        "{rows} rows were committed and {} are there",
        after - before
    );
    let settings = sqlite::settings(&mut connection).await?;
    let line = serde_json::json!({ "rows": rows, "seconds": seconds, "settings": settings });
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}
