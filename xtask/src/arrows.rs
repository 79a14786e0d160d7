//! Which crate may know which: the arrows of ARCHITECTURE.md, held against `cargo metadata`.
//!
//! `MAY` lists, for every workspace member, the members that it may name as a normal dependency; a member
//! without a row and a row without a member are both violations, so the table cannot go stale. `NEVER` lists
//! what must not be linked even by way of others, outside crates included.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata};

/// A crate, the members that it may depend on, and why no others.
type Row = (&'static str, &'static [&'static str], &'static str);

const MAY: &[Row] = &[
    (
        "base",
        &[],
        "the bottom: everything may know it, it knows nothing",
    ),
    (
        "domain",
        &[],
        "pure rules; what it knew, the rules would depend on",
    ),
    (
        "cluster",
        &[],
        "a tool for tests and rehearsals that works for any schema",
    ),
    (
        "population",
        &["domain"],
        "simulated firms are made of the domain's codes and money, nothing else",
    ),
    ("db", &["base"], "knows no table, so no crate that has tables"),
    (
        "saga",
        &["base", "db"],
        "keeps a journal of steps whose meaning whoever runs them knows: a runbook, a drill, an exit",
    ),
    (
        "evidence",
        &["base", "db"],
        "a leaf goes into the act's own transaction, whatever the act",
    ),
    (
        "vault",
        &["base", "db", "saga"],
        "a narrow door: the fewer crates stand behind it, the shorter the audit; its key store is a database, and a rotation of its keys a saga",
    ),
    (
        "auth",
        &["base", "db", "evidence", "vault"],
        "decides who someone is, not what they may do to a loan; accounts are rows, secrets sealed by the vault's suites",
    ),
    (
        "gate",
        &["base", "domain", "db", "evidence"],
        "must work when the service does not: no lending code, only the names of products and channels",
    ),
    (
        "adopt",
        &["base", "db", "evidence", "gate"],
        "the gate on a schema that is not ours: it can know no table of ours but the gate's",
    ),
    (
        "sources",
        &["base", "domain", "population"],
        "connectors, and the stand-in that serves the population",
    ),
    (
        "decision",
        &["domain"],
        "a decision is replayable: facts in, decision out, no store and no clock",
    ),
    (
        "store",
        &["base", "domain", "db", "vault", "gate", "evidence", "auth"],
        "repositories only; verbs are lending's",
    ),
    (
        "recovery",
        &["base", "domain", "db", "gate", "store"],
        "compares what was kept outside the database with its rows; what to do about it is lending's",
    ),
    (
        "client",
        &["domain"],
        "wire types that the tools share with the service, and nothing of its inside",
    ),
    (
        "web",
        &["base", "client", "auth"],
        "what faces the network is the same for every process: no route, no role, no business",
    ),
    (
        "logkeeper",
        &["base", "client", "db", "evidence"],
        "either plane's log is kept alike; what acts there are it does not know",
    ),
    (
        "promql",
        &[],
        "a language over any source of series: it knows neither time nor network",
    ),
    (
        "scrape",
        &["base", "promql"],
        "fills a store of series; what is done with them it does not know",
    ),
    (
        "rules",
        &["promql"],
        "a pure function of series and time, so that a rule's unit tests run what production runs",
    ),
    (
        "notify",
        &["base", "db"],
        "takes alerts from whoever has them, an existing Prometheus too, so it knows no rule and no series",
    ),
    (
        "watch",
        &["base", "client", "db", "promql", "scrape", "rules", "notify"],
        "puts the parts together; none of them knows another but the language",
    ),
    (
        "lease",
        &["base"],
        "undoes faults when their tool is dead: it must start and work whatever else is down",
    ),
    (
        "watchdog",
        &["base", "lease", "notify"],
        "a process of its own: it knows whom to tell and which faults to end, and what breaks the rules must not break it",
    ),
    (
        "control",
        &[
            "base",
            "auth",
            "client",
            "db",
            "evidence",
            "logkeeper",
            "watch",
            "notify",
            "web",
        ],
        "the other plane works while the data plane is down, so it has no table in common with it",
    ),
    (
        "lending",
        &[
            "base", "domain", "db", "evidence", "vault", "auth", "gate", "sources", "decision", "store",
            "client",
        ],
        "use cases stand on everything below and never see HTTP",
    ),
    (
        "service",
        &[
            "base",
            "domain",
            "db",
            "evidence",
            "vault",
            "auth",
            "gate",
            "sources",
            "decision",
            "store",
            "recovery",
            "client",
            "lending",
            "logkeeper",
            "web",
        ],
        "HTTP and wiring: the top of the data plane",
    ),
    (
        "laws",
        &["domain"],
        "a checker that shares code with what it checks shares its faults",
    ),
    (
        "loadtest",
        &["base", "domain", "client", "evidence", "laws", "population"],
        "a tool knows the service over HTTP only, and no other tool",
    ),
    (
        "runbooks",
        &["base", "saga"],
        "a tool: what its steps do in the world comes through a trait that cli fills",
    ),
    (
        "certificate",
        &[],
        "what an exit leaves to auditors is read without any part of the system",
    ),
    (
        "verify",
        // What it opens, it opens by order: by an account's name (auth), for a case, in the log (evidence).
        &[
            "auth",
            "base",
            "certificate",
            "db",
            "evidence",
            "laws",
            "store",
            "vault",
        ],
        "what checks an exit shares no code with it; the vault and its columns only open what was sealed, once that is on record",
    ),
    (
        "exit-tooling",
        &[
            "base",
            "domain",
            "db",
            "saga",
            "evidence",
            "vault",
            "auth",
            "store",
            "certificate",
        ],
        "it reads and purges the service's databases, and knows neither the service nor another tool",
    ),
    (
        "chaos",
        &[
            "base", "domain", "client", "evidence", "saga", "laws", "lease", "cluster",
        ],
        "a tool that harms what it knows over TCP, HTTP and pids only, and no other tool; a drill brings its own cluster",
    ),
    (
        "cli",
        &[
            "base",
            "domain",
            "client",
            "evidence",
            "laws",
            "cluster",
            "auth",
            "population",
            // Break-glass: the gate's own code on the database, when no instance answers.
            "db",
            "gate",
            // `backstop intake install`.
            "adopt",
            // `backstop serve`.
            "control",
            "logkeeper",
            "watch",
            // `backstop watch rules`.
            "rules",
            // `backstop runbook`.
            "runbooks",
            "saga",
            "web",
        ],
        "composes the tools as sibling executables; links neither the load generator nor the service",
    ),
    (
        "scenarios",
        &[
            "base",
            "domain",
            "db",
            "client",
            "laws",
            "cluster",
            "auth",
            "population",
        ],
        "whole-system tests look from outside: executables, HTTP and the database",
    ),
    (
        "peers",
        &["cluster"],
        "what the benches compare with shares no code with what they measure",
    ),
    ("xtask", &[], "compiled before anything else on a fresh machine"),
];

/// What a crate must not link, even through others, and why.
const NEVER: &[Row] = &[
    (
        "laws",
        &["db", "store", "gate", "lending", "service"],
        "the laws are checked from outside the code that could break them",
    ),
    (
        "domain",
        &["tokio", "sqlx", "rusqlite", "reqwest", "axum"],
        "no I/O in the domain",
    ),
    (
        "decision",
        &["tokio", "sqlx", "rusqlite", "reqwest", "axum"],
        "no I/O in a decision",
    ),
    (
        "verify",
        &["exit-tooling", "lending", "service"],
        "a checker that shares code with what it checks shares its faults",
    ),
    (
        "service",
        &["goose", "laws", "loadtest", "cluster", "chaos-rs"],
        "no load generator and no checker in the data plane",
    ),
    (
        "peers",
        &["db", "rusqlite", "service"],
        "a peer that shared our database layer would compare us with ourselves",
    ),
    (
        "cli",
        &[
            "goose",
            "loadtest",
            "chaos",
            "lease",
            "service",
            "store",
            "lending",
            "exit-tooling",
        ],
        "the toolkit must stay small and up while the rest is down",
    ),
];

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
