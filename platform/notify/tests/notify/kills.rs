//! A thousand kills between intent, sending and marking: nothing is lost, and a kill repeats at most one page, under the
//! same key. The checker catches a notifier that marks before it sends.

use std::collections::{BTreeMap, BTreeSet};

use db::V;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::stand::Plan;
use crate::verdict::{Expected, judge};
use crate::world::{World, notice};

const ALERTS: usize = 40;
/// A group is looked at every five minutes, in this story up to some steps of 40 s late. What fired for longer was told
/// while it fired; what fires anew within this time may be told as that alone.
const SURELY: i64 = 500_000_000;

/// The one who has the alerts: remembers what was taken, and hands in again what was not confirmed.
struct Source {
    /// Name to since when it fires.
    firing: BTreeMap<usize, i64>,
    /// Name to its last mark and when that ended.
    ended: BTreeMap<usize, (String, i64)>,
    expected: Expected,
    random: StdRng,
}

impl Source {
    fn mark(name: usize, starts_at: i64) -> String {
        let fingerprint = notice(&labels(name), 0, None);
        format!("{}@{starts_at}", notify::fingerprint(&fingerprint.labels))
    }

    /// Something begins or ends. `killed` drops the call at a moment of chance; then it is handed in again.
    async fn change(&mut self, world: &mut World, killed: bool) {
        let name = self.random.random_range(0..ALERTS);
        let now = world.now();
        let (starts_at, ends_at) = match self.firing.remove(&name) {
            Some(since) => {
                let mark = Self::mark(name, since);
                if now - since > SURELY {
                    self.expected.fired.insert(mark.clone());
                    self.expected.ended.insert(mark.clone());
                }
                self.ended.insert(name, (mark, now));
                (since, Some(now))
            }
            None => {
                if let Some((mark, at)) = self.ended.remove(&name)
                    && now - at <= SURELY
                {
                    self.expected.ended.remove(&mark);
                }
                self.firing.insert(name, now);
                (now, None)
            }
        };
        let notices = [notice(&labels(name), starts_at, ends_at)];
        if killed {
            // Dropped before it starts, in its midst, or when it is done and nobody heard of it.
            let polls = self.random.random_range(0..4);
            let taking = Box::pin(world.notifier.take(&notices));
            give_up_after(taking, polls).await;
            world.restart().await;
        }
        world.notifier.take(&notices).await.unwrap();
    }
}

/// Polls a future so many times and drops it.
async fn give_up_after<F: Future + Unpin>(mut future: F, polls: u32) {
    for _ in 0..polls {
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(context))
        });
        if polled.await.is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn labels(name: usize) -> [(&'static str, &'static str); 2] {
    const NAMES: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
    const INSTANCES: [&str; 5] = ["1", "2", "3", "4", "5"];
    [
        ("alertname", NAMES[name % NAMES.len()]),
        ("instance", INSTANCES[name / NAMES.len()]),
    ]
}

/// What is done to the notifier to see whether the checker sees it.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// A page is marked as sent before it is sent.
    MarkBeforeSend,
    /// After a kill the page gets another key.
    AnotherKey,
}

#[expect(clippy::print_stderr, reason = "figures of a run, for whoever looks")]
async fn story(mut world: World, kills: usize, fault: Fault, seed: u64) -> Result<(), String> {
    let mut source = Source {
        firing: BTreeMap::new(),
        ended: BTreeMap::new(),
        expected: Expected::default(),
        random: StdRng::seed_from_u64(seed),
    };
    let mut killed = 0;
    while killed < kills {
        world
            .hand
            .advance_micros(source.random.random_range(1..40) * 1_000_000);
        let during_take = source.random.random_range(0..20) == 0;
        if source.random.random_range(0..2) == 0 {
            source.change(&mut world, during_take).await;
            killed += usize::from(during_take);
        }
        match source.random.random_range(0..20) {
            // Between the decision, which is on disk, and everything after it.
            0 => {
                while world.notifier.tick().await.unwrap() {}
                world.restart().await;
                killed += 1;
                continue;
            }
            // In the midst of a decision.
            1 => {
                let polls = source.random.random_range(0..6);
                let ticking = Box::pin(world.notifier.tick());
                give_up_after(ticking, polls).await;
                world.restart().await;
                killed += 1;
                continue;
            }
            _ => while world.notifier.tick().await.unwrap() {},
        }
        killed += send(&mut world, &mut source, fault).await;
    }
    // Everything ends, and nobody is killed any more.
    world.hand.advance_micros(SURELY);
    world.settle().await;
    for (name, since) in std::mem::take(&mut source.firing) {
        let mark = Source::mark(name, since);
        source.expected.fired.insert(mark.clone());
        source.expected.ended.insert(mark);
        world
            .notifier
            .take(&[notice(&labels(name), since, Some(world.now()))])
            .await
            .unwrap();
    }
    world.pass(1800).await;
    let receipts = world.stand.receipts();
    assert!(
        source.expected.fired.len() > kills / 8,
        "{} alerts fired",
        source.expected.fired.len()
    );
    assert!(receipts.len() > kills / 8, "{} pages arrived", receipts.len());
    let keys: BTreeSet<&str> = receipts.iter().map(|receipt| receipt.key.as_str()).collect();
    eprintln!(
        "{killed} kills, {} of them with a page out; {} alerts fired for long; {} pages, {} of them twice",
        source.expected.kills_with_a_page_out,
        source.expected.fired.len(),
        keys.len(),
        receipts.len() - keys.len(),
    );
    judge(&source.expected, &receipts)
}

/// Sends what is due, and is killed at one page in three.
async fn send(world: &mut World, source: &mut Source, fault: Fault) -> usize {
    let plan = match source.random.random_range(0..6) {
        0 => Some(Plan::DieBefore),
        1 => Some(Plan::DieAfter),
        _ => None,
    };
    let Some(plan) = plan else {
        while world.notifier.send_next("chat").await.unwrap().is_some() {}
        return 0;
    };
    world.stand.plan(plan.clone());
    let notifier = world.notifier.clone();
    let died = tokio::select! {
        biased;
        () = world.stand.died() => true,
        sent = notifier.send_next("chat") => {
            assert_eq!(sent.unwrap(), None, "a page meets the plan to die");
            false
        }
    };
    if !died {
        // Nothing was due.
        world.stand.clear();
        return 0;
    }
    drop(notifier);
    source.expected.kills_with_a_page_out += usize::from(matches!(plan, Plan::DieAfter));
    plant(world, fault).await;
    world.restart().await;
    1
}

/// What a faulty notifier would have left behind.
async fn plant(world: &World, fault: Fault) {
    let sql = match fault {
        Fault::None => return,
        Fault::MarkBeforeSend => {
            "UPDATE notify_outbox SET state = 'sent', done_at = $1 WHERE state = 'queued' AND claimed_until > $1"
        }
        Fault::AnotherKey => {
            "UPDATE notify_outbox SET id = id || '2' WHERE state = 'queued' AND claimed_until > $1"
        }
    };
    let now = world.now();
    world
        .db
        .write(move |tx| -> db::Job<'_, u64, db::DbError> {
            Box::pin(async move { tx.exec(sql, &[V::Int(now)]).await })
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_kills_lose_nothing_and_repeat_at_most_one_page_each() {
    story(World::sqlite().await, 1000, Fault::None, 7).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_a_hundred_on_postgresql() {
    story(World::postgres().await, 100, Fault::None, 11)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notifier_that_marks_before_it_sends_is_caught() {
    let verdict = story(World::sqlite().await, 150, Fault::MarkBeforeSend, 7).await;
    assert!(
        verdict.as_ref().is_err_and(|why| why.contains("never told")),
        "{verdict:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notifier_that_takes_another_key_is_caught() {
    let verdict = story(World::sqlite().await, 150, Fault::AnotherKey, 7).await;
    assert!(
        verdict.as_ref().is_err_and(|why| why.contains("two keys")),
        "{verdict:?}"
    );
}
