//! `financing data-map`

use std::io::Write;

use base::exit;
use serde_json::json;
use store::{data_map, labels};

/// Prints what every column holds, how it is protected and how long it is kept.
#[derive(clap::Args)]
#[command(
    after_help = "Columns of the data's database and of the key store. Classes are those of JR/T 0171-2020, levels those of JR/T 0197-2020, grades those of \
    金规〔2024〕24号. It reads no database: `check` compares the map with the data's, and whatever opens the key store with that.\n\n\
    Example:\n  financing data-map --json"
)]
pub(crate) struct Args {
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

/// Prints the map of this build.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut out = std::io::stdout();
    let mut all = Vec::new();
    let columns = [("data", data_map::COLUMNS), ("keys", data_map::KEY_STORE)]
        .into_iter()
        .flat_map(|(store, columns)| columns.iter().map(move |column| (store, column)));
    for (store, column) in columns {
        // Every table has labels, or there would be no build.
        let Some(labels) = labels::of(column) else {
            continue;
        };
        let sealed = labels.sealed_under.map(|category| category.as_str());
        if args.json {
            all.push(json!({
                "store": store,
                "table": column.table,
                "column": column.column,
                "class": column.class.as_str(),
                "level": labels.level.as_str(),
                "grade": labels.grade.as_str(),
                "business": labels.business.as_str(),
                "retention": labels.retention.as_str(),
                "sealed_under": sealed,
            }));
            continue;
        }
        writeln!(
            out,
            "{store}: {}.{}: {}, level {}, {}; {}; kept as {}{}",
            column.table,
            column.column,
            column.class.as_str(),
            labels.level.as_str(),
            labels.grade.as_str(),
            labels.business.as_str(),
            labels.retention.as_str(),
            sealed.map_or_else(String::new, |key| format!("; sealed under {key}")),
        )?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::Value::from(all))?;
    }
    Ok(exit::OK)
}
