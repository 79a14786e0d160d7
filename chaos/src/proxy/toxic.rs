//! Toxics as the API shows them: all data, no behaviour.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which way the harmed bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// From the client to the server.
    Upstream,
    /// From the server to the client.
    Downstream,
}

impl Stream {
    /// Whatever its case, as Toxiproxy has it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Upstream, Self::Downstream]
            .into_iter()
            .find(|stream| stream.name().eq_ignore_ascii_case(text))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Downstream => "downstream",
        }
    }
}

/// What is done, with its attributes. Negative numbers count as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Delays by `latency` ms, give or take `jitter` ms.
    Latency {
        /// Milliseconds.
        latency: i64,
        /// Milliseconds.
        jitter: i64,
    },
    /// Lets through `rate` KB (1,000 bytes) a second; 0 is no limit.
    Bandwidth {
        /// KB a second.
        rate: i64,
    },
    /// Delays a close by `delay` ms.
    SlowClose {
        /// Milliseconds.
        delay: i64,
    },
    /// Lets nothing through, and closes after `timeout` ms; 0 never closes.
    Timeout {
        /// Milliseconds.
        timeout: i64,
    },
    /// Resets the connection `timeout` ms after the first bytes.
    ResetPeer {
        /// Milliseconds.
        timeout: i64,
    },
    /// Cuts into pieces of about `average_size` bytes, `delay` µs apart.
    Slicer {
        /// Bytes.
        average_size: i64,
        /// Bytes more or less.
        size_variation: i64,
        /// Microseconds.
        delay: i64,
    },
    /// Closes after `bytes` bytes.
    LimitData {
        /// Bytes.
        bytes: i64,
    },
}

/// The kinds by name, with their attributes.
pub(crate) const KINDS: &[(&str, &[&str])] = &[
    ("latency", &["latency", "jitter"]),
    ("bandwidth", &["rate"]),
    ("slow_close", &["delay"]),
    ("timeout", &["timeout"]),
    ("reset_peer", &["timeout"]),
    ("slicer", &["average_size", "size_variation", "delay"]),
    ("limit_data", &["bytes"]),
];

/// One toxic of a proxy.
#[derive(Debug, Clone, PartialEq)]
pub struct Toxic {
    /// Unique over both streams of its proxy.
    pub name: String,
    /// Which way.
    pub stream: Stream,
    /// The share of links that it harms, 0 to 1.
    pub toxicity: f32,
    /// What it does.
    pub kind: Kind,
    /// After so many milliseconds it removes itself; 0 is never. Ours: Toxiproxy has no such attribute.
    pub expires_in_ms: i64,
}

/// The attribute that ends a toxic by itself.
pub(crate) const EXPIRES: &str = "expires_in_ms";

impl Kind {
    /// Its name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.parts().0
    }

    fn parts(&self) -> (&'static str, Vec<i64>) {
        match *self {
            Self::Latency { latency, jitter } => ("latency", vec![latency, jitter]),
            Self::Bandwidth { rate } => ("bandwidth", vec![rate]),
            Self::SlowClose { delay } => ("slow_close", vec![delay]),
            Self::Timeout { timeout } => ("timeout", vec![timeout]),
            Self::ResetPeer { timeout } => ("reset_peer", vec![timeout]),
            Self::Slicer {
                average_size,
                size_variation,
                delay,
            } => ("slicer", vec![average_size, size_variation, delay]),
            Self::LimitData { bytes } => ("limit_data", vec![bytes]),
        }
    }

    /// Its attributes by name.
    pub(crate) fn attributes(&self) -> Map<String, Value> {
        let (name, values) = self.parts();
        let names = KINDS
            .iter()
            .find(|(kind, _)| *kind == name)
            .map_or(&[][..], |(_, names)| names);
        names
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), Value::from(value)))
            .collect()
    }

    /// A kind from its name and a function that knows the attributes; none if there is no such kind.
    pub(crate) fn of(name: &str, value: impl Fn(&str) -> i64) -> Option<Self> {
        Some(match name {
            "latency" => Self::Latency {
                latency: value("latency"),
                jitter: value("jitter"),
            },
            "bandwidth" => Self::Bandwidth { rate: value("rate") },
            "slow_close" => Self::SlowClose {
                delay: value("delay"),
            },
            "timeout" => Self::Timeout {
                timeout: value("timeout"),
            },
            "reset_peer" => Self::ResetPeer {
                timeout: value("timeout"),
            },
            "slicer" => Self::Slicer {
                average_size: value("average_size"),
                size_variation: value("size_variation"),
                delay: value("delay"),
            },
            "limit_data" => Self::LimitData {
                bytes: value("bytes"),
            },
            _ => return None,
        })
    }
}

impl Toxic {
    /// As the API shows it.
    #[must_use]
    pub fn shown(&self) -> Value {
        let mut attributes = self.kind.attributes();
        if self.expires_in_ms > 0 {
            attributes.insert(EXPIRES.to_owned(), Value::from(self.expires_in_ms));
        }
        serde_json::json!({
            "name": self.name,
            "type": self.kind.name(),
            "stream": self.stream,
            "toxicity": self.toxicity,
            "attributes": attributes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_made_from_what_it_shows() {
        for (name, attributes) in KINDS {
            let value = |attribute: &str| i64::try_from(attribute.len()).unwrap();
            let kind = Kind::of(name, value).unwrap();
            assert_eq!(kind.name(), *name);
            let shown = kind.attributes();
            let mut names: Vec<&str> = shown.keys().map(String::as_str).collect();
            let mut expected = attributes.to_vec();
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected);
            assert!(
                shown
                    .iter()
                    .all(|(name, shown)| shown.as_i64() == Some(value(name)))
            );
        }
        assert_eq!(Kind::of("noop", |_| 0), None);
    }
}
