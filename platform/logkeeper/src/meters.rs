//! What the evidence log shows, and when it alarms.

use std::time::Duration;

use evidence::pending::Pending;
use evidence::sequencer::Duty;
use prometheus::{Gauge, GaugeVec, Opts, Registry};

/// A leaf that has waited for longer is a matter for a person: the sequencer
/// takes a tenth of a second, and another instance one second to step in.
pub(crate) const TOO_OLD: Duration = Duration::from_secs(2);

/// The gauges. All start as `NaN`: unknown.
pub(crate) struct Meters {
    /// Leaves that no tree protects yet.
    pending: Gauge,
    /// Age of the oldest of them, in seconds; 0 when none waits.
    age: Gauge,
    /// Leaves with an index.
    size: Gauge,
    /// Leaves under the newest signed checkpoint.
    signed: Gauge,
    /// 1 while a leaf has waited too long, or the log is refused.
    alarm: Gauge,
    /// 1 for this process's duty in the log, 0 for the others.
    duty: GaugeVec,
}

impl Meters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub(crate) fn new(registry: &Registry, prefix: &str) -> Result<Self, prometheus::Error> {
        let plain = |name: &str, help: &str| -> Result<Gauge, prometheus::Error> {
            let gauge = Gauge::new(format!("{prefix}_evidence_{name}"), help)?;
            gauge.set(f64::NAN);
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let duty = Opts::new(
            format!("{prefix}_evidence_duty"),
            "1 for this process's duty in the evidence log: standby, holding or refused.",
        );
        let duty = GaugeVec::new(duty, &["duty"])?;
        registry.register(Box::new(duty.clone()))?;
        Ok(Self {
            duty,
            pending: plain(
                "pending",
                "Evidence leaves without an index: nothing protects them yet.",
            )?,
            age: plain(
                "oldest_seconds",
                "Age of the oldest evidence leaf without an index; more than 2 alarms.",
            )?,
            size: plain("size", "Evidence leaves with an index.")?,
            signed: plain(
                "signed_size",
                "Evidence leaves under the newest signed checkpoint.",
            )?,
            alarm: plain(
                "alarm",
                "1 while a leaf has waited for more than 2 s or the log contradicts its anchor; must be 0.",
            )?,
        })
    }

    pub(crate) fn duty(&self, duty: Duty) {
        for each in Duty::ALL {
            let value = if each == duty { 1.0 } else { 0.0 };
            self.duty.with_label_values(&[each.as_str()]).set(value);
        }
    }

    /// What is not known is `NaN`, never an old number taken for a new one.
    pub(crate) fn show(&self, seen: Option<Pending>, age: Option<Duration>) {
        self.pending.set(known(seen.map(|seen| seen.count)));
        self.size.set(known(seen.map(|seen| seen.size)));
        self.signed.set(known(seen.map(|seen| seen.signed)));
        self.age.set(age.map_or(f64::NAN, |age| age.as_secs_f64()));
    }

    /// What is not known is not known to be well.
    pub(crate) fn alarm(&self, alarms: bool, age: Option<Duration>) {
        let value = if alarms {
            1.0
        } else {
            age.map_or(f64::NAN, |_| 0.0)
        };
        self.alarm.set(value);
    }
}

/// Counts stay below 2^53, where a float is exact.
fn known(count: Option<i64>) -> f64 {
    count.map_or(f64::NAN, |count| count as f64)
}
