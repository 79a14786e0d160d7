//! The parameters as JSON with a ratio, a matrix row or a missing set on each
//! line, so that a difference between two fits can be read.

use std::fmt::Write;

use population::fitted::Fitted;
use serde::Serialize;

/// The text of `data/ratios.json`.
pub(crate) fn json(fitted: &Fitted) -> String {
    let mut out = String::from("{\n");
    field(&mut out, "source", &fitted.source);
    field(&mut out, "method", &fitted.method);
    field(&mut out, "levels", &fitted.levels);
    lines(&mut out, "ratios", &fitted.ratios);
    lines(&mut out, "missing", &fitted.missing);
    lines(&mut out, "correlations", &fitted.correlations);
    let last = serde_json::to_string(&fitted.max_repair).unwrap_or_default();
    let _ = write!(out, "\"max_repair\": {last}\n}}\n");
    out
}

fn field(out: &mut String, name: &str, value: &impl Serialize) {
    let text = serde_json::to_string(value).unwrap_or_default();
    let _ = writeln!(out, "\"{name}\": {text},");
}

fn lines<T: Serialize>(out: &mut String, name: &str, rows: &[T]) {
    let text: Vec<String> = rows
        .iter()
        .map(|row| serde_json::to_string(row).unwrap_or_default())
        .collect();
    let _ = writeln!(out, "\"{name}\": [\n{}\n],", text.join(",\n"));
}
