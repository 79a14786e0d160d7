//! What is scraped of the watcher itself, as lines of the text format.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use crate::Watch;

impl Watch {
    /// The lines, to follow those of other meters. Of the notifier's, what its store does not tell is left out.
    pub async fn meters(&self) -> String {
        let mut text = String::new();
        for meter in self.health().meters() {
            line(
                &mut text,
                meter.name,
                meter.help,
                meter.counter,
                "",
                meter.value as f64,
            );
        }
        let beat = self.beat();
        let seconds = |micros: i64| micros as f64 / 1e6;
        let of = |text: &mut String, name, help, counter, value| line(text, name, help, counter, "", value);
        of(
            &mut text,
            "backstop_watch_evaluated_seconds",
            "Last round of rules, in seconds since the Unix epoch.",
            false,
            seconds(beat.evaluated_at.load(Relaxed)),
        );
        of(
            &mut text,
            "backstop_watch_saved_seconds",
            "Last time that the store took what the rules know.",
            false,
            seconds(beat.saved_at.load(Relaxed)),
        );
        of(
            &mut text,
            "backstop_watch_rounds_total",
            "Rounds of rules.",
            true,
            beat.rounds.load(Relaxed) as f64,
        );
        of(
            &mut text,
            "backstop_watch_rules_failing",
            "Rules whose last evaluation failed.",
            false,
            beat.failing.load(Relaxed) as f64,
        );
        of(
            &mut text,
            "backstop_watch_refused_total",
            "Times that the store or the notifier did not take what they were given.",
            true,
            beat.refused.load(Relaxed) as f64,
        );
        if let Some(notifier) = self.notifier()
            && let Ok(meters) = notifier.meters().await
        {
            let mut named = BTreeSet::new();
            for meter in meters {
                let label = match meter.channel.as_str() {
                    "" => String::new(),
                    channel => format!("{{channel={channel:?}}}"),
                };
                if named.insert(meter.name) {
                    let kind = if meter.name.ends_with("_total") {
                        "counter"
                    } else {
                        "gauge"
                    };
                    let _infallible = writeln!(text, "# TYPE {} {kind}", meter.name);
                }
                let _infallible = writeln!(text, "{}{label} {}", meter.name, meter.value);
            }
        }
        text
    }
}

fn line(text: &mut String, name: &str, help: &str, counter: bool, label: &str, value: f64) {
    let kind = if counter { "counter" } else { "gauge" };
    // Writing to a string does not fail.
    let _infallible = writeln!(
        text,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{label} {value}"
    );
}
