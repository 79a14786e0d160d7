//! `backstop watch query`

use base::clock::Clock;
use base::exit;
use client::http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::reach::Reach;
use super::span;
use crate::called;
use crate::ended::stop;

/// Evaluates an expression over what was scraped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The language is a subset of Prometheus's (docs/promql.md); the answer has the form of Prometheus's /api/v1/query, and
with --from that of /api/v1/query_range: at most 11,000 times.

Exit codes: 0 answered, also with nothing · 2 the expression is wrong · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop watch query 'rate(financing_http_requests_total[1m])' --token-file etc/control/tokens.json
  backstop watch query 'up' --from 1h --step 1m --token-file etc/control/tokens.json")]
pub struct Args {
    /// The expression.
    expression: String,
    /// Evaluate as of this time, in seconds since 1970; now, if it is not given.
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    /// Evaluate at many times from this one on: a span ago as in 1h, seconds since 1970, or RFC 3339.
    #[arg(long, value_name = "TIME", conflicts_with = "time")]
    from: Option<String>,
    /// The last of them; now, if it is not given.
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// How far apart they are, as in 15s; a sixtieth of the whole, if it is not given.
    #[arg(long, value_name = "SPAN", value_parser = span::seconds, requires = "from")]
    step: Option<u32>,
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
    let request = match &args.from {
        None => Request::watch_query(&args.expression, args.time),
        Some(from) => {
            let now = Clock::system().now_micros();
            let (from, to) = (
                when(from, now)?,
                args.to.as_ref().map_or(Ok(now), |to| when(to, now))?,
            );
            let step = args.step.map_or_else(|| usual(from, to), i64::from);
            let (from, to) = (seconds(from), seconds(to));
            Request::watch_query_range(&args.expression, &from, &to, &step.to_string())
        }
    };
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
        Some(series) if data["resultType"] == "matrix" => {
            let lines: Vec<String> = series.iter().flat_map(curve).collect();
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

/// Microseconds since 1970 of a time as it is written.
fn when(text: &str, now: i64) -> anyhow::Result<i64> {
    if let Ok(ago) = span::seconds(text) {
        return Ok(now.saturating_sub(i64::from(ago).saturating_mul(1_000_000)));
    }
    let mend = || {
        let mend = "a time is a span ago as in 1h, seconds since 1970, or as in 2026-01-31T08:00:00Z";
        stop(exit::USAGE, mend)
    };
    match text.parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(1_000_000).ok_or_else(mend),
        Err(_) => {
            let at: Timestamp = text.parse().map_err(|_| mend())?;
            Ok(at.as_microsecond())
        }
    }
}

/// As many values as fit on a screen; a second apart at least.
fn usual(from: i64, to: i64) -> i64 {
    (to.saturating_sub(from) / 60_000_000).max(1)
}

fn seconds(micros: i64) -> String {
    let (whole, part) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) / 1_000);
    format!("{whole}.{part:03}")
}

fn curve(series: &Value) -> Vec<String> {
    let head = labels(&series["metric"]);
    let values = series["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let value = |one: &Value| {
        // Whole milliseconds of a date.
        let at = Timestamp::from_second(0).ok().and_then(|zero| {
            let since = SignedDuration::try_from_secs_f64(one[0].as_f64()?).ok()?;
            zero.checked_add(since).ok()
        });
        let at = at.map_or_else(|| one[0].to_string(), |at| at.to_string());
        format!("  {at} {}", text(&one[1]))
    };
    std::iter::once(head).chain(values.iter().map(value)).collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_read_however_it_is_written() {
        let now = 1_000_000_000_000_000;
        assert_eq!(when("1h", now).unwrap(), now - 3_600_000_000);
        assert_eq!(when("5", now).unwrap(), 5_000_000);
        assert_eq!(when("1970-01-01T00:00:01.5Z", now).unwrap(), 1_500_000);
        assert!(when("yesterday", now).is_err());
        assert_eq!(
            (seconds(1_500_000), usual(0, 3_600_000_000)),
            ("1.500".to_owned(), 60)
        );
    }

    #[test]
    fn a_matrix_is_shown_series_by_series() {
        let answer = json!({ "data": { "resultType": "matrix", "result": [
            { "metric": { "__name__": "up", "job": "a" }, "values": [[0, "1"], [1.5, "0"]] }
        ] } });
        assert_eq!(
            lines(&answer),
            [
                "up{job=\"a\"}",
                "  1970-01-01T00:00:00Z 1",
                "  1970-01-01T00:00:01.5Z 0"
            ]
        );
    }
}
