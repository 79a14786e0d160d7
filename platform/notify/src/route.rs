//! Where an alert goes: Alertmanager's tree of routes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::config::span::Span;
use crate::matcher::{self, Labels, Matcher};

/// Labels that keep groups apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupBy {
    All,
    Labels(BTreeSet<String>),
}

/// When a group is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) group_wait: Span,
    pub(crate) group_interval: Span,
    pub(crate) repeat_interval: Span,
}

/// A node of the tree.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// As Alertmanager names it; groups are named after it.
    pub(crate) key: String,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) receiver: String,
    pub(crate) group_by: GroupBy,
    pub(crate) timing: Timing,
    pub(crate) go_on: bool,
    pub(crate) mute: Vec<String>,
    pub(crate) escalation: Option<String>,
    pub(crate) routes: Vec<Route>,
}

impl Default for Route {
    /// Alertmanager's defaults.
    fn default() -> Self {
        Self {
            key: String::new(),
            matchers: Vec::new(),
            receiver: String::new(),
            group_by: GroupBy::Labels(BTreeSet::new()),
            timing: Timing {
                group_wait: Span::seconds(30),
                group_interval: Span::minutes(5),
                repeat_interval: Span::hours(4),
            },
            go_on: false,
            mute: Vec::new(),
            escalation: None,
            routes: Vec::new(),
        }
    }
}

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupName {
    /// Short and of a fixed alphabet.
    pub(crate) id: String,
    /// Alertmanager's `groupKey`.
    pub(crate) key: String,
    pub(crate) labels: Labels,
}

impl Route {
    /// The routes that take an alert, in order; empty only if this route does not match.
    pub(crate) fn taking<'r>(&'r self, labels: &Labels) -> Vec<&'r Route> {
        if !matcher::all(&self.matchers, labels) {
            return Vec::new();
        }
        let mut taking = Vec::new();
        for child in &self.routes {
            let found = child.taking(labels);
            let stop = !found.is_empty() && !child.go_on;
            taking.extend(found);
            if stop {
                break;
            }
        }
        if taking.is_empty() {
            taking.push(self);
        }
        taking
    }

    /// The group that an alert joins on this route.
    pub(crate) fn group(&self, labels: &Labels) -> GroupName {
        let labels: Labels = match &self.group_by {
            GroupBy::All => labels.clone(),
            GroupBy::Labels(by) => labels
                .iter()
                .filter(|(name, _)| by.contains(*name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        };
        let key = format!("{}:{}", self.key, written(&labels));
        let digest = Sha256::digest(format!("{}\n{key}", self.receiver).as_bytes());
        let id = digest.iter().take(8).fold(String::from("g"), |mut id, byte| {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        });
        GroupName { id, key, labels }
    }

    /// The route with this name and receiver, wherever it is in the tree.
    pub(crate) fn find(&self, key: &str, receiver: &str) -> Option<&Route> {
        if self.key == key && self.receiver == receiver {
            return Some(self);
        }
        self.routes.iter().find_map(|child| child.find(key, receiver))
    }
}

/// As Alertmanager writes a set of labels: `{a="b", c="d"}`.
fn written(labels: &Labels) -> String {
    let each: Vec<String> = labels
        .iter()
        .map(|(name, value)| {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\t', "\\t")
                .replace('\r', "\\r");
            format!("{name}=\"{value}\"")
        })
        .collect();
    format!("{{{}}}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn tree() -> Route {
        let text = r#"
            [route]
            receiver = "all"
            group_by = ["alertname"]
            [[route.routes]]
            matchers = ['severity="critical"']
            receiver = "page"
            continue = true
            [[route.routes]]
            matchers = ['team="db"', 'job=~"pg.*"']
            receiver = "db"
            group_by = ["..."]
            group_wait = "1s"
            [[route.routes.routes]]
            matchers = ['shard!=""']
            [[receivers]]
            name = "all"
            [[receivers]]
            name = "page"
            [[receivers]]
            name = "db"
        "#;
        Config::parse(text, std::path::Path::new("/")).unwrap().route
    }

    #[test]
    fn the_first_that_matches_takes_it_unless_it_goes_on() {
        let tree = tree();
        let taking = |pairs: &[(&str, &str)]| -> Vec<String> {
            tree.taking(&labels(pairs))
                .iter()
                .map(|route| route.receiver.clone())
                .collect()
        };
        assert_eq!(taking(&[("alertname", "A")]), ["all"]);
        assert_eq!(taking(&[("severity", "critical")]), ["page"]);
        let both = [("severity", "critical"), ("team", "db"), ("job", "pg1")];
        assert_eq!(taking(&both), ["page", "db"]);
    }

    #[test]
    fn groups_are_named_as_alertmanager_does() {
        let tree = tree();
        let alert = labels(&[("alertname", "A"), ("team", "db"), ("job", "pg1"), ("shard", "7")]);
        let route = tree.taking(&alert)[0];
        assert_eq!(route.key, r#"{}/{job=~"pg.*",team="db"}/{shard!=""}"#);
        assert_eq!(
            (route.receiver.as_str(), route.timing.group_wait),
            ("db", Span::seconds(1))
        );
        let group = route.group(&alert);
        assert_eq!(
            group.key,
            r#"{}/{job=~"pg.*",team="db"}/{shard!=""}:{alertname="A", job="pg1", shard="7", team="db"}"#
        );
        assert_eq!(tree.find(&route.key, "db").unwrap().key, route.key);
        assert_eq!(
            tree.group(&labels(&[("alertname", "A\"b")])).key,
            r#"{}:{alertname="A\"b"}"#
        );
    }
}
