//! Structured logs on standard error, through a redaction layer.
//!
//! No event may carry customer data; the layer is the net below that rule: it
//! masks runs of characters that look like a resident identity number, a
//! credit code, a mobile or an account number, whatever field they are in.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use crate::config::Env;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line, for machines.
    Json,
    /// For a person at a terminal.
    Text,
}

/// Installs the subscriber for this process; a second call does nothing. `BACKSTOP_LOG` sets the level, and that
/// of parts after it, as in `info,hyper=warn`; `info` by default, and where it cannot be read.
pub fn init(format: LogFormat, env: &dyn Env) {
    let asked = env.get("BACKSTOP_LOG").and_then(|asked| asked.parse().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = fmt::layer().with_writer(|| Redacting(io::stderr()));
    let installed = match format {
        LogFormat::Json => registry()
            .with(filter)
            .with(lines.json().flatten_event(true).with_current_span(false))
            .try_init(),
        LogFormat::Text => registry().with(filter).with(lines.with_ansi(false)).try_init(),
    };
    drop(installed);
}

/// Masks what looks like an identifier before it is written.
struct Redacting<W>(W);

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0
            .write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text with every identifier-like run replaced by asterisks.
///
/// A run is 11 or more digits (mobile 11, account 16–19, identity number 17
/// and a check character) or exactly 18 capitals and digits with at least eight digits (a
/// credit code). Our own ids hold lower-case letters and underscores, so they stay readable;
/// a microsecond timestamp of 16 digits is masked too, which costs nothing.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            run.push(c);
        } else {
            finish(&mut out, &mut run);
            out.push(c);
        }
    }
    finish(&mut out, &mut run);
    out
}

fn finish(out: &mut String, run: &mut String) {
    if is_identifier(run) {
        out.push_str("***");
    } else {
        out.push_str(run);
    }
    run.clear();
}

fn is_identifier(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let capitals = run.bytes().filter(u8::is_ascii_uppercase).count();
    let all = run.len();
    (digits >= 11 && digits == all)
        || (all == 18 && digits == 17 && run.ends_with(['X', 'x']))
        || (all == 18 && digits + capitals == 18 && digits >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_masked_and_our_own_ids_are_not() {
        assert_eq!(redact("id 11010519491231002X now"), "id *** now");
        assert_eq!(redact(r#"{"phone":"13800000000"}"#), r#"{"phone":"***"}"#);
        assert_eq!(redact("code=91350100M000100Y43,"), "code=***,");
        assert_eq!(redact("account 6222020200112233445"), "account ***");
        let own = "app_0190f5a2b3c47d8e9fa0b1c2d3e4f506 took 12345 us";
        assert_eq!(redact(own), own);
    }
}
