//! The counters, with a bounded number of label sets.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use prometheus::{IntCounterVec, Opts, Registry};

use super::foreign::OTHER;
use super::{Seen, Severity, Source};

/// Kinds of each source that are counted apart, so that nobody fills the memory with words; further ones are `other`.
const KINDS: usize = 64;

/// The counters, with a bounded number of label sets.
pub struct SecurityMeters {
    events: IntCounterVec,
    /// Without the kind, and there from the first: of what begins with its first event nobody knows an increase.
    severities: IntCounterVec,
    known: Mutex<BTreeSet<(Source, String)>>,
}

impl SecurityMeters {
    /// Registers them.
    ///
    /// # Errors
    /// When another meter has the name of one, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let about = "Events that a web application firewall or an intrusion detection told of.";
        let events = IntCounterVec::new(
            Opts::new("backstop_security_events_total", about),
            &["source", "kind", "severity"],
        )?;
        registry.register(Box::new(events.clone()))?;
        let about = "The same events by severity alone, from zero on.";
        let severities = IntCounterVec::new(
            Opts::new("backstop_security_severities_total", about),
            &["source", "severity"],
        )?;
        for source in [Source::Waf, Source::Ids] {
            for severity in [
                Severity::Low,
                Severity::Medium,
                Severity::High,
                Severity::Critical,
            ] {
                severities
                    .with_label_values(&[source.as_str(), severity.as_str()])
                    .inc_by(0);
            }
        }
        registry.register(Box::new(severities.clone()))?;
        Ok(Self {
            events,
            severities,
            known: Mutex::new(BTreeSet::new()),
        })
    }

    /// Counts; answers how many there were.
    pub fn count(&self, seen: &[Seen]) -> u64 {
        let mut all = 0;
        for one in seen {
            let kind = self.apart(one.source, &one.kind);
            let (source, severity) = (one.source.as_str(), one.severity.as_str());
            self.events
                .with_label_values(&[source, kind, severity])
                .inc_by(one.count.into());
            self.severities
                .with_label_values(&[source, severity])
                .inc_by(one.count.into());
            all += u64::from(one.count);
        }
        all
    }

    /// The kind under which it is counted.
    fn apart<'a>(&self, source: Source, kind: &'a str) -> &'a str {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (source, kind.to_owned());
        if known.contains(&key) {
            return kind;
        }
        if known.iter().filter(|(of, _)| *of == source).count() >= KINDS {
            return OTHER;
        }
        known.insert(key);
        kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_go_on_and_on_are_counted_as_one() {
        let meters = SecurityMeters::new(&Registry::new()).unwrap();
        for source in [Source::Waf, Source::Ids] {
            for i in 0..500 {
                let one = Seen {
                    source,
                    kind: format!("kind-{i}"),
                    severity: Severity::Low,
                    count: 2,
                };
                assert_eq!(meters.count(&[one.clone(), one]), 4);
            }
        }
        let all = prometheus::core::Collector::collect(&meters.events);
        assert_eq!(all[0].get_metric().len(), 2 * (KINDS + 1));
        let sum: f64 = all[0]
            .get_metric()
            .iter()
            .map(|one| one.get_counter().get_value())
            .sum();
        assert!((sum - 4_000.0).abs() < 0.5, "{sum}");
    }
}
