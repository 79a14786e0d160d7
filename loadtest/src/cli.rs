//! The command line of `backstop-load`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use client::http::{Trust, TrustError};

use crate::target::Leave;

/// Load on the lending service, with a journal of what its clients saw.
#[derive(Debug, Parser)]
#[command(name = "backstop-load", version, after_help = EXITS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "Exit codes: 0 done; 1 failed; 2 wrong command line; 5 the service does not answer.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Customers' journeys over the whole path, from registration to repayment.
    #[command(after_help = RUN)]
    Run(RunArgs),
    /// Applications only, as fast as so many clients can: a measurement.
    #[command(after_help = APPLICATIONS)]
    Applications(ApplicationsArgs),
    /// What borrowers do with loans that exist, as fast as so many clients can or at a fixed rate: a measurement.
    #[command(after_help = EXISTING)]
    Existing(ExistingArgs),
    /// One or more reads, as fast as so many clients can: a measurement.
    #[command(after_help = READS)]
    Reads(ReadsArgs),
}

const RUN: &str = "\
The model is closed: goose drives --users users, each of which waits for an answer before it
sends its next request. When the service slows down, so does the load; latencies are those of
the requests that were sent, not of those that a fixed arrival rate would have sent.

While intake is closed, new customers are refused and come back shortly; borrowers go on. While
the service is away, the same request is repeated under the same Idempotency-Key until it is
answered; every attempt is in the journal.

Officers are people: give two of them accounts (financing account add NAME --role officer), sign them in
(POST /v1/sessions), and put their sessions' tokens as officer1 and officer2 beside channel into the token
file. A session ends after eight hours, or a quarter of an hour without a request.

On SIGTERM, SIGINT, the stop file or the end of --duration, requests under way are finished, the
journal is written out and synced, and the summary is written.

Example:
  backstop-load run --url http://127.0.0.1:7000 --token-file load.json \
    --journal load.jsonl --users 32 --duration 60 --progress -";

const APPLICATIONS: &str = "\
A closed model over keep-alive connections with as little work per request as can be; latencies
are as the client saw them. The firms are registered first.

Example:
  backstop-load applications --url http://127.0.0.1:7000 --token-file etc/tokens.json \
    --clients 16 --duration 10 --json";

const EXISTING: &str = "\
Two repayments of one yuan, then a look at the loan, its statement and its payoff; the next loan.
With --rate the requests are due at equal distances, and one that is late because the answer before it was
late counts from when it was due.

Example:
  backstop-load existing --url http://127.0.0.1:7000 --token-file etc/tokens.json \
    --loan lon_0190… --rate 200 --clients 32 --json";

const READS: &str = "\
Example:
  backstop-load reads --url http://127.0.0.1:7000 --path /v1/intake \
    --token-file etc/tokens.json --json";

/// Where the load goes.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The service's address; only this machine's, without --allow-remote.
    #[arg(long)]
    pub url: String,
    /// Load a service on another machine. Be sure that it is yours, and that it is no live one.
    #[arg(long)]
    pub allow_remote: bool,
    /// Reach that machine in the clear: something in front must do TLS.
    #[arg(long, requires = "allow_remote")]
    pub allow_plain_http: bool,
    /// Authorities to believe instead of the system's, PEM.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Certificate and private key to show, PEM, where the service wants one.
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,
}

impl TargetArgs {
    /// What was given leave for.
    #[must_use]
    pub fn leave(&self) -> Leave {
        Leave {
            remote: self.allow_remote,
            plain_http: self.allow_plain_http,
        }
    }

    /// Whom to believe under TLS, and what to show.
    ///
    /// # Errors
    /// When a file can't be read or holds something else.
    pub fn trust(&self) -> Result<Trust, TrustError> {
        let mut trust = Trust::default();
        if let Some(path) = &self.ca {
            trust = trust.authority(path)?;
        }
        match &self.identity {
            Some(path) => trust.identity(path),
            None => Ok(trust),
        }
    }
}

/// Which firms come.
#[derive(Debug, Args)]
pub struct FirmArgs {
    /// Seed of the population, which must be the stand-in's, and of the customers' choices.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Firms from a file (JSON lines or CSV) instead of generated ones.
    #[arg(long, value_name = "FILE")]
    pub firms: Option<PathBuf>,
    /// Number of the first firm to register; go on where an earlier run on the same database ended.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub first_firm: u64,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The stand-in's address, to check that it knows the same firms.
    #[arg(long)]
    pub standin: Option<String>,
    /// JSON with the tokens `channel`, and `officer1` and `officer2`: sessions of two people.
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// The journal to append to.
    #[arg(long, value_name = "FILE")]
    pub journal: PathBuf,
    /// Users.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    pub users: u32,
    /// Seconds; without it, until SIGTERM, SIGINT or the stop file.
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u64>,
    /// Which firms.
    #[command(flatten)]
    pub firms: FirmArgs,
    /// A line of JSON each second into this file; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub progress: Option<PathBuf>,
    /// The summary, as JSON.
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Of a hundred users, how many look after loans that exist.
    #[arg(long, default_value_t = 30, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=99))]
    pub existing_share: u8,
    /// Longest pause of a user between two of its transactions, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MILLISECONDS")]
    pub think: u64,
    /// Seconds for which one request is repeated while the service is away.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub patience: u64,
    /// Seconds to wait for one answer before its outcome counts as unknown.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub timeout: u64,
    /// End the run when this file appears.
    #[arg(long, value_name = "FILE")]
    pub stop_file: Option<PathBuf>,
}

/// Options that the measurements share.
#[derive(Debug, Args)]
pub struct LeanArgs {
    /// Where.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Clients, each with one connection and one request under way.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub clients: u32,
    /// Seconds measured.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    pub duration: u64,
    /// Seconds before them that don't count.
    #[arg(long, default_value_t = 1, value_name = "SECONDS")]
    pub warm_up: u64,
    /// Requests a second over all clients, due at equal distances, instead of as fast as they can.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `applications`.
#[derive(Debug, Args)]
pub struct ApplicationsArgs {
    /// How.
    #[command(flatten)]
    pub lean: LeanArgs,
    /// JSON with the token `channel`.
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// Which firms.
    #[command(flatten)]
    pub firms: FirmArgs,
    /// How many firms apply, again and again.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub firm_count: u32,
    /// Consents in each application, one per source.
    #[arg(long, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=6))]
    pub consents: u8,
    /// Send random idempotency keys instead of UUIDs of version 7, to see what their order is worth.
    #[arg(long)]
    pub random_keys: bool,
    /// Count answers of this status as successes instead of any 2xx: 503 while intake is closed.
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..=599))]
    pub expect: Option<u16>,
}

/// Options of `existing`.
#[derive(Debug, Args)]
pub struct ExistingArgs {
    /// How.
    #[command(flatten)]
    pub lean: LeanArgs,
    /// JSON with the token `channel`.
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// A loan's id; several are taken in turn.
    #[arg(long, required = true, value_name = "ID")]
    pub loan: Vec<String>,
}

/// Options of `reads`.
#[derive(Debug, Args)]
pub struct ReadsArgs {
    /// How.
    #[command(flatten)]
    pub lean: LeanArgs,
    /// A path to read; several are read in turn.
    #[arg(long, required = true)]
    pub path: Vec<String>,
    /// JSON with the bearer `channel`; without it, none is sent.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}
