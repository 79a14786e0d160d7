//! How much a store holds, and for how long.

use std::time::Duration;

/// Bounds of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Series. 20,000 is four times what the store is measured with; more are refused and counted.
    pub series: usize,
    /// How long every sample is kept. Two hours hold each short window of the usual burn rates (5 m to 1 h)
    /// and the quarter of an hour that an incident's first look goes back.
    pub raw: Duration,
    /// What is kept for longer, if anything.
    pub coarse: Option<Coarse>,
    /// Bytes of samples and labels in memory, above which the oldest samples go before their time. 32 MB hold
    /// 5,000 series with both of their tiers, as `examples/measure.rs` measures it.
    pub bytes: usize,
}

/// The second tier: of each bucket of time, the last sample as it was. They are real samples at their real
/// times, so that a counter's increase over days is exact but for a reset within a bucket; what a gauge did
/// between them is gone, and who needs its extremes over days records them with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coarse {
    /// The length of a bucket. Below the five minutes for which `PromQL` believes a sample, so that an
    /// instant in the past still has a value.
    pub resolution: Duration,
    /// How long they are kept. Three days and an hour hold the longest window of the usual burn rates.
    pub keep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            series: 20_000,
            raw: Duration::from_secs(2 * 3_600),
            coarse: Some(Coarse {
                resolution: Duration::from_secs(240),
                keep: Duration::from_secs(73 * 3_600),
            }),
            bytes: 32 << 20,
        }
    }
}

/// Milliseconds of a duration; more than fits is as long as time.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
