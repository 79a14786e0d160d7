//! What is too much for one scrape.

use serde::Deserialize;

/// Bounds of what one scrape may bring. Whoever passes one fails as a whole, as with Prometheus' own limits:
/// a part of the truth would look like the whole of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Bytes of a body. 10 MB is some 80,000 samples, sixteen times what the whole store is measured with.
    pub body: usize,
    /// Samples. 10,000 is twice the store's usual size; a target with more has lost count of its labels.
    pub samples: usize,
    /// Labels of one sample; Prometheus' own exporters stay below 20.
    pub labels: usize,
    /// Bytes of a name, of a metric or a label.
    pub name: usize,
    /// Bytes of a label's value. Above this it is a text, which belongs into a log.
    pub value: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body: 10_000_000,
            samples: 10_000,
            labels: 64,
            name: 256,
            value: 4_096,
        }
    }
}
