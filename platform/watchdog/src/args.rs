//! The command line: the dead man's job, the leases, or both.

use std::path::PathBuf;

use clap::{ArgGroup, Parser};

/// Pages when the control plane falls silent, and ends injected faults on time.
#[derive(Debug, Parser)]
#[command(
    name = "backstop-watchdog",
    version,
    group = ArgGroup::new("job").args(["tell", "leases"]).required(true).multiple(true),
    after_help = "\
The heartbeat of `backstop serve` is a number that grows while its rules are evaluated, its store takes what they
know, and its notifier works. If it stands still or does not come, the receivers named by --tell are paged, and again
until it is back. Tell them over another channel than the control plane's own where you can.

With --leases it looks every 200 ms at the undo records of injected faults. A fault whose time has passed, or whose tool
is dead, is undone within 2 s; one that cannot be undone is tried again, and its record stays.

Exit codes: 0 stopped in order · 1 failed · 2 a setting is wrong

Example:
  backstop-watchdog --config etc/watch.toml --heartbeat http://127.0.0.1:7200/v1/watch/heartbeat --tell on-call
  backstop-watchdog --leases var/leases"
)]
pub(crate) struct Args {
    /// The control plane's watch.toml, of which [notify] is read.
    #[arg(
        long,
        env = "BACKSTOP_WATCH",
        value_name = "FILE",
        required_unless_present = "leases"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Address of the heartbeat.
    #[arg(
        long,
        env = "BACKSTOP_HEARTBEAT",
        value_name = "URL",
        default_value = "http://127.0.0.1:7200/v1/watch/heartbeat"
    )]
    pub(crate) heartbeat: reqwest::Url,
    /// Who is told: receivers of the configuration, or people as person:ID.
    #[arg(
        long,
        env = "BACKSTOP_WATCHDOG_TELL",
        value_name = "NAME",
        value_delimiter = ',',
        requires = "config"
    )]
    pub(crate) tell: Vec<String>,
    /// Longest silence, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(5..=60))]
    pub(crate) patience: u64,
    /// Seconds after which it is told again.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(30..=86_400))]
    pub(crate) repeat: u64,
    /// Folder of undo records of injected faults; it is made if it is not there.
    #[arg(long, env = "BACKSTOP_LEASES", value_name = "DIR")]
    pub(crate) leases: Option<PathBuf>,
    /// Ends when there has been no record for so many seconds.
    #[arg(long, value_name = "SECONDS", requires = "leases", conflicts_with = "tell", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) until_empty: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split(' '))
    }

    #[test]
    fn either_job_or_both_but_not_none() {
        for good in [
            "w --config c --tell a",
            "w --leases d",
            "w --leases d --until-empty 5",
            "w --config c --tell a --leases d",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for wrong in [
            "w",
            "w --config c",
            "w --tell a",
            "w --leases d --tell a",
            "w --config c --tell a --until-empty 5",
            "w --config c --tell a --leases d --until-empty 5",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
