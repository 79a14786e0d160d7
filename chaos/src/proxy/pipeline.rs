//! The effects of one direction of one connection, in a row, and what waits behind them for its time.

use std::collections::VecDeque;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::time::Instant;

use crate::proxy::effects::{self, Effect, Item, What};
use crate::proxy::toxic::{Kind, Stream};
use crate::proxy::toxics::List;

/// How much waits at most where nothing is delayed on purpose: one read.
const ROOM: usize = 64 * 1024;
/// And where it is: what a second of 128 Mbit/s holds. More makes the sender wait.
const ROOM_DELAYED: usize = 16 << 20;

/// One toxic on this link.
struct Stage {
    number: u64,
    version: u64,
    kind: Kind,
    /// None where the chance of its toxicity spared this link.
    effect: Option<Box<dyn Effect>>,
}

/// What becomes of what is read.
pub(super) struct Pipeline {
    stream: Stream,
    stages: Vec<Stage>,
    waiting: VecDeque<Item>,
    bytes: usize,
    room: usize,
    random: StdRng,
}

impl Pipeline {
    pub(super) fn new(stream: Stream, random: StdRng) -> Self {
        Self {
            stream,
            stages: Vec::new(),
            waiting: VecDeque::new(),
            bytes: 0,
            room: ROOM,
            random,
        }
    }

    /// Whether bytes may pass as they come.
    pub(super) fn is_plain(&self) -> bool {
        self.waiting.is_empty() && self.stages.iter().all(|stage| stage.effect.is_none())
    }

    /// Whether it takes more bytes.
    pub(super) fn has_room(&self) -> bool {
        self.bytes < self.room
    }

    /// What is next, and when.
    pub(super) fn next(&self) -> Option<&Item> {
        self.waiting.front()
    }

    /// Sends something through all effects.
    pub(super) fn pass(&mut self, item: Item) {
        self.through(0, vec![item]);
    }

    /// So many bytes of what is next have left.
    pub(super) fn left(&mut self, count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        for effect in self.stages.iter_mut().filter_map(|stage| stage.effect.as_mut()) {
            effect.left(count);
        }
        let Some(Item {
            what: What::Data(bytes, _),
            ..
        }) = self.waiting.front_mut()
        else {
            return;
        };
        if count >= bytes.len() {
            self.waiting.pop_front();
        } else {
            drop(bytes.split_to(count));
        }
    }

    /// Follows the list. What was updated is drawn anew; what waits is passed again, with the time at which it came.
    /// Whether the connection may go on.
    pub(super) fn follow(&mut self, list: &List, now: Instant) -> bool {
        let mut before = std::mem::take(&mut self.stages);
        for active in list.iter().filter(|active| active.toxic.stream == self.stream) {
            let known = before.iter().position(|stage| stage.number == active.number);
            let known = known.map(|at| before.swap_remove(at));
            let stage = match known {
                Some(same) if same.version == active.version => same,
                other => {
                    let sent = other
                        .and_then(|stage| stage.effect)
                        .map_or(0, |effect| effect.sent());
                    let kind = active.toxic.kind;
                    // A share of nothing spares every link, and a share of one none.
                    let drawn = self.random.random::<f32>() < active.toxic.toxicity;
                    let effect = drawn.then(|| {
                        let own = StdRng::seed_from_u64(self.random.random());
                        let mut effect = effects::of(kind, now, own);
                        effect.follow(sent);
                        effect
                    });
                    Stage {
                        number: active.number,
                        version: active.version,
                        kind,
                        effect,
                    }
                }
            };
            self.stages.push(stage);
        }
        // What is left of `before` was removed.
        let goes_on = !before
            .iter()
            .filter_map(|stage| stage.effect.as_ref())
            .any(|effect| effect.must_close_after());
        self.room = self.measure();
        self.begin_again(now);
        goes_on
    }

    fn begin_again(&mut self, now: Instant) {
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        for at in 0..self.stages.len() {
            let mut next = Vec::new();
            if let Some(effect) = self.stages.get_mut(at).and_then(|stage| stage.effect.as_mut()) {
                effect.begin(now, &mut next);
            }
            self.through(at + 1, next);
        }
        for item in waiting {
            match item.what {
                What::Data(_, came) => self.pass(Item { due: came, ..item }),
                What::End => self.pass(Item { due: now, ..item }),
                // Said again by whoever said it, if it is still there.
                What::Cut | What::Reset => {}
            }
        }
    }

    fn through(&mut self, from: usize, mut items: Vec<Item>) {
        for effect in self
            .stages
            .iter_mut()
            .skip(from)
            .filter_map(|stage| stage.effect.as_mut())
        {
            let mut next = Vec::with_capacity(items.len());
            for item in items {
                effect.pass(item, &mut next);
            }
            items = next;
        }
        for item in items {
            self.wait(item);
        }
    }

    /// By time; what is due at the same time in the order in which it came.
    fn wait(&mut self, item: Item) {
        if let What::Data(bytes, _) = &item.what {
            self.bytes += bytes.len();
        }
        let later = self
            .waiting
            .iter()
            .rev()
            .take_while(|other| other.due > item.due)
            .count();
        self.waiting.insert(self.waiting.len() - later, item);
    }

    /// Enough for what is on its way at the rate that is let through.
    fn measure(&self) -> usize {
        let drawn = self.stages.iter().filter(|stage| stage.effect.is_some());
        let (mut delay, mut rate) = (0_i64, i64::MAX);
        for stage in drawn {
            match stage.kind {
                Kind::Latency { latency, jitter } => {
                    delay = delay.saturating_add(latency.saturating_add(jitter).max(0));
                }
                Kind::Bandwidth { rate: one } if one > 0 => rate = rate.min(one),
                _ => {}
            }
        }
        if delay == 0 {
            return ROOM;
        }
        // KB a second times milliseconds is bytes.
        let on_its_way = usize::try_from(rate.saturating_mul(delay)).unwrap_or(usize::MAX);
        on_its_way.saturating_add(ROOM).min(ROOM_DELAYED)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::proxy::toxic::Toxic;
    use crate::proxy::toxics::Active;

    fn list(toxics: &[(u64, u64, f32, Kind)]) -> List {
        let active = toxics.iter().map(|(number, version, toxicity, kind)| Active {
            number: *number,
            version: *version,
            toxic: Toxic {
                name: number.to_string(),
                stream: Stream::Downstream,
                toxicity: *toxicity,
                kind: *kind,
                expires_in_ms: 0,
            },
        });
        Arc::new(active.collect())
    }

    fn pipeline() -> Pipeline {
        Pipeline::new(Stream::Downstream, StdRng::seed_from_u64(5))
    }

    fn data(text: &'static str, at: Instant) -> Item {
        Item {
            due: at,
            what: What::Data(Bytes::from_static(text.as_bytes()), at),
        }
    }

    const fn latency(latency: i64) -> Kind {
        Kind::Latency { latency, jitter: 0 }
    }

    #[test]
    fn a_toxicity_of_nothing_leaves_the_link_plain_and_half_spares_half() {
        let now = Instant::now();
        let mut plain = 0;
        for seed in 0..400 {
            let mut link = Pipeline::new(Stream::Downstream, StdRng::seed_from_u64(seed));
            link.follow(&list(&[(0, 0, 0.0, latency(100))]), now);
            assert!(link.is_plain());
            link.follow(&list(&[(0, 1, 1.0, latency(100))]), now);
            assert!(!link.is_plain());
            link.follow(&list(&[(0, 2, 0.5, latency(100))]), now);
            plain += u32::from(link.is_plain());
        }
        assert!((150..250).contains(&plain), "{plain}");
    }

    #[test]
    fn what_waits_counts_from_when_it_came_when_a_latency_is_updated_and_leaves_when_it_is_removed() {
        let now = Instant::now();
        let mut link = pipeline();
        link.follow(&list(&[(0, 0, 1.0, latency(10_000))]), now);
        link.pass(data("a", now));
        let later = now + Duration::from_secs(1);
        link.follow(&list(&[(0, 1, 1.0, latency(3_000))]), later);
        assert_eq!(link.next().unwrap().due - now, Duration::from_secs(3));
        assert!(link.follow(&list(&[]), later));
        assert!(link.next().unwrap().due <= later);
        link.left(1);
        assert!(link.is_plain());
    }

    #[test]
    fn one_that_was_not_changed_keeps_what_it_drew() {
        let now = Instant::now();
        for seed in 0..50 {
            let mut link = Pipeline::new(Stream::Downstream, StdRng::seed_from_u64(seed));
            let half = (0, 0, 0.5, latency(100));
            link.follow(&list(&[half]), now);
            let before = link.is_plain();
            link.follow(&list(&[half, (1, 0, 0.0, latency(5))]), now);
            assert_eq!(link.is_plain(), before);
        }
    }

    #[test]
    fn a_close_before_a_timeout_is_over_goes_first_and_its_removal_closes() {
        let now = Instant::now();
        let mut link = pipeline();
        let timeout = Kind::Timeout { timeout: 5_000 };
        link.follow(&list(&[(0, 0, 1.0, timeout)]), now);
        assert_eq!(link.next().unwrap().what, What::Cut);
        link.pass(data("a", now));
        link.pass(Item {
            due: now,
            what: What::End,
        });
        assert_eq!(link.next().unwrap().what, What::End);
        assert!(!link.follow(&list(&[]), now));
    }

    #[test]
    fn what_waits_is_bounded_by_what_is_on_its_way() {
        let now = Instant::now();
        let mut link = pipeline();
        let slow = (0, 0, 1.0, Kind::Bandwidth { rate: 100 });
        link.follow(&list(&[slow]), now);
        assert_eq!(link.room, ROOM);
        link.follow(&list(&[slow, (1, 0, 1.0, latency(500))]), now);
        assert_eq!(link.room, ROOM + 50_000);
        link.follow(&list(&[(1, 0, 1.0, latency(500))]), now);
        assert_eq!(link.room, ROOM_DELAYED);
    }

    /// Takes out what is due, in parts of chance; whether the end was among it.
    fn drain(link: &mut Pipeline, now: Instant, out: &mut Vec<u8>, random: &mut StdRng) -> bool {
        while let Some(item) = link.next().filter(|item| item.due <= now).cloned() {
            match item.what {
                What::Data(bytes, _) => {
                    let part = random.random_range(1..=bytes.len());
                    out.extend_from_slice(&bytes[..part]);
                    link.left(part);
                }
                What::End => return true,
                other => panic!("{other:?}"),
            }
        }
        false
    }

    #[test]
    fn no_byte_is_lost_doubled_or_moved_whatever_changes_while_it_waits() {
        for seed in 0..400 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut link = Pipeline::new(Stream::Downstream, StdRng::seed_from_u64(seed));
            let (mut now, mut toxics) = (Instant::now(), Vec::new());
            let (mut sent, mut out): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
            for step in 0..120_u64 {
                match random.random_range(0..6) {
                    0 => {
                        let kind = match random.random_range(0..5) {
                            0 => Kind::Latency {
                                latency: random.random_range(0..300),
                                jitter: random.random_range(0..100),
                            },
                            1 => Kind::Bandwidth {
                                rate: random.random_range(0..4),
                            },
                            2 => Kind::Slicer {
                                average_size: random.random_range(0..9),
                                size_variation: random.random_range(0..9),
                                delay: random.random_range(0..9_000),
                            },
                            3 => Kind::SlowClose { delay: 500 },
                            _ => Kind::LimitData { bytes: 1 << 40 },
                        };
                        toxics.push((step, 0, random.random(), kind));
                        link.follow(&list(&toxics), now);
                    }
                    1 if !toxics.is_empty() => {
                        let at = random.random_range(0..toxics.len());
                        if random.random() {
                            toxics.remove(at);
                        } else {
                            toxics[at].1 += 1;
                            toxics[at].2 = random.random();
                        }
                        assert!(link.follow(&list(&toxics), now), "none of these must close");
                    }
                    2 => now += Duration::from_millis(random.random_range(0..60)),
                    _ => {
                        let piece: Vec<u8> =
                            (0..random.random_range(1..40)).map(|_| random.random()).collect();
                        sent.extend_from_slice(&piece);
                        link.pass(Item {
                            due: now,
                            what: What::Data(Bytes::from(piece), now),
                        });
                    }
                }
                assert!(!drain(&mut link, now, &mut out, &mut random), "nobody closed");
            }
            link.pass(Item {
                due: now,
                what: What::End,
            });
            while !drain(&mut link, now, &mut out, &mut random) {
                now += Duration::from_millis(100);
            }
            assert!(out == sent, "seed {seed}: {} of {} bytes", out.len(), sent.len());
        }
    }
}
