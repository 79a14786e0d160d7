//! A thousand deaths of the whole control plane, at any moment of a round, of a decision or of a page: nothing is lost,
//! and a death repeats at most one page, under the same key.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plane::Plane;
use crate::stage::Stage;
use crate::stand::{Plan, Receipt};
use crate::verdict::{Expected, judge};

const CONFIG: &str = r#"
[rules]
files = ["rules.yml"]
every = 5
[notify.route]
receiver = "ops"
group_by = ["alertname"]
group_wait = "30s"
group_interval = "5m"
repeat_interval = "4h"
[[notify.receivers]]
name = "ops"
channels = ["desk"]
[[notify.channels]]
name = "desk"
per_minute = 600
exec = { program = "/bin/true" }
[[notify.channels]]
name = "sms"
exec = { program = "/bin/true" }
"#;

/// Those that wait before they fire, and those that do not.
const RULES: &str = r#"
groups:
- name: g
  rules:
  - {alert: A, expr: 'a == 1'}
  - {alert: B, expr: 'b == 1', for: 10s}
  - {alert: C, expr: 'c == 1', keep_firing_for: 20s}
"#;

const METERS: [&str; 3] = ["a", "b", "c"];
const INSTANCES: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];
/// Seconds. A group is looked at every five minutes, and a plane that dies again and again takes up to a minute more
/// to look; what held for longer was told while it held.
const SURELY: i64 = 600;

/// Something that held, from when to when.
#[derive(Debug, Clone)]
struct Period {
    alert: String,
    instance: String,
    from: i64,
    to: i64,
}

struct Story {
    plane: Plane,
    stage: Stage,
    random: StdRng,
    held: BTreeMap<(usize, usize), i64>,
    periods: Vec<Period>,
    expected: Expected,
    kills: usize,
}

/// Polls a future so many times and drops it, as a death does; whether it was done.
async fn die_after<F: Future>(future: F, polls: u32) -> bool {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|context| Poll::Ready(Pin::as_mut(&mut future).poll(context)));
        if polled.await.is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

impl Story {
    async fn new(seed: u64) -> Self {
        let plane = Plane::prepared(CONFIG, &[("rules.yml", RULES)]).await;
        let mut stage = Stage::empty();
        for meter in METERS {
            for instance in INSTANCES {
                stage.add(meter, &[("instance", instance)], 0.0, 0.0);
            }
        }
        Self {
            plane,
            stage,
            random: StdRng::seed_from_u64(seed),
            held: BTreeMap::new(),
            periods: Vec::new(),
            expected: Expected::default(),
            kills: 0,
        }
    }

    fn flip(&mut self, meter: usize, instance: usize) {
        let now = self.plane.at();
        let on = match self.held.remove(&(meter, instance)) {
            None => {
                self.held.insert((meter, instance), now);
                1.0
            }
            Some(from) => {
                self.periods.push(Period {
                    alert: METERS[meter].to_uppercase(),
                    instance: INSTANCES[instance].to_owned(),
                    from,
                    to: now,
                });
                0.0
            }
        };
        self.stage
            .set(METERS[meter], &[("instance", INSTANCES[instance])], on);
    }

    async fn step(&mut self) {
        if self.random.random_range(0..4) == 0 {
            let (meter, instance) = (
                self.random.random_range(0..METERS.len()),
                self.random.random_range(0..INSTANCES.len()),
            );
            self.flip(meter, instance);
        }
        let seconds = self.random.random_range(5..20);
        self.plane.hand.advance_micros(seconds * 1_000_000);
        let at = self.plane.at();
        self.stage.scraped(self.plane.watch.store(), at, seconds);
        match self.random.random_range(0..12) {
            // In the midst of a round: evaluated and not saved, saved and not told, told and not known to be.
            0..2 => {
                let polls = self.random.random_range(0..10);
                die_after(self.plane.rounds.round(), polls).await;
                return self.die().await;
            }
            // Between what is known and what is decided of it.
            2 => {
                self.plane.rounds.round().await;
                return self.die().await;
            }
            _ => self.plane.rounds.round().await,
        }
        match self.random.random_range(0..12) {
            0 => {
                let polls = self.random.random_range(0..6);
                die_after(self.plane.notifier().tick(), polls).await;
                return self.die().await;
            }
            _ => while self.plane.notifier().tick().await.unwrap() {},
        }
        self.send().await;
    }

    async fn send(&mut self) {
        let plan = match self.random.random_range(0..6) {
            0 => Plan::DieBefore,
            1 => Plan::DieAfter,
            _ => {
                while self.plane.notifier().send_next("desk").await.unwrap().is_some() {}
                return;
            }
        };
        let after = matches!(plan, Plan::DieAfter);
        self.plane.stand.plan(plan);
        let notifier = self.plane.notifier().clone();
        let died = tokio::select! {
            biased;
            () = self.plane.stand.died() => true,
            _ = notifier.send_next("desk") => false,
        };
        if !died {
            self.plane.stand.clear();
            return;
        }
        self.expected.kills_with_a_page_out += usize::from(after);
        drop(notifier);
        self.die().await;
    }

    async fn die(&mut self) {
        self.kills += 1;
        self.plane.die().await;
    }

    /// All is over, and nobody dies any more.
    async fn end(&mut self) {
        for (meter, instance) in self.held.keys().copied().collect::<Vec<_>>() {
            self.flip(meter, instance);
        }
        for _ in 0..2 * SURELY / 5 {
            self.plane.step(&mut self.stage, 5).await;
        }
    }

    fn judged(&self) -> Result<usize, String> {
        let receipts = self.plane.stand.receipts();
        judge(&self.expected, &receipts)?;
        let long = |period: &&Period| period.to - period.from > SURELY * 1_000;
        let mut judged = 0;
        for period in self.periods.iter().filter(long) {
            judged += 1;
            if !told(&receipts, period, true) {
                return Err(format!("never told: {period:?}"));
            }
            let followed = self.periods.iter().any(|other| {
                (&other.alert, &other.instance) == (&period.alert, &period.instance)
                    && (0..SURELY * 1_000).contains(&(other.from - period.to))
            });
            if !followed && !told(&receipts, period, false) {
                return Err(format!("its end was never told: {period:?}"));
            }
        }
        Ok(judged)
    }
}

/// Whether a page showed it as firing while it held, or as over after it.
fn told(receipts: &[Receipt], period: &Period, firing: bool) -> bool {
    receipts.iter().any(|receipt| {
        let at = receipt.page.at / 1_000;
        let when = match firing {
            true => (period.from..=period.to + 60_000).contains(&at),
            false => at >= period.to,
        };
        when && receipt.page.alerts.iter().any(|alert| {
            alert.fires(receipt.page.at) == firing
                && alert.name() == period.alert
                && alert.labels["instance"] == period.instance
        })
    })
}

/// What a faulty plane would do.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// What the rules knew is lost with each death.
    Forgets,
}

#[expect(clippy::print_stderr, reason = "figures of a run, for whoever looks")]
async fn story(kills: usize, seed: u64, fault: Fault) -> Result<(), String> {
    let mut story = Story::new(seed).await;
    let mut steps = 0;
    while story.kills < kills {
        let before = story.kills;
        story.step().await;
        steps += 1;
        if fault == Fault::Forgets && story.kills > before {
            story.plane.forget().await;
        }
    }
    story.end().await;
    let judged = story.judged()?;
    let receipts = story.plane.stand.receipts();
    eprintln!(
        "{kills} deaths in {steps} rounds, {} with a page out; {} pages; {judged} of {} alerts held long enough to be missed",
        story.expected.kills_with_a_page_out,
        receipts.len(),
        story.periods.len(),
    );
    assert!(judged > kills / 20, "{judged} alerts held long enough");
    assert!(story.expected.kills_with_a_page_out > kills / 100);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_deaths_of_the_whole_plane_lose_no_page() {
    story(1_000, 5, Fault::None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plane_that_forgets_what_its_rules_knew_is_caught() {
    let verdict = story(150, 5, Fault::Forgets).await;
    assert!(verdict.is_err(), "{verdict:?}");
}
