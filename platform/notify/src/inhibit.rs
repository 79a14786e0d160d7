//! What hides what: while its root fires, a dependent alert is listed under it instead of being told by itself.

use std::collections::HashMap;

use crate::matcher::{self, Labels, Matcher};
use crate::notice::Alert;

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Inhibit {
    source: Vec<Matcher>,
    target: Vec<Matcher>,
    equal: Vec<String>,
}

impl Inhibit {
    pub(crate) fn new(source: Vec<Matcher>, target: Vec<Matcher>, equal: Vec<String>) -> Self {
        Self {
            source,
            target,
            equal,
        }
    }

    /// The labels that must be alike, as one key.
    fn alike(&self, labels: &Labels) -> Vec<String> {
        let value = |name: &String| labels.get(name).cloned().unwrap_or_default();
        self.equal.iter().map(value).collect()
    }
}

/// Which roots fire, by rule and by the labels that must be alike: one look-up for each alert and rule.
pub(crate) struct Roots<'c> {
    rules: Vec<(&'c Inhibit, Alike)>,
}

/// Roots of one rule by the labels that must be alike.
type Alike = HashMap<Vec<String>, Vec<Root>>;

struct Root {
    fingerprint: String,
    /// Whether it looks like a target, too; then it hides no alert that looks like a source.
    both: bool,
}

impl<'c> Roots<'c> {
    /// Of the alerts that fire.
    pub(crate) fn among(rules: &'c [Inhibit], firing: &[Alert]) -> Self {
        let rules = rules.iter().map(|rule| {
            let mut roots = Alike::new();
            for alert in firing
                .iter()
                .filter(|alert| matcher::all(&rule.source, &alert.labels))
            {
                roots.entry(rule.alike(&alert.labels)).or_default().push(Root {
                    fingerprint: alert.fingerprint.clone(),
                    both: matcher::all(&rule.target, &alert.labels),
                });
            }
            (rule, roots)
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// The root that hides an alert, if one does. As with Alertmanager, alerts that look like both ends of a rule do
    /// not hide each other by it: two roots that fire would else both be hidden.
    pub(crate) fn of(&self, alert: &Alert) -> Option<&str> {
        self.rules.iter().find_map(|(rule, roots)| {
            if roots.is_empty() || !matcher::all(&rule.target, &alert.labels) {
                return None;
            }
            let looks_like_a_source = matcher::all(&rule.source, &alert.labels);
            roots
                .get(&rule.alike(&alert.labels))?
                .iter()
                .find(|root| root.fingerprint != alert.fingerprint && !(root.both && looks_like_a_source))
                .map(|root| root.fingerprint.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    fn alert(labels: &[(&str, &str)]) -> Alert {
        notice(labels, 1).checked().unwrap().0
    }

    fn matchers(texts: &[&str]) -> Vec<Matcher> {
        texts.iter().map(|text| Matcher::parse(text).unwrap()).collect()
    }

    #[test]
    fn a_root_hides_what_depends_on_it_and_nothing_else() {
        let rules = [Inhibit::new(
            matchers(&["alertname=HostDown"]),
            matchers(&["severity=warning"]),
            vec!["host".to_owned()],
        )];
        let root = alert(&[("alertname", "HostDown"), ("host", "a")]);
        let dependent = alert(&[("alertname", "Slow"), ("severity", "warning"), ("host", "a")]);
        let elsewhere = alert(&[("alertname", "Slow"), ("severity", "warning"), ("host", "b")]);
        let grave = alert(&[("alertname", "Slow"), ("severity", "critical"), ("host", "a")]);
        let firing = [root.clone(), dependent.clone(), elsewhere.clone(), grave.clone()];
        let roots = Roots::among(&rules, &firing);
        assert_eq!(roots.of(&dependent), Some(root.fingerprint.as_str()));
        assert_eq!(roots.of(&elsewhere), None);
        assert_eq!(roots.of(&grave), None);
        assert_eq!(roots.of(&root), None);
        assert_eq!(
            Roots::among(&rules, &firing[1..]).of(&dependent),
            None,
            "the root has to fire"
        );
    }

    #[test]
    fn two_alerts_that_look_like_both_ends_never_hide_each_other() {
        let rules = [Inhibit::new(
            matchers(&["kind=down"]),
            matchers(&["kind=down"]),
            Vec::new(),
        )];
        let (a, b) = (
            alert(&[("kind", "down"), ("n", "1")]),
            alert(&[("kind", "down"), ("n", "2")]),
        );
        let roots = Roots::among(&rules, &[a.clone(), b.clone()]);
        assert_eq!((roots.of(&a), roots.of(&b)), (None, None));
    }
}
