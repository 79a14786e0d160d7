//! An alert as somebody hands it in, and as it is kept: checked, bounded, without customer data.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::NotifyError;
use crate::guard;
use crate::matcher::{self, Labels};

/// Most labels of an alert: Prometheus itself is usually run with a limit of 30 to 60.
const LABELS: usize = 64;
/// Longest name: so that a group's key fits where receivers index it.
const NAME: usize = 128;
/// Longest value of a label; what is longer is cut, since an ugly alert is better than a lost one.
const VALUE: usize = 1024;
/// Most annotations; the rest is left out.
const ANNOTATIONS: usize = 32;
/// Longest annotation, for the same reason cut: some screens of text.
const ANNOTATION: usize = 4096;

/// An alert that starts, still fires, or has ended: Alertmanager's postable alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is; its identity.
    pub labels: BTreeMap<String, String>,
    /// What people should read.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires, in microseconds since 1970.
    pub starts_at: i64,
    /// When it ended or, in the future, until when it fires if nobody says more; `None` until further notice.
    pub ends_at: Option<i64>,
    /// Where to look at what fired, as an address; may be empty.
    pub generator: String,
}

/// An alert as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Alertmanager's hash of the labels, 16 hexadecimal digits.
    pub fingerprint: String,
    /// What it is.
    pub labels: BTreeMap<String, String>,
    /// What people should read.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires, in microseconds since 1970.
    pub starts_at: i64,
    /// When it ended or will end by itself.
    pub ends_at: Option<i64>,
    /// Where to look at what fired.
    pub generator: String,
}

impl Notice {
    /// The alert as it may be stored, and whether something was taken out of it.
    ///
    /// # Errors
    /// [`NotifyError::Invalid`] for what cannot be an alert: no label, too many, or a name that is none.
    pub(crate) fn checked(&self) -> Result<(Alert, bool), NotifyError> {
        let labels = self.labels.iter().filter(|(_, value)| !value.is_empty());
        if labels.clone().count() > LABELS {
            return Err(NotifyError::invalid(
                "labels",
                format!("leave at most {LABELS} labels"),
            ));
        }
        let mut masked = false;
        let mut keep = |name: &str, text: &str, longest: usize| {
            // Cut afterwards: half a number would be none that the guard knows.
            let cleaned = guard::value(name, text);
            masked |= matches!(&cleaned, Cow::Owned(_)) || cleaned.as_ref() == "***";
            guard::cut(&cleaned, longest).to_owned()
        };
        let mut kept = Labels::new();
        for (name, value) in labels {
            if name.len() > NAME || !matcher::is_name(name) {
                return Err(NotifyError::invalid(
                    "labels",
                    format!("a name is letters, digits and _, at most {NAME} of them"),
                ));
            }
            kept.insert(name.clone(), keep(name, value, VALUE));
        }
        if kept.is_empty() {
            return Err(NotifyError::invalid(
                "labels",
                "give at least one label that is not empty",
            ));
        }
        let annotations = self.annotations.iter().take(ANNOTATIONS);
        let annotations = annotations
            .map(|(name, text)| (guard::cut(name, NAME).to_owned(), keep(name, text, ANNOTATION)))
            .collect();
        let alert = Alert {
            fingerprint: fingerprint(&kept),
            labels: kept,
            annotations,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            generator: keep("", &self.generator, VALUE),
        };
        Ok((alert, masked))
    }
}

impl Alert {
    /// Whether it fires at a time.
    #[must_use]
    pub fn fires(&self, now: i64) -> bool {
        self.ends_at.is_none_or(|ends_at| ends_at > now)
    }

    /// What is told apart: the same labels, firing once more, are told once more.
    pub(crate) fn mark(&self) -> String {
        format!("{}@{}", self.fingerprint, self.starts_at)
    }

    /// A word for it: its name, if it has one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.labels.get("alertname").map_or("alert", String::as_str)
    }
}

/// Alertmanager's fingerprint: FNV-1a of 64 bits over the sorted names and values, each closed by a byte of ones.
#[must_use]
pub fn fingerprint(labels: &BTreeMap<String, String>) -> String {
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    for text in labels.iter().flat_map(|(name, value)| [name, value]) {
        for byte in text.bytes().chain([0xff]) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{sum:016x}")
}

/// Alertmanager's order in a group: by job, then by instance, then by all labels.
pub(crate) fn order(a: &Alert, b: &Alert) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    for name in ["job", "instance"] {
        let by = match (a.labels.get(name), b.labels.get(name)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        };
        if by != Ordering::Equal {
            return by;
        }
    }
    let (a, b) = (&a.labels, &b.labels);
    a.len().cmp(&b.len()).then_with(|| {
        let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        names
            .into_iter()
            .map(|name| match (a.get(name), b.get(name)) {
                (None, _) => Ordering::Less,
                (_, None) => Ordering::Greater,
                (Some(a), Some(b)) => a.cmp(b),
            })
            .find(|by| *by != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn notice(labels: &[(&str, &str)], starts_at: i64) -> Notice {
        Notice {
            labels: labels
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            annotations: BTreeMap::new(),
            starts_at,
            ends_at: None,
            generator: String::new(),
        }
    }

    #[test]
    fn an_alert_is_known_by_its_labels_alone() {
        let a = notice(&[("alertname", "Down"), ("empty", "")], 1)
            .checked()
            .unwrap()
            .0;
        let b = notice(&[("alertname", "Down")], 2).checked().unwrap().0;
        assert_eq!(a.fingerprint, b.fingerprint);
        assert_ne!(a.mark(), b.mark());
        let c = notice(&[("alertname", "Up")], 1).checked().unwrap().0;
        assert_ne!(a.fingerprint, c.fingerprint);
    }

    #[test]
    fn customer_data_is_not_kept() {
        let mut asked = notice(&[("alertname", "Down"), ("user", "13800000000")], 1);
        asked
            .annotations
            .insert("summary".to_owned(), "card 6222 0202 0011 2233".to_owned());
        let (alert, masked) = asked.checked().unwrap();
        assert!(masked);
        assert_eq!(alert.labels["user"], "***");
        assert_eq!(alert.annotations["summary"], "card ***");
        assert!(!notice(&[("alertname", "Down")], 1).checked().unwrap().1);
    }

    #[test]
    fn a_cut_leaves_no_half_of_a_number() {
        let long = format!("{} 13800000000", "x".repeat(VALUE - 11));
        let (alert, masked) = notice(&[("alertname", &long)], 1).checked().unwrap();
        assert!(masked && !alert.labels["alertname"].contains("138"), "{alert:?}");
    }

    #[test]
    fn what_cannot_be_an_alert_is_refused_and_what_is_long_is_cut() {
        assert!(notice(&[], 1).checked().is_err());
        assert!(notice(&[("a", "")], 1).checked().is_err());
        assert!(notice(&[("bad-name", "x")], 1).checked().is_err());
        let many: Vec<String> = (0..65).map(|i| format!("l{i}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
        assert!(notice(&many, 1).checked().is_err());
        let long = "长".repeat(1000);
        let (alert, _) = notice(&[("alertname", &long)], 1).checked().unwrap();
        assert!(alert.labels["alertname"].len() <= VALUE);
    }
}
