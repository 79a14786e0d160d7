//! A drill from its beginning to its report.

use std::time::{Duration, Instant};

use base::clock::Clock;
use lease::{Folder, Lease};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::drill::failover::plan::{Mode, Plan};
use crate::drill::failover::probe::Probe;
use crate::drill::failover::report::{Report, Rto, Verdict, millis};
use crate::drill::failover::steps::{self, GoOn};
use crate::drill::failover::topology::Topology;
use crate::drill::failover::writers::{Known, Writers};
use crate::drill::failover::{audit, rejoin};

/// The longest that a fault may last: a drill takes some ten seconds, and clients that are waited for somewhat longer.
const LASTS: Duration = Duration::from_secs(600);
/// Between two looks while others write.
const LOOK: Duration = Duration::from_millis(10);

/// What a drill is given by who runs it.
pub struct Surroundings<'a> {
    /// Of undo records; somebody else should keep it.
    pub folder: &'a Folder,
    /// For undo records.
    pub clock: &'a Clock,
    /// Where clients and proxies run. Not a worker of it may call [`run`], which blocks.
    pub runtime: &'a Handle,
    /// Told of each event as it happens, as one JSON object.
    pub tell: &'a dyn Fn(Value) -> anyhow::Result<()>,
    /// Whether to go on.
    pub go_on: GoOn<'a>,
    /// Returns when the primary is to be lost; without it after [`Plan::before`].
    pub when: Option<GoOn<'a>>,
    /// Returns when clients have seen enough; without it after [`Plan::after`].
    pub enough: Option<GoOn<'a>>,
}

/// Runs a drill. Whatever it returns, its servers have ended and its faults are undone then.
///
/// # Errors
/// When a part of it could not be done; nothing is said about what was lost then.
pub fn run(plan: &Plan, around: &Surroundings<'_>) -> anyhow::Result<Report> {
    let mut leases = Vec::new();
    let mut topology = Topology::start(plan, around.runtime)?;
    let outcome = drill(plan, around, &mut topology, &mut leases);
    // The servers first: then there is nothing left that a lease would have to end.
    drop(topology);
    for lease in &leases {
        lease.end()?;
    }
    outcome
}

fn drill(
    plan: &Plan,
    around: &Surroundings<'_>,
    topology: &mut Topology,
    leases: &mut Vec<Lease>,
) -> anyhow::Result<Report> {
    let tell = around.tell;
    let (old_port, runtime) = (topology.primary.port(), around.runtime);
    let writers = Writers::begin(plan.writers, topology.port, plan.acknowledged.as_deref(), runtime)?;
    let probe = Probe::begin(old_port, runtime);
    // Whoever leads may have it lost at once: then, too, there is something to lose.
    steps::written(&writers, around.go_on)?;
    tell(json!({
        "event": "ready", "address": format!("127.0.0.1:{}", topology.port), "user": "postgres",
        "databases": plan.databases,
    }))?;
    pause(plan.before, around.when, around.go_on)?;
    tell(json!({ "event": "lose", "acknowledged": writers.count() }))?;
    let rto_ms = failover(plan, around, topology, (&writers, &probe), leases)?;
    pause(plan.after, around.enough, around.go_on)?;
    let known = writers.end(runtime);
    settle(plan, around, topology, &known, rto_ms)
}

/// From the fault to the first write.
fn failover(
    plan: &Plan,
    around: &Surroundings<'_>,
    topology: &mut Topology,
    (writers, probe): (&Writers, &Probe),
    leases: &mut Vec<Lease>,
) -> anyhow::Result<Rto> {
    let (tell, go_on) = (around.tell, around.go_on);
    if plan.mode == Mode::AsyncPartition {
        let terms = (around.folder, around.clock, LASTS);
        leases.extend(topology.front.cut(crate::drill::failover::front::LINK, terms)?);
        tell(json!({ "event": "partitioned" }))?;
        std::thread::sleep(plan.partition);
    }
    anyhow::ensure!(
        probe.lost().is_none(),
        "the primary was found lost before it was killed"
    );
    let (killed, lease) = steps::lose(topology, around.folder, around.clock, LASTS)?;
    leases.push(lease);
    let lost = steps::detect(probe, go_on)?;
    let mut at = lost;
    let mut part = |name: &str| -> anyhow::Result<f64> {
        let now = Instant::now();
        let took = millis(now - at);
        at = now;
        tell(json!({ "event": name, "ms": took }))?;
        Ok(took)
    };
    steps::fence(topology)?;
    let fence = part("fenced")?;
    steps::promote(topology)?;
    let promote = part("promoted")?;
    steps::switch(topology)?;
    let switch = part("switched")?;
    let first = steps::first_write(writers, (topology, killed), go_on)?;
    let total = millis(first.at - killed);
    let detect = millis(lost - killed);
    let rto = Rto {
        detect,
        fence,
        promote,
        switch,
        // A client may write before the switch has returned: then this part took no time of its own.
        first_write: (total - detect - fence - promote - switch).max(0.0),
        total,
    };
    tell(json!({ "event": "first-write", "rto_ms": rto }))?;
    Ok(rto)
}

/// What was lost, and the old primary's way back.
fn settle(
    plan: &Plan,
    around: &Surroundings<'_>,
    topology: &mut Topology,
    known: &Known,
    rto_ms: Rto,
) -> anyhow::Result<Report> {
    (around.go_on)()?;
    let new = audit::ids(&topology.standby)?;
    let lost = audit::lost(known, &new);
    let (fenced, old) = rejoin::read_old(topology)?;
    let rpo = audit::judge(known, &lost, &old, &new);
    (around.tell)(json!({ "event": "audited", "lost": rpo.lost, "agrees": rpo.truth.agrees }))?;
    let only_on_old = old.difference(&new).copied().collect();
    let rejoin_ms = rejoin::rejoin(topology, &only_on_old)?;
    (around.tell)(json!({ "event": "rejoined", "ms": rejoin_ms }))?;
    let report = Report {
        drill: "failover",
        mode: plan.mode,
        verdict: Verdict::Failed,
        why: Vec::new(),
        rto_ms,
        within_ms: plan.within.map(millis),
        writes: audit::writes(known, topology.primary.port(), &new),
        rpo,
        fenced,
        rejoin_ms,
    };
    Ok(report.judged())
}

fn pause(span: Duration, until: Option<GoOn<'_>>, go_on: GoOn<'_>) -> anyhow::Result<()> {
    if let Some(until) = until {
        return until();
    }
    let began = Instant::now();
    while began.elapsed() < span {
        go_on()?;
        std::thread::sleep(LOOK.min(span));
    }
    Ok(())
}
