//! `financing analytics …`: what analytics may see, and nothing else.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use base::config::ProcessEnv;
use base::exit;
use clap::Subcommand;
use db::{Db, DbError};
use serde_json::{Value, json};
use store::analytics;

use super::clock;
use super::database::{self, DatabaseArgs};
use super::meant::{Meant, Ordered};
use crate::cli::{because, stop};

/// The verbs.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lets a role of the PostgreSQL server read the generalised view, and nothing else.
    #[command(
        after_help = "The role must exist; make it with CREATE ROLE … LOGIN. Without --yes nothing changes.\n\n\
        Example:\n  financing analytics grant --role analyst --database postgres://… --actor ops-1 --yes"
    )]
    Grant(GrantArgs),
    /// Writes the generalised view to a new file, for SQLite, which has no roles.
    #[command(after_help = "Comma-separated values. Without --yes nothing is written.\n\n\
        Example:\n  financing analytics export --to intake.csv --database sqlite:financing.db --actor ops-1 --yes")]
    Export(ExportArgs),
}

/// By whom, on what, and whether it is meant.
#[derive(clap::Args)]
pub(crate) struct Order {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    meant: Meant,
}

/// Arguments of `grant`.
#[derive(clap::Args)]
pub(crate) struct GrantArgs {
    /// The role.
    #[arg(long, value_name = "NAME")]
    role: String,
    #[command(flatten)]
    order: Order,
}

/// Arguments of `export`.
#[derive(clap::Args)]
pub(crate) struct ExportArgs {
    /// File to make; never overwritten.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    order: Order,
}

/// Runs a verb.
pub(crate) async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Grant(args) => grant(args).await,
        Command::Export(args) => export(args).await,
    }
}

async fn grant(args: GrantArgs) -> anyhow::Result<u8> {
    let db = database::open(&args.order.database).await?;
    let body = json!({ "view": analytics::VIEW });
    if stands(&db, &args.order, "analytics.grant", &args.role, body).await? {
        analytics::grant(&db, &args.role)
            .await
            .map_err(|error| match error {
                DbError::Other(why) => stop(exit::REFUSED, why),
                error => because(exit::UNREACHABLE, "the view cannot be granted", &error),
            })?;
    }
    db.close().await;
    Ok(exit::OK)
}

async fn export(args: ExportArgs) -> anyhow::Result<u8> {
    let db = database::open(&args.order.database).await?;
    let text = analytics::export(&db)
        .await
        .map_err(|error| because(exit::UNREACHABLE, "the view cannot be read", &error))?;
    let cells = text.lines().count().saturating_sub(1);
    let body = json!({ "cells": cells });
    if args.to.exists() {
        return Err(stop(
            exit::REFUSED,
            "the file is there already, and is never overwritten",
        ));
    }
    if stands(&db, &args.order, "analytics.export", analytics::VIEW, body).await? {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&args.to)
            .with_context(|| format!("failed to make {}", args.to.display()))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    db.close().await;
    Ok(exit::OK)
}

/// Records the order if it is meant, before it is carried out.
async fn stands(
    db: &Db,
    order: &Order,
    act: &'static str,
    subject: &str,
    body: Value,
) -> anyhow::Result<bool> {
    let preview = body.clone();
    let at = clock::of(&ProcessEnv).now_micros();
    let ordered = Ordered {
        act,
        subject,
        body,
        at,
    };
    order.meant.stands(db, ordered, &preview).await
}
