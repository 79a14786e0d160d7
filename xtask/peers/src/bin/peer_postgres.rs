//! A throw-away PostgreSQL, as durable as in production, that ends with its parent. It serves the database
//! `bench` to the service and to pgbench alike.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use cluster::{Cluster, Options};
use peers::ready;

/// A throw-away PostgreSQL.
#[derive(Parser)]
struct Args {
    /// Written with the URL of the database.
    #[arg(long)]
    url_file: PathBuf,
    /// Written with the address, after the URL, once it listens.
    #[arg(long)]
    ready_file: PathBuf,
}

const DATABASE: &str = "bench";

/// Durable, whatever a package's defaults are; and with the log in files as JSON, so that the bench can read
/// statements out of it once it switches them on.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("logging_collector", "on"),
    ("log_destination", "jsonlog"),
    ("log_rotation_size", "0"),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let options = Options {
        settings: SETTINGS.to_vec(),
        ..Options::default()
    };
    let mut cluster = Cluster::start(options).context("failed to start a throw-away PostgreSQL")?;
    cluster.create_database(DATABASE)?;
    fs::write(&args.url_file, cluster.url(DATABASE)).context("failed to write the URL")?;
    ready::announce(&args.ready_file, &format!("127.0.0.1:{}", cluster.port()))?;
    ready::parent_left().await;
    cluster.stop();
    Ok(())
}
