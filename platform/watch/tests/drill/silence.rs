//! A part of the watcher stands still while the process lives and answers: its watchdog tells somebody within a minute.

use notify::deadman::{Finding, Watchdog};

use crate::plane::Plane;
use crate::stage::Stage;

const SECOND: i64 = 1_000_000;
/// What `backstop-watchdog` waits unless it is told otherwise, and its time between two looks.
const PATIENCE: i64 = 30 * SECOND;
const LOOK: i64 = 5;
/// Until somebody is told.
const WITHIN: i64 = 60;

/// Which part still works.
#[derive(Clone, Copy)]
struct Works {
    rules: bool,
    notifier: bool,
}

const ALL: Works = Works {
    rules: true,
    notifier: true,
};

struct Watched {
    plane: Plane,
    dog: Watchdog,
    seconds: i64,
}

impl Watched {
    async fn begun() -> Self {
        let mut watched = Self {
            plane: Plane::shipped().await,
            dog: Watchdog::new(PATIENCE, 300 * SECOND, 0),
            seconds: 0,
        };
        assert_eq!(watched.pass(ALL, 120).await, None, "all works");
        watched
    }

    /// Lets so many seconds pass; answers after how many of them the silence was found.
    async fn pass(&mut self, works: Works, seconds: i64) -> Option<i64> {
        let mut stage = Stage::empty();
        for second in 1..=seconds {
            self.seconds += 1;
            self.plane.hand.advance_micros(SECOND);
            stage.scraped(self.plane.watch.store(), self.plane.at(), 1);
            if works.rules {
                self.plane.rounds.round().await;
            }
            if works.notifier {
                while self.plane.notifier().tick().await.unwrap() {}
            }
            if self.seconds % LOOK != 0 {
                continue;
            }
            let beat = self.plane.watch.pulse().map(|pulse| pulse.to_string());
            let wall = self.plane.clock.now_micros();
            let found = self.dog.look(beat.as_deref(), self.seconds * SECOND, wall);
            if found.iter().any(|one| matches!(one, Finding::Silent(_))) {
                return Some(second);
            }
            assert_eq!(found, []);
        }
        None
    }

    async fn expect(mut self, works: Works) {
        let told = self.pass(works, 2 * WITHIN).await;
        assert!(told.is_some_and(|after| after <= WITHIN), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_evaluator_that_died_is_told_within_a_minute() {
    let works = Works { rules: false, ..ALL };
    Watched::begun().await.expect(works).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_notifier_that_died() {
    let works = Works {
        notifier: false,
        ..ALL
    };
    Watched::begun().await.expect(works).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_store_that_takes_nothing_more() {
    let watched = Watched::begun().await;
    watched.plane.lose_the_state().await;
    let works = Works {
        notifier: true,
        ..ALL
    };
    watched.expect(works).await;
}
