//! What a measurement gave.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::Serialize;

use super::engine::Plan;
use crate::latency::Latency;
use crate::summary::Times;

/// What the clients saw in the measured time; breaks count at any time.
#[derive(Debug, Default)]
pub struct Seen {
    statuses: BTreeMap<u16, u64>,
    latency: Latency,
    broken: u64,
    first_break: Option<String>,
}

impl Seen {
    /// `wanted` is the status that counts as success, where it is not any 2xx.
    pub(super) fn answer(&mut self, status: u16, took: Duration, wanted: Option<u16>) {
        *self.statuses.entry(status).or_default() += 1;
        // A refusal is quick; it must not count as a fast answer.
        if wanted.map_or((200..300).contains(&status), |wanted| status == wanted) {
            self.latency.add(took);
        }
    }

    pub(super) fn broke(&mut self, why: &dyn Display) {
        self.broken += 1;
        self.first_break.get_or_insert_with(|| why.to_string());
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.latency.merge(&other.latency);
        self.broken += other.broken;
        self.first_break = self.first_break.take().or(other.first_break);
    }
}

/// Processor time of this process.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    micros: i64,
}

impl Cpu {
    pub(super) fn now() -> anyhow::Result<Self> {
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        Ok(Self {
            micros: usage.user_time().num_microseconds() + usage.system_time().num_microseconds(),
        })
    }

    pub(super) fn spent(self) -> anyhow::Result<Self> {
        Ok(Self {
            micros: Self::now()?.micros - self.micros,
        })
    }
}

/// The result as it is printed.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Which engine ran, and on which model.
    pub engine: &'static str,
    /// What was sent.
    pub what: String,
    /// Clients.
    pub clients: u32,
    /// Seconds measured.
    pub seconds: f64,
    /// Answers that say yes, or what was expected.
    pub ok: u64,
    /// The same per second.
    pub ok_per_second: f64,
    /// Times of the answers that say yes.
    #[serde(flatten)]
    pub times: Times,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections that broke, or answers that could not be read.
    pub broken: u64,
    /// Why the first of them did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_break: Option<String>,
    /// Processor time of the clients per answer, in microseconds.
    pub client_cpu_us: f64,
}

impl Measured {
    /// From what the clients saw.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a measurement are far below 2^52"
    )]
    pub fn of(what: String, plan: Plan, seen: Seen, cpu: Cpu) -> Self {
        let measured = plan.measured;
        let answers: u64 = seen.statuses.values().sum();
        let ok = seen.latency.count();
        Self {
            engine: match plan.rate {
                None => "lean, closed model",
                Some(_) => "lean, fixed arrival rate",
            },
            what,
            clients: plan.clients,
            seconds: measured.as_secs_f64(),
            ok,
            ok_per_second: ok as f64 / measured.as_secs_f64(),
            times: Times::from(&seen.latency),
            statuses: seen.statuses,
            broken: seen.broken,
            first_break: seen.first_break,
            client_cpu_us: cpu.micros as f64 / answers.max(1) as f64,
        }
    }

    /// As JSON or for a reader. A measurement in which nothing succeeded is a failure.
    ///
    /// # Errors
    /// When there was not one success.
    pub fn print(&self, json: bool) -> anyhow::Result<String> {
        let because = self.first_break.as_deref().unwrap_or("see the statuses");
        anyhow::ensure!(
            self.ok > 0,
            "nothing succeeded: statuses {:?}, {} breaks ({because})",
            self.statuses,
            self.broken
        );
        if json {
            return Ok(serde_json::to_string(self)? + "\n");
        }
        let mut text = format!(
            "{}: {:.0}/s with {} clients over {:.0} s\n",
            self.what, self.ok_per_second, self.clients, self.seconds
        );
        let micros = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let (p50, p99) = (micros(self.times.p50_us), micros(self.times.p99_us));
        writeln!(
            text,
            "p50 {p50} us, p99 {p99} us, {:.1} us of client CPU an answer",
            self.client_cpu_us
        )?;
        writeln!(text, "statuses {:?}, {} breaks", self.statuses, self.broken)?;
        Ok(text)
    }
}
