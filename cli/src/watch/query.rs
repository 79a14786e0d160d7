//! `backstop watch query`

use base::exit;
use client::http::Request;
use serde_json::Value;

use super::reach::Reach;
use crate::called;

/// Evaluates an expression over what was scraped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The language is a subset of Prometheus's (docs/promql.md); the answer has the form of Prometheus's /api/v1/query.

Exit codes: 0 answered, also with nothing · 2 the expression is wrong · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop watch query 'rate(financing_http_requests_total[1m])' --token-file etc/control/tokens.json")]
pub struct Args {
    /// The expression.
    expression: String,
    /// Evaluate as of this time, in seconds since 1970; now, if it is not given.
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let request = Request::watch_query(&args.expression, args.time);
    let answer = args.reach.send(&request).await?;
    called::print(args.json, &answer, || lines(&answer).join("\n"))?;
    Ok(exit::OK)
}

fn lines(answer: &Value) -> Vec<String> {
    let data = &answer["data"];
    match data["result"].as_array() {
        Some(series) if data["resultType"] == "vector" => {
            let lines = series
                .iter()
                .map(|one| format!("{} {}", labels(&one["metric"]), text(&one["value"][1])));
            let lines: Vec<String> = lines.collect();
            if lines.is_empty() {
                vec!["nothing".to_owned()]
            } else {
                lines
            }
        }
        Some(value) if value.len() == 2 => vec![text(&value[1])],
        _ => vec![data.to_string()],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn labels(metric: &Value) -> String {
    let Some(all) = metric.as_object() else {
        return "{}".to_owned();
    };
    let name = all.get("__name__").and_then(Value::as_str).unwrap_or_default();
    let others: Vec<String> = all
        .iter()
        .filter(|(label, _)| *label != "__name__")
        .map(|(label, value)| format!("{label}={value}"))
        .collect();
    format!("{name}{{{}}}", others.join(", "))
}
