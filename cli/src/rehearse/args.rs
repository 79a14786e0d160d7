//! What a rehearsal is asked for.

use std::path::PathBuf;

/// Runs the emergency plan against a real service, and audits it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The plan: warm-up, steady state, everything outside taken away by a proxy, for which somebody is paged; the runbook
closes intake under load while existing business goes on; SIGKILL of what injected the outage, which ends by others'
hands; SIGKILL of the service and its restart, or with --store postgres of the database's primary and its failover; two
people reopen; SIGKILL of the monitor, end of day; one customer
leaves: planned, approved by two others, purged, looked for everywhere, certified; audit. The control plane watches, and
a stand-in is paged: for each of these, within its time, and for nothing before the first. The report is report.html for
people and report.json for machines; journal, snapshots, pages, logs, the exit's papers and an SQLite database stay
beside it. A phase that fails, or a signal, ends the rehearsal and every process of it; the report is written all the
same, says where and why, and audits what can be audited.

Exit codes: 0 laws 1, 2, 3 and 5 to 9 were touched and held · 1 the rehearsal failed · 2 wrong usage ·
3 a law is broken · 4 a law was not touched · 5 something needed can't be reached

Example:
  backstop rehearse --quick --out out/rehearsal
  backstop rehearse --store postgres --out out/postgres --seed 7")]
pub struct Args {
    /// Folder for the report; made if absent, cleared if it holds an earlier rehearsal.
    #[arg(long, value_name = "DIR", default_value = "out/rehearsal")]
    pub out: PathBuf,
    /// Where the service keeps its data.
    #[arg(long, value_enum, default_value = "sqlite")]
    pub store: StoreKind,
    /// Shorter phases: at most 90 seconds in all.
    #[arg(long)]
    pub quick: bool,
    /// Let a product's customers leave as well, after the one.
    #[arg(long)]
    pub with_exit: bool,
    /// Seed of the simulated firms and of the customers' choices.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Take the firms from a file (JSON lines, or CSV) instead of simulating them.
    #[arg(long, value_name = "FILE")]
    pub firms: Option<PathBuf>,
    /// Folder of the executables, instead of the one that this executable is in.
    #[arg(long, value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreKind {
    /// A file in the folder.
    Sqlite,
    /// A throw-away PostgreSQL server.
    Postgres,
}

impl StoreKind {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}
