//! Which crate may know which: the arrows of ARCHITECTURE.md, held against `cargo metadata`.
//!
//! In `table`, `MAY` lists, for every workspace member, the members that it may name as a normal dependency; a member
//! without a row and a row without a member are both violations, so the table cannot go stale. `NEVER` lists
//! what must not be linked even by way of others, outside crates included.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata};

use self::table::{MAY, NEVER};

/// Normal dependencies by crate name: an edge list of members and outside crates alike.
struct Graph {
    members: BTreeSet<String>,
    normal: BTreeMap<String, BTreeSet<String>>,
}

/// Fails with every arrow that points the wrong way.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let found = violations(&Graph::of(metadata)?);
    if !found.is_empty() {
        bail!(
            "{} arrows point the wrong way:\n  {}",
            found.len(),
            found.join("\n  ")
        );
    }
    Ok(())
}

impl Graph {
    fn of(metadata: &Metadata) -> Result<Self> {
        let Some(resolve) = &metadata.resolve else {
            bail!("cargo metadata came without the resolved graph")
        };
        let name = |id| metadata[id].name.to_string();
        let mut normal: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in &resolve.nodes {
            let edges = normal.entry(name(&node.id)).or_default();
            let is_normal = |dep: &&cargo_metadata::NodeDep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            };
            edges.extend(node.deps.iter().filter(is_normal).map(|dep| name(&dep.pkg)));
        }
        Ok(Self {
            members: metadata.workspace_members.iter().map(name).collect(),
            normal,
        })
    }

    fn direct(&self, from: &str) -> impl Iterator<Item = &String> {
        self.normal.get(from).into_iter().flatten()
    }

    /// Everything that `from` links, each with the crate that pulled it in.
    fn reach<'g>(&'g self, from: &'g str) -> BTreeMap<&'g str, &'g str> {
        let mut reached = BTreeMap::new();
        let mut open = vec![from];
        while let Some(through) = open.pop() {
            for next in self.direct(through) {
                if !reached.contains_key(next.as_str()) {
                    reached.insert(next.as_str(), through);
                    open.push(next);
                }
            }
        }
        reached
    }
}

fn violations(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for member in &graph.members {
        let Some((_, may, why)) = MAY.iter().find(|row| row.0 == member) else {
            found.push(format!(
                "{member} has no row in xtask/src/arrows.rs: say what it may know, and why"
            ));
            continue;
        };
        let known = graph
            .direct(member)
            .filter(|other| graph.members.contains(*other));
        for other in known.filter(|other| !may.contains(&other.as_str())) {
            found.push(format!("{member} -> {other}: {why}"));
        }
    }
    for row in MAY.iter().filter(|row| !graph.members.contains(row.0)) {
        found.push(format!(
            "{} has a row in xtask/src/arrows.rs, but is no member",
            row.0
        ));
    }
    for (from, never, why) in NEVER {
        let reached = graph.reach(from);
        for (other, through) in never.iter().filter_map(|other| reached.get_key_value(other)) {
            found.push(format!("{from} links {other} by way of {through}: {why}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn real() -> Graph {
        Graph::of(&Workspace::load().unwrap().metadata).unwrap()
    }

    fn plant(from: &str, to: &str) -> Vec<String> {
        let mut graph = real();
        graph
            .normal
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
        violations(&graph)
    }

    #[test]
    fn the_workspace_keeps_its_arrows() {
        assert_eq!(violations(&real()), Vec::<String>::new());
    }

    #[test]
    fn the_laws_reading_through_the_store_is_caught() {
        let found = plant("laws", "store");
        assert!(
            found.iter().any(|line| line.starts_with("laws -> store: ")),
            "{found:?}"
        );
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("laws links db by way of")),
            "{found:?}"
        );
    }

    #[test]
    fn an_arrow_that_points_up_is_caught() {
        let found = plant("domain", "lending");
        assert!(
            found.iter().any(|line| line.starts_with("domain -> lending: ")),
            "{found:?}"
        );
    }

    #[test]
    fn an_outside_crate_pulled_in_through_others_is_caught() {
        let found = plant("client", "goose");
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("cli links goose by way of client")),
            "{found:?}"
        );
    }

    #[test]
    fn a_new_crate_must_say_what_it_may_know() {
        let mut graph = real();
        graph.members.insert("newcomer".to_owned());
        assert!(
            violations(&graph)
                .iter()
                .any(|line| line.starts_with("newcomer has no row"))
        );
    }

    #[test]
    fn a_row_of_a_crate_that_is_gone_is_caught() {
        let mut graph = real();
        graph.members.remove("gate");
        assert!(
            violations(&graph)
                .iter()
                .any(|line| line.starts_with("gate has a row"))
        );
    }
}
