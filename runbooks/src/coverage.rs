//! Whether pages and alerts name each other: in both directions, so that neither goes stale.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::plan::Plan;

/// How an alert's annotation `runbook` names a page; any other text is a page of documentation.
const FOLDER: &str = "runbooks/pages/";

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// A page answers an alert that no rule has.
    NoAlert {
        /// The page.
        page: String,
        /// The alert.
        alert: String,
    },
    /// A page answers an alert, none of whose rules leads to a page that answers it.
    NotLed {
        /// The page.
        page: String,
        /// The alert.
        alert: String,
    },
    /// An alert names a page that there is not.
    NoPage {
        /// The alert.
        alert: String,
        /// The page that it names.
        page: String,
    },
    /// An alert names a page that does not name it.
    NotNamed {
        /// The alert.
        alert: String,
        /// The page that it names.
        page: String,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAlert { page, alert } => {
                write!(
                    f,
                    "{page} answers {alert}, which no rule has: mend the page's alerts"
                )
            }
            Self::NotLed { page, alert } => {
                write!(
                    f,
                    "{page} answers {alert}, whose rule does not lead to it: write runbook: {FOLDER}{page}.md"
                )
            }
            Self::NoPage { alert, page } => {
                write!(
                    f,
                    "{alert} names runbook {page}, which there is not: mend its annotation, or write the page"
                )
            }
            Self::NotNamed { alert, page } => {
                write!(
                    f,
                    "{alert} names runbook {page}, which does not name it: add it to the page's alerts"
                )
            }
        }
    }
}

/// What does not fit between pages and rules. `rules` are pairs of an alert's name and its annotation `runbook`, empty
/// if it has none; an alert may have several rules. Sorted, each gap once.
#[must_use]
pub fn coverage(pages: &[Plan], rules: &[(String, String)]) -> Vec<Gap> {
    let known: BTreeSet<&str> = rules.iter().map(|(alert, _)| alert.as_str()).collect();
    let by_id: BTreeMap<&str, &Plan> = pages.iter().map(|page| (page.id.as_str(), page)).collect();
    // Of several pages that answer an alert, its rule can name but one, and of several rules of an alert each is read.
    let leads = |(alert, annotation): &(String, String)| {
        let page = named(annotation).and_then(|page| by_id.get(page));
        page.is_some_and(|page| page.alerts.contains(alert))
    };
    let led: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| leads(rule))
        .map(|(alert, _)| alert.as_str())
        .collect();
    let mut gaps = BTreeSet::new();
    for page in pages {
        for alert in &page.alerts {
            let is_known = known.contains(alert.as_str());
            if is_known && led.contains(alert.as_str()) {
                continue;
            }
            let (page, alert) = (page.id.clone(), alert.clone());
            gaps.insert(match is_known {
                true => Gap::NotLed { page, alert },
                false => Gap::NoAlert { page, alert },
            });
        }
    }
    for (alert, annotation) in rules {
        let Some(page) = named(annotation) else { continue };
        let (alert, page) = (alert.clone(), page.to_owned());
        match by_id.get(page.as_str()) {
            None => gaps.insert(Gap::NoPage { alert, page }),
            Some(plan) if !plan.alerts.contains(&alert) => gaps.insert(Gap::NotNamed { alert, page }),
            Some(_) => false,
        };
    }
    gaps.into_iter().collect()
}

/// The page that an annotation names, if it names one.
fn named(annotation: &str) -> Option<&str> {
    let (_, rest) = annotation.split_once(FOLDER)?;
    let page = rest.split(['#', '?']).next().unwrap_or_default();
    Some(page.strip_suffix(".md").unwrap_or(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(id: &str, alerts: &[&str]) -> Plan {
        let plan = crate::pages::all().unwrap().into_iter().next().unwrap();
        Plan {
            id: id.to_owned(),
            alerts: alerts.iter().map(|alert| (*alert).to_owned()).collect(),
            ..plan
        }
    }

    #[test]
    fn pages_and_alerts_are_held_against_each_other_in_both_directions() {
        let pages = [page("close", &["Down", "Gone"]), page("open", &[])];
        let rule = |alert: &str, runbook: &str| (alert.to_owned(), runbook.to_owned());
        let rules = [
            rule("Down", "runbooks/pages/close.md"),
            rule("Down", "docs/alerts.md#down"),
            rule("Slow", "https://ops.example/runbooks/pages/close.md#steps"),
            rule("Lost", "runbooks/pages/nowhere.md"),
            rule("Plain", ""),
        ];
        let gaps: Vec<String> = coverage(&pages, &rules).iter().map(ToString::to_string).collect();
        assert_eq!(
            gaps,
            [
                "close answers Gone, which no rule has: mend the page's alerts",
                "Lost names runbook nowhere, which there is not: mend its annotation, or write the page",
                "Slow names runbook close, which does not name it: add it to the page's alerts"
            ]
        );
        let both = |of_gone: &str| [rule("Down", "runbooks/pages/close.md"), rule("Gone", of_gone)];
        assert_eq!(coverage(&pages, &both("runbooks/pages/close.md")), []);
        let gaps: Vec<String> = coverage(&pages, &both("docs/alerts.md#gone"))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            gaps,
            ["close answers Gone, whose rule does not lead to it: write runbook: runbooks/pages/close.md"]
        );
        // Two pages for one alert: its rule leads to either.
        let two = [page("close", &["Down"]), page("wait", &["Down"])];
        assert_eq!(coverage(&two, &[rule("Down", "runbooks/pages/wait.md")]), []);
    }
}
