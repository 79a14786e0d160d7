//! `financing check`

use std::io::Write;

use base::exit;
use db::Db;
use serde::Serialize;

use super::database::{self, DatabaseArgs};
use crate::cli::because;

/// Checks schema, data map, durability settings and gate triggers.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing found · 1 something found · 5 database unreachable\n\n\
    Example:\n  financing check --database sqlite:financing.db --json"
)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What each check found, as sentences; empty is good.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    schema: Vec<String>,
    data_map: Vec<String>,
    durability: Vec<String>,
    gate: Vec<String>,
}

/// Asks the live database, never the service.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = database::open(&args.database).await?;
    let report = check(&db).await?;
    db.close().await;
    let mut out = std::io::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        print(&mut out, &report)?;
    }
    Ok(if report.ok { exit::OK } else { exit::FAILED })
}

async fn check(db: &Db) -> anyhow::Result<Report> {
    let unreachable = |error| because(exit::UNREACHABLE, "the database cannot be checked", &error);
    let pending = store::schema::pending(db).await.map_err(unreachable)?;
    let schema: Vec<String> = pending
        .iter()
        .map(|id| format!("migration {id} is not applied"))
        .collect();
    // Without its tables a schema has no map and no triggers to check.
    let (data_map, gate) = if schema.is_empty() {
        let missing = gate::triggers::missing(db)
            .await
            .map_err(|error| because(exit::UNREACHABLE, "the gate's triggers cannot be checked", &error))?;
        let gate = missing
            .iter()
            .map(|name| format!("trigger {name} is missing, disabled or changed"))
            .collect();
        (
            store::schema::check_data_map(db).await.map_err(unreachable)?,
            gate,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let durability: Vec<String> = db::durability(db)
        .await
        .map_err(unreachable)?
        .iter()
        .map(|finding| {
            format!(
                "{} is {}, wanted {}",
                finding.setting, finding.value, finding.wanted
            )
        })
        .collect();
    Ok(Report {
        ok: [&schema, &data_map, &durability, &gate]
            .iter()
            .all(|list| list.is_empty()),
        schema,
        data_map,
        durability,
        gate,
    })
}

fn print(out: &mut impl Write, report: &Report) -> std::io::Result<()> {
    let checks = [
        ("schema", &report.schema),
        ("data map", &report.data_map),
        ("durability", &report.durability),
        ("gate", &report.gate),
    ];
    for (name, findings) in checks {
        if findings.is_empty() {
            writeln!(out, "{name}: ok")?;
        }
        for finding in findings {
            writeln!(out, "{name}: {finding}")?;
        }
    }
    Ok(())
}
