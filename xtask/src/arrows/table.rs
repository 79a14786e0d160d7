//! The arrows themselves, each with its reason.

/// A crate, the members that it may depend on, and why no others.
pub(super) type Row = (&'static str, &'static [&'static str], &'static str);

pub(super) const MAY: &[Row] = &[
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
pub(super) const NEVER: &[Row] = &[
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
