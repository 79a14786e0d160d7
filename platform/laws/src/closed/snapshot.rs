//! All rows and states by which the bank is bound, at one moment, and of which business each is: new business, and
//! more time for a loan, which only a closing that names it is about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scope::{Act, Place, Scope};
use crate::source::{DatabaseError, Source};

/// One way in which a row binds.
struct Binding {
    /// For people, and in the files.
    name: &'static str,
    act: Act,
    /// What makes it late: that it is there, or that its amount is higher than that of the same row before.
    late: Late,
    /// Its rows: id, product, channel, region, amount.
    sql: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Late {
    There,
    Higher,
}

/// What binds. A draw counts as sent for good, so that its move to `paid`, existing business, changes nothing. What
/// tells a row's place may be absent, so the joins are outer ones.
const BINDING: &[Binding] = &[
    Binding {
        name: "applications",
        act: Act::Application,
        late: Late::There,
        sql: "SELECT a.id, a.product, a.channel, a.region, '0' FROM applications a",
    },
    Binding {
        name: "offers",
        act: Act::Application,
        late: Late::There,
        sql: "SELECT o.id, a.product, a.channel, a.region, '0' \
              FROM offers o LEFT JOIN applications a ON a.id = o.application_id",
    },
    Binding {
        name: "contracts",
        act: Act::Contract,
        late: Late::There,
        sql: "SELECT c.id, a.product, a.channel, a.region, '0' \
              FROM contracts c LEFT JOIN applications a ON a.id = c.application_id",
    },
    Binding {
        name: "limits",
        act: Act::LimitIncrease,
        late: Late::Higher,
        sql: "SELECT c.id, a.product, a.channel, a.region, CAST(c.limit_amount AS TEXT) \
              FROM contracts c LEFT JOIN applications a ON a.id = c.application_id",
    },
    Binding {
        name: "draws",
        act: Act::Draw,
        late: Late::There,
        sql: "SELECT d.id, a.product, a.channel, a.region, '0' FROM draws d \
              LEFT JOIN contracts c ON c.id = d.contract_id LEFT JOIN applications a ON a.id = c.application_id",
    },
    Binding {
        name: "applications approved",
        act: Act::Contract,
        late: Late::There,
        sql: "SELECT a.id, a.product, a.channel, a.region, '0' FROM applications a \
              WHERE a.state IN ('approved', 'signed')",
    },
    Binding {
        name: "applications signed",
        act: Act::Contract,
        late: Late::There,
        sql: "SELECT a.id, a.product, a.channel, a.region, '0' FROM applications a WHERE a.state = 'signed'",
    },
    Binding {
        name: "draws sent",
        act: Act::Draw,
        late: Late::There,
        sql: "SELECT d.id, a.product, a.channel, a.region, '0' FROM draws d \
              LEFT JOIN contracts c ON c.id = d.contract_id LEFT JOIN applications a ON a.id = c.application_id \
              WHERE d.sent_at IS NOT NULL OR d.state IN ('sent', 'paid')",
    },
    Binding {
        name: "renewals",
        act: Act::Renewal,
        late: Late::There,
        sql: "SELECT r.id, a.product, a.channel, a.region, '0' FROM renewals r \
              LEFT JOIN loans l ON l.id = r.loan_id LEFT JOIN contracts c ON c.id = l.contract_id \
              LEFT JOIN applications a ON a.id = c.application_id",
    },
    Binding {
        name: "renewals granted",
        act: Act::Renewal,
        late: Late::There,
        sql: "SELECT r.id, a.product, a.channel, a.region, '0' FROM renewals r \
              LEFT JOIN loans l ON l.id = r.loan_id LEFT JOIN contracts c ON c.id = l.contract_id \
              LEFT JOIN applications a ON a.id = c.application_id WHERE r.state = 'granted'",
    },
];

/// The rows of everything that binds the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// When it was asked for, microseconds since the Unix epoch: its transaction began after that.
    pub taken_at: i64,
    /// Rows by what they are, and there by their place.
    binding: BTreeMap<String, Vec<Group>>,
}

/// The rows of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    product: Option<String>,
    channel: Option<String>,
    region: Option<String>,
    /// Each id, and its amount where amounts are compared.
    ids: BTreeMap<String, i64>,
}

impl Group {
    fn place(&self) -> Place {
        Place {
            product: self.product.clone(),
            channel: self.channel.clone(),
            region: self.region.clone(),
        }
    }
}

impl Snapshot {
    /// Takes one in a fresh transaction. `now` is the caller's clock.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn take(url: &str, now: i64) -> Result<Self, DatabaseError> {
        let mut source = Source::open(url).await?;
        let mut binding = BTreeMap::new();
        for Binding { name, sql, .. } in BINDING {
            let mut places: BTreeMap<Place, BTreeMap<String, i64>> = BTreeMap::new();
            for row in source.rows(name, *sql).await? {
                let part = |column| row.opt_text(column).map(str::to_owned);
                let place = Place {
                    product: part(1),
                    channel: part(2),
                    region: part(3),
                };
                let ids = places.entry(place).or_default();
                ids.insert(row.text(0)?.to_owned(), row.int(4)?);
            }
            let groups = places.into_iter().map(|(place, ids)| Group {
                product: place.product,
                channel: place.channel,
                region: place.region,
                ids,
            });
            binding.insert((*name).to_owned(), groups.collect());
        }
        source.close().await;
        Ok(Self {
            taken_at: now,
            binding,
        })
    }

    /// Whether it was looked for exactly what this build looks for: what a snapshot knows nothing of can be neither
    /// late nor on time.
    pub(super) fn is_whole(&self) -> bool {
        self.binding.len() == BINDING.len() && BINDING.iter().all(|kind| self.binding.contains_key(kind.name))
    }

    /// How many rows it has in all.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.count(|kind| self.groups(kind).map(|group| group.ids.len()).sum())
    }

    /// How many rows it has of that business.
    #[must_use]
    pub fn size_of(&self, scope: &Scope) -> u64 {
        self.count(|kind| self.of(kind, scope).len())
    }

    /// An amount is of a row that is counted already.
    fn count(&self, rows: impl Fn(&Binding) -> usize) -> u64 {
        let kinds = BINDING.iter().filter(|kind| kind.late == Late::There);
        kinds.map(|kind| rows(kind) as u64).sum()
    }

    /// What is in `later` and not here, of all new business: what it is, and the id.
    #[must_use]
    pub fn added_in<'s>(&self, later: &'s Self) -> Vec<(&'static str, &'s str)> {
        self.added_of(&Scope::everything(), later)
    }

    /// What is in `later` and not here as that business: what it is, and the id. A row that was other business
    /// before has come into the scope like a new one.
    #[must_use]
    pub fn added_of<'s>(&self, scope: &Scope, later: &'s Self) -> Vec<(&'static str, &'s str)> {
        let mut added = Vec::new();
        for kind in BINDING {
            let before = self.of(kind, scope);
            for (id, amount) in later.of(kind, scope) {
                let late = match (kind.late, before.get(id)) {
                    (Late::There, before) => before.is_none(),
                    (Late::Higher, Some(before)) => amount > *before,
                    // Its row is late by itself.
                    (Late::Higher, None) => false,
                };
                if late {
                    added.push((kind.name, id));
                }
            }
        }
        added
    }

    fn groups(&self, kind: &Binding) -> impl Iterator<Item = &Group> {
        self.binding.get(kind.name).into_iter().flatten()
    }

    /// The rows of one kind that are of a scope.
    fn of(&self, kind: &Binding, scope: &Scope) -> BTreeMap<&str, i64> {
        let groups = self
            .groups(kind)
            .filter(|group| scope.covers_row(kind.act, &group.place()));
        let ids = groups.flat_map(|group| group.ids.iter());
        ids.map(|(id, amount)| (id.as_str(), *amount)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_rows_that_are_looked_at() {
        for act in Act::ALL {
            assert!(BINDING.iter().any(|kind| kind.act == *act), "{act:?}");
        }
    }
}
