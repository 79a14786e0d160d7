//! Prints the first firms of a seed in the format that `--firms FILE` reads:
//! a start for a file of your own.
//!
//! ```text
//! cargo run -p population --example firms -- 42 3          # JSON lines
//! cargo run -p population --example firms -- 42 3 csv
//! ```

use std::io::Write;
use std::process::ExitCode;

use population::Population;
use serde_json::Value;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| args.get(i).and_then(|text| text.parse::<u64>().ok());
    let (Some(seed), Some(count)) = (number(0), number(1)) else {
        drop(writeln!(std::io::stderr(), "usage: firms SEED COUNT [csv]"));
        return ExitCode::FAILURE;
    };
    let firms = (0..count).map(|n| serde_json::to_value(Population::new(seed).firm(n)));
    let firms: Vec<Value> = firms.filter_map(Result::ok).collect();
    let text = if args.get(2).is_some_and(|format| format == "csv") {
        csv(&firms)
    } else {
        firms.iter().map(|firm| format!("{firm}\n")).collect()
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn csv(firms: &[Value]) -> String {
    let rows: Vec<Vec<(String, String)>> = firms.iter().map(flat).collect();
    let mut header: Vec<&String> = Vec::new();
    for (path, _) in rows.iter().flatten() {
        if !header.contains(&path) {
            header.push(path);
        }
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut written = out.write_record(&header).is_ok();
    for row in &rows {
        let cell = |path: &&String| {
            row.iter()
                .find(|(name, _)| name == *path)
                .map_or("", |(_, text)| text)
        };
        written &= out.write_record(header.iter().map(cell)).is_ok();
    }
    let bytes = out.into_inner().unwrap_or_default();
    if written {
        String::from_utf8(bytes).unwrap_or_default()
    } else {
        String::new()
    }
}

/// The firm's fields by path.
fn flat(firm: &Value) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    let fields = firm.as_object().into_iter().flatten();
    for (name, value) in fields {
        match value.as_object() {
            Some(inner) => cells.extend(inner.iter().map(|(part, v)| (format!("{name}.{part}"), text(v)))),
            None => cells.push((name.clone(), text(value))),
        }
    }
    cells
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
