//! What fires, and what of it is told by itself: read once for all groups of a pass.

use std::collections::HashMap;

use db::Tx;

use crate::config::Config;
use crate::decide::Member;
use crate::error::NotifyError;
use crate::inhibit::Roots;
use crate::notice::Alert;
use crate::rows;
use crate::silence;

/// Why an alert that fires is not told by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// The silence that covers it.
    pub(crate) silence: Option<String>,
    /// The fingerprint of its root.
    pub(crate) root: Option<String>,
}

/// All that fires.
pub(crate) struct View {
    pub(crate) firing: Vec<Alert>,
    hidden: HashMap<String, Hidden>,
    /// By root: the names of what depends on it.
    dependents: HashMap<String, Vec<String>>,
}

impl View {
    /// # Errors
    /// The store's.
    pub(crate) async fn load(tx: &mut Tx, config: &Config, now: i64) -> Result<Self, NotifyError> {
        let firing = rows::firing(tx, now).await?;
        let silences = silence::in_force(tx, now).await?;
        let roots = Roots::among(&config.inhibit, &firing);
        let mut hidden = HashMap::new();
        let mut dependents: HashMap<String, Vec<String>> = HashMap::new();
        for alert in &firing {
            let why = Hidden {
                silence: silence::covering(&silences, &alert.labels).map(str::to_owned),
                root: roots.of(alert).map(str::to_owned),
            };
            if let Some(root) = &why.root {
                dependents.entry(root.clone()).or_default().push(word(alert));
            }
            if why != Hidden::default() {
                hidden.insert(alert.fingerprint.clone(), why);
            }
        }
        Ok(Self {
            firing,
            hidden,
            dependents,
        })
    }

    pub(crate) fn hidden(&self, fingerprint: &str) -> Option<&Hidden> {
        self.hidden.get(fingerprint)
    }

    /// Alerts as members of a group.
    pub(crate) fn members(&self, alerts: Vec<Alert>) -> Vec<Member> {
        let member = |alert: Alert| Member {
            hidden: self.hidden.contains_key(&alert.fingerprint),
            alert,
        };
        alerts.into_iter().map(member).collect()
    }

    /// What depends on any of these.
    pub(crate) fn dependents(&self, roots: &[Alert]) -> Vec<&str> {
        let of = |root: &Alert| {
            self.dependents
                .get(&root.fingerprint)
                .map(Vec::as_slice)
                .unwrap_or_default()
        };
        roots.iter().flat_map(of).map(String::as_str).collect()
    }
}

/// An alert in few words.
fn word(alert: &Alert) -> String {
    match alert
        .labels
        .get("instance")
        .or_else(|| alert.labels.get("service"))
    {
        Some(place) => format!("{}({place})", alert.name()),
        None => alert.name().to_owned(),
    }
}
