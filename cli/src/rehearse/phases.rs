//! The plan itself: one function a phase, in their order. `lost` are those that take something away, `leaves` the last.

mod leaves;
mod lost;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use client::http::Client;
use client::operations::{Day, EndDay};
use laws::books::accruals;
use laws::closed::{Point, Scope, Snapshot, save};
use laws::journal::record::{CLOSED, PHASE, REOPEN};
use laws::journal::{Mark, append_mark};
use laws::verdict::Ruling;

use super::cast::Cast;
use super::child::Child;
use super::course::Course;
use super::folder::Folder;
use super::outage::{Outage, Proxy};
use super::pace::{MINIMUMS, Pace, Span};
use super::page;
use super::paged::{self, INTAKE_CLOSED, PAGED};
use super::pair::Pair;
use super::people::{self, Keepers};
use super::progress::{Line, Progress};
use super::record::Record;
use super::show::Show;
use crate::audit::unreadable;

/// The product whose customers leave with `--with-exit`.
const PRODUCT: &str = "micro";

/// How often the load's progress is looked at; it is written once a second.
const LOOK: Duration = Duration::from_millis(100);

/// What the phases measured themselves.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    pub(super) close_took: Option<Duration>,
    pub(super) reopen_took: Option<Duration>,
    pub(super) restart_took: Option<Duration>,
    pub(super) terminated: Option<u32>,
    pub(super) purge_took: Option<Duration>,
    pub(super) rows_purged: Option<u64>,
    pub(super) outage_paged: Option<Duration>,
    /// From the death of what injected the outage to its end.
    pub(super) fault_reverted: Option<Duration>,
    pub(super) kill_paged: Option<Duration>,
    pub(super) close_paged: Option<Duration>,
    pub(super) silence_paged: Option<Duration>,
    pub(super) day: Option<Day>,
    pub(super) day_took: Duration,
    pub(super) second_day_took: Duration,
    pub(super) second_day_same: bool,
    /// Accrual entries before the second run of the day that were not there after its first.
    pub(super) second_day_posted: u64,
}

/// Who plays: the children, the operator who talks to the service, and the two who reopen intake.
pub(super) struct Players {
    pub(super) cast: Cast,
    pub(super) standin: Child,
    /// Between the service and the stand-in.
    pub(super) proxy: Proxy,
    /// What the service takes for everything outside: the proxy.
    pub(super) sources: String,
    /// Where the control plane is.
    pub(super) control: String,
    /// Watches the control plane itself.
    pub(super) watchdog: Child,
    pub(super) service: Child,
    pub(super) address: String,
    pub(super) load: Child,
    pub(super) operator: Client,
    pub(super) keepers: Keepers,
    pub(super) channel: Client,
}

impl Players {
    /// Ends in order what the phases leave running.
    pub(super) async fn end(self) -> anyhow::Result<()> {
        // First, as it would page for what ends after it.
        Cast::end(self.watchdog)
            .await
            .context("the watchdog did not end in order")?;
        Cast::end(self.service)
            .await
            .context("the service did not drain")?;
        Cast::end(self.proxy.child)
            .await
            .context("the proxy did not end in order")?;
        Cast::end(self.standin).await
    }
}

/// A rehearsal in progress.
pub(super) struct Stage {
    pub(super) clock: Clock,
    pub(super) pace: Pace,
    pub(super) folder: Folder,
    pub(super) database: String,
    pub(super) players: Players,
    pub(super) record: Record,
    pub(super) progress: Progress,
    pub(super) show: Show,
    pub(super) course: Course,
    pub(super) measured: Measured,
    /// When the service was killed, in microseconds since the Unix epoch.
    pub(super) killed_at: i64,
    /// The outage that is under way.
    pub(super) outage: Option<Outage>,
    /// The epoch of the closing.
    pub(super) epoch: i64,
    /// The two who reopened, for what else takes two.
    pub(super) signed_in: Option<[Client; 2]>,
    /// The database's servers, where there are any.
    pub(super) pair: Option<Arc<Mutex<Pair>>>,
    /// Whether a product's customers leave as well.
    pub(super) with_exit: bool,
    /// Law 6, of those who left.
    pub(super) gone: Option<Ruling>,
}

impl Stage {
    /// All phases, from the load's start to its stop.
    pub(super) async fn play(&mut self) -> anyhow::Result<()> {
        self.phase("warm-up", "预热", async |stage| {
            stage.hold(stage.pace.warm_up, |_| true).await
        })
        .await?;
        self.phase("steady state", "稳态", Self::steady).await?;
        self.phase("source outage", "外部数据源中断", Self::outage)
            .await?;
        self.phase("intake closed", "关闭增量业务", Self::closed).await?;
        match self.pair.clone() {
            None => {
                self.phase("kill and restart", "强制终止与重启", Self::kill)
                    .await?
            }
            Some(pair) => {
                self.phase("primary lost", "主库丢失与切换", async move |stage| {
                    stage.failover(&pair).await
                })
                .await?;
            }
        }
        self.phase("recovered", "恢复", Self::recovered).await?;
        self.phase("reopened", "恢复增量业务", Self::reopened).await?;
        self.phase("monitor killed", "监控中断", Self::silence).await?;
        self.phase("end of day", "日终", Self::end_of_day).await?;
        self.phase("load stopped", "停止压测", async |stage| {
            stage
                .players
                .load
                .stop(Duration::from_secs(30))
                .await
                .context("the load failed")
        })
        .await?;
        self.phase("customer leaves", "客户退出", Self::leave).await
    }

    async fn phase(
        &mut self,
        name: &'static str,
        name_zh: &'static str,
        work: impl AsyncFnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.show.phase(name);
        let at = self.course.begin(name, name_zh);
        self.mark_at(at, &format!("{PHASE}{name}"), None)?;
        work(self).await?;
        self.course.done();
        Ok(())
    }

    /// Waits for the span's least, then until enough happened or the span is over.
    async fn hold(&mut self, span: Span, enough: impl Fn(&Line) -> bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            tokio::time::sleep(LOOK).await;
            let Players {
                standin,
                proxy,
                service,
                load,
                watchdog,
                ..
            } = &mut self.players;
            for child in [standin, &mut proxy.child, service, load, watchdog] {
                child.must_run()?;
            }
            self.record.must_run()?;
            self.progress.update()?;
            let line = self.progress.now();
            self.show.counts(&line);
            let passed = begun.elapsed();
            if passed >= span.most || (passed >= span.least && enough(&line)) {
                return Ok(());
            }
        }
    }

    async fn steady(&mut self) -> anyhow::Result<()> {
        let span = self.pace.steady;
        self.hold(span, |line| line.acked >= MINIMUMS.acknowledged).await
    }

    /// Goes on until writes are acknowledged that were not before.
    async fn more_writes(&mut self, span: Span) -> anyhow::Result<()> {
        let before = self.progress.now().acked;
        self.hold(span, |line| line.acked > before).await
    }

    /// Waits until somebody is paged for one of these alerts, from a time on; answers how long that took.
    async fn paged(&self, alerts: &[&str], from: i64, within: Duration) -> anyhow::Result<Duration> {
        let (alert, took) = paged::paged(&self.folder.pages(), alerts, from, within).await?;
        self.show
            .happened(&format!("{alert} was paged after {} ms", took.as_millis()));
        Ok(took)
    }

    /// The runbook closes intake; what injected the outage is killed, and the outage ends; existing business goes on.
    async fn closed(&mut self) -> anyhow::Result<()> {
        let Players {
            cast,
            address,
            control,
            operator,
            ..
        } = &self.players;
        let took = page::closes(cast, address, control).await;
        let took = took.context("failed to close intake by the runbook")?;
        let closed = operator.intake().await?.body;
        anyhow::ensure!(
            closed.state == "closed",
            "the runbook ended, and intake is {}",
            closed.state
        );
        self.measured.close_took = Some(took);
        self.measured.terminated = Some(closed.terminated);
        self.epoch = closed.epoch;
        let closed_at = self.mark(CLOSED, Some(closed.epoch))?;
        self.show
            .happened(&format!("the runbook closed intake in {} ms", took.as_millis()));
        self.snapshot(Point::Closed, closed.epoch).await?;
        self.outage_ends().await?;
        let before = self.progress.now();
        let enough = MINIMUMS.closed;
        // A line is up to a second old: some of what it counts may lie before the close.
        let margin = 1.2;
        self.hold(self.pace.closed, |line| {
            let more = |now: u64, then: u64, least: u64| (now - then) as f64 >= least as f64 * margin;
            more(line.refused, before.refused, enough.refusals)
                && more(line.existing_ok, before.existing_ok, enough.existing)
        })
        .await?;
        self.measured.close_paged = Some(self.paged(&[INTAKE_CLOSED], closed_at, PAGED).await?);
        Ok(())
    }

    /// Two people reopen intake, and new business is acknowledged again.
    async fn reopened(&mut self) -> anyhow::Result<()> {
        let Players {
            keepers, operator, ..
        } = &self.players;
        let keepers = keepers.sign_in(operator, &self.clock).await?;
        self.snapshot(Point::Reopen, self.epoch).await?;
        self.mark(REOPEN, Some(self.epoch))?;
        let begun = Instant::now();
        let reopened = people::reopen(&keepers, self.epoch, &self.clock).await;
        reopened.context("failed to reopen intake")?;
        self.measured.reopen_took = Some(begun.elapsed());
        self.signed_in = Some(keepers);
        self.more_writes(self.pace.reopened).await
    }

    async fn snapshot(&self, point: Point, epoch: i64) -> anyhow::Result<()> {
        let taken = Snapshot::take(&self.database, self.clock.now_micros())
            .await
            .map_err(unreadable)?;
        save(&self.folder.snapshots(), point, epoch, &taken).context("failed to keep a snapshot")
    }

    /// The same business date twice, under load: the second run must find nothing to do.
    async fn end_of_day(&mut self) -> anyhow::Result<()> {
        let business_date = self.clock.today().to_string();
        let (first, took) = self.day(&business_date, 1).await?;
        let posted = accruals(&self.database, &business_date)
            .await
            .map_err(unreadable)?;
        let (second, second_took) = self.day(&business_date, 2).await?;
        let after = accruals(&self.database, &business_date)
            .await
            .map_err(unreadable)?;
        self.show.happened(&format!(
            "end of day {business_date}: {} loans accrued",
            first.accrued
        ));
        self.measured.day_took = took;
        self.measured.second_day_took = second_took;
        self.measured.second_day_same = serde_json::to_value(&first)? == serde_json::to_value(&second)?;
        self.measured.second_day_posted = after.abs_diff(posted);
        self.measured.day = Some(first);
        anyhow::ensure!(
            self.measured.second_day_posted == 0 && self.measured.second_day_same,
            "the second end of day {business_date} posted {} entries",
            self.measured.second_day_posted
        );
        Ok(())
    }

    async fn day(&self, business_date: &str, run: u8) -> anyhow::Result<(Day, Duration)> {
        let key = format!("rehearsal-day-{run}-{}", self.clock.now_micros());
        let body = EndDay {
            business_date: business_date.to_owned(),
        };
        let begun = Instant::now();
        let answer = self
            .players
            .operator
            .end_day(&key, &body)
            .await
            .context("failed to run the end of day")?;
        Ok((answer.body, begun.elapsed()))
    }

    /// Marks the journal; answers with which time.
    fn mark(&self, mark: &str, epoch: Option<i64>) -> anyhow::Result<i64> {
        let at = self.clock.now_micros();
        self.mark_at(at, mark, epoch)?;
        Ok(at)
    }

    fn mark_at(&self, at: i64, mark: &str, epoch: Option<i64>) -> anyhow::Result<()> {
        let mark = Mark {
            mark: mark.to_owned(),
            at,
            // A closing of a rehearsal is one of everything.
            scope: epoch.map(|_| Scope::everything()),
            epoch,
        };
        append_mark(&self.folder.journal(), &mark).context("failed to mark the journal")
    }
}

fn locked(pair: &Mutex<Pair>) -> MutexGuard<'_, Pair> {
    pair.lock().unwrap_or_else(PoisonError::into_inner)
}
