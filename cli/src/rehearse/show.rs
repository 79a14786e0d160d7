//! Tells a person how far the rehearsal is: a live line on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::progress::Line;

/// How often a plain line tells about a phase that goes on: often enough to see
/// that it lives, seldom enough for a log.
const PLAIN: Duration = Duration::from_secs(5);

/// Where the telling goes.
pub(super) struct Show {
    bar: Option<ProgressBar>,
    phase: &'static str,
    started: Instant,
    told: Instant,
}

impl Show {
    /// Standard error: a live line if it is a terminal.
    pub(super) fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4}  {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let now = Instant::now();
        Self {
            bar,
            phase: "",
            started: now,
            told: now,
        }
    }

    /// A phase begins.
    pub(super) fn phase(&mut self, name: &'static str) {
        self.phase = name;
        self.told = Instant::now();
        match &self.bar {
            Some(bar) => bar.set_message(name),
            None => self.plain(name),
        }
    }

    /// The load's newest counts.
    pub(super) fn counts(&mut self, line: &Line) {
        let p99 = line.p99_us.map_or_else(
            || "no answers".to_owned(),
            |us| format!("p99 {} ms", us.div_ceil(1000)),
        );
        let Line {
            acked,
            refused,
            existing_ok,
            ..
        } = line;
        let text = format!(
            "{}: {acked} acknowledged, {refused} refused, {existing_ok} on existing loans, {p99}",
            self.phase
        );
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None if self.told.elapsed() >= PLAIN => {
                self.told = Instant::now();
                self.plain(&text);
            }
            None => {}
        }
    }

    /// Something happened that stays on the screen.
    pub(super) fn happened(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("        {text}")),
            None => self.plain(text),
        }
    }

    fn plain(&self, text: &str) {
        let seconds = self.started.elapsed().as_secs();
        // Who closed standard error doesn't want to be told.
        drop(writeln!(std::io::stderr(), "{seconds:>4} s  {text}"));
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
