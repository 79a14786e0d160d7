//! Samples in time.

use crate::Labels;

/// A value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// Its value.
    pub value: f64,
}

/// Samples of the same labels, by time, each time once.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Whose.
    pub labels: Labels,
    /// By time.
    pub samples: Vec<Sample>,
}

/// The NaN by which Prometheus notes that a series has ended (`value.StaleNaN`): its bits, not its value, tell.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether it is [`STALE`], which no comparison of floats can tell from another NaN.
#[must_use]
pub const fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}
