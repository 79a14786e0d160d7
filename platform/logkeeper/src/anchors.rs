//! Checkpoints sent away, by receiver.

use prometheus::{GaugeVec, IntCounterVec, Opts, Registry};

/// The families. Cheap to clone.
#[derive(Clone)]
pub(crate) struct AnchorMeters {
    size: GaugeVec,
    failures: IntCounterVec,
}

impl AnchorMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub(crate) fn new(registry: &Registry, prefix: &str) -> Result<Self, prometheus::Error> {
        let size = GaugeVec::new(
            Opts::new(
                format!("{prefix}_evidence_anchored_size"),
                "Leaves under the last checkpoint that the receiver took.",
            ),
            &["receiver"],
        )?;
        let failures = IntCounterVec::new(
            Opts::new(
                format!("{prefix}_evidence_anchor_failures_total"),
                "Attempts to hand over a checkpoint that failed.",
            ),
            &["receiver"],
        )?;
        registry.register(Box::new(size.clone()))?;
        registry.register(Box::new(failures.clone()))?;
        Ok(Self { size, failures })
    }

    /// A receiver took a checkpoint of this size.
    pub(crate) fn kept(&self, receiver: &str, size: u64) {
        // Below 2^53, where a float is exact.
        self.size.with_label_values(&[receiver]).set(size as f64);
    }

    /// It did not.
    pub(crate) fn failed(&self, receiver: &str) {
        self.failures.with_label_values(&[receiver]).inc();
    }
}
