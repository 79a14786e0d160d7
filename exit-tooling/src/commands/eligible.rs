//! `backstop exit eligible`

use base::exit;
use db::{DbError, Row};
use serde_json::json;

use super::output;
use super::place::Database;
use crate::customer;
use crate::tables::AT_ONCE;
use base::ended::because;

/// Firms that are looked at in one page.
const PAGE: i64 = AT_ONCE as i64;

/// Lists customers who could leave: nothing of theirs is open.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads only, while the service runs. Holds and rules are the plan's matter.

Exit codes: 0 there is one · 2 wrong usage · 4 there is none · 5 the database can't be reached

Example:
  backstop exit eligible --database sqlite:financing.db --most 10")]
pub(super) struct Args {
    #[command(flatten)]
    database: Database,
    /// How many, at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    most: u32,
    /// Only customers who had a loan.
    #[arg(long)]
    with_loan: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = args.database.open().await?;
    let most = usize::try_from(args.most)?;
    let sql = if args.with_loan {
        "SELECT DISTINCT firm_id FROM loans WHERE state = 'settled' AND firm_id > $1 ORDER BY firm_id LIMIT $2"
    } else {
        "SELECT id FROM firms WHERE id > $1 ORDER BY id LIMIT $2"
    };
    let (mut after, mut found) = (String::new(), Vec::new());
    'pages: loop {
        let from = after.clone();
        let page: Result<Vec<Row>, DbError> = db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[(&from).into(), PAGE.into()]).await }))
            .await;
        let page = page.map_err(|error| because(exit::UNREACHABLE, &error))?;
        let ids = page.iter().map(|row| row.text(0).map(str::to_owned));
        let ids = ids.collect::<Result<Vec<String>, DbError>>()?;
        let Some(last) = ids.last() else { break };
        after.clone_from(last);
        let looked: Result<_, DbError> = db
            .read(move |tx| Box::pin(async move { customer::look(tx, &ids).await }))
            .await;
        let looked = looked.map_err(|error| because(exit::UNREACHABLE, &error))?;
        for (firm, customer) in looked {
            let fits =
                customer.reasons.is_empty() && (!args.with_loan || customer.rows.contains_key("loans"));
            if fits {
                found.push(firm);
            }
            if found.len() == most {
                break 'pages;
            }
        }
        if i64::try_from(page.len())? < PAGE {
            break;
        }
    }
    db.close().await;
    if args.json {
        output::json(&json!({ "firms": found }))?;
    } else {
        for firm in &found {
            output::line(firm)?;
        }
    }
    Ok(if found.is_empty() {
        exit::NOT_TOUCHED
    } else {
        exit::OK
    })
}
