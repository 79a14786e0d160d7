//! The instances that intake is closed over. Where the world is against them, the last reaches the database over
//! a link that can be cut, and the clocks of the last two are wrong.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base::clock::Clock;
use client::operations::Intake;
use tokio::time::Instant;

use crate::link::Link;
use crate::place::Place;
use crate::service::{Particular, Service};
use crate::standin::Standin;
use crate::{binaries, customer, report};

/// Seconds by which a wrong clock is wrong, as one is whose zone was set wrongly.
const HOUR: i64 = 3600;
/// How far apart two right clocks read at most: as long as a close may take.
const APART: i64 = 60;
/// How long an instance that is cut off may go on as if it were not: the door's trust of two seconds, and two more
/// on a busy machine.
const UNAWARE: Duration = Duration::from_secs(4);
/// How long it may take to answer what it need not ask the database.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How long it may take to find its way back: a connection that broke is found out when it is used.
const BACK: Duration = Duration::from_secs(10);

/// The instances of one system.
pub(super) struct Instances {
    pub(super) services: Vec<Service>,
    /// Where the database is reached, and the link that the last way leads over.
    pub(super) addresses: Vec<String>,
    link: Option<Link>,
    /// By how many seconds the clock of each is wrong.
    wrong: Vec<i64>,
}

impl Instances {
    pub(super) fn start(place: &Place, standin: &Standin, number: usize) -> Self {
        let services = (0..number).map(|_| Service::start(place, standin)).collect();
        Self {
            services,
            addresses: vec![place.url.clone()],
            link: None,
            wrong: vec![0; number],
        }
    }

    /// Two, of which the last reaches the database over a link, and is a build with a planted bug, if one is named.
    pub(super) async fn linked(
        place: &Place,
        standin: &Standin,
        (binary, failpoints): (&Path, &str),
    ) -> Self {
        let (link, over_the_link) = link(place).await;
        let last = Particular {
            database: Some(over_the_link.clone()),
            ..Particular::default()
        };
        let first = Service::start(place, standin);
        let last = Service::of(place, standin, (binary, failpoints), last);
        Self {
            services: vec![first, last],
            addresses: vec![place.url.clone(), over_the_link],
            link: Some(link),
            wrong: vec![0; 2],
        }
    }

    /// With the world against them.
    pub(super) async fn against_all_odds(
        place: &Place,
        standin: &Standin,
        number: usize,
        test: &str,
    ) -> Self {
        let (link, over_the_link) = link(place).await;
        let moved = binaries::with_bugs();
        if moved.is_none() {
            report::skip(test, "shifted clocks: no build with a clock that can be moved");
        }
        let mut instances = Self {
            services: Vec::new(),
            addresses: vec![place.url.clone(), over_the_link.clone()],
            link: Some(link),
            wrong: Vec::new(),
        };
        for at in 0..number {
            let wrong = match number - at {
                _ if moved.is_none() => 0,
                2 => HOUR,
                1 => -HOUR,
                _ => 0,
            };
            let clock = place.path(&format!("clock-{at}"));
            fs::write(&clock, format!("+{wrong}\n")).unwrap();
            let particular = Particular {
                database: (at + 1 == number).then(|| over_the_link.clone()),
                clock: (wrong != 0).then_some(clock),
                ..Particular::default()
            };
            let shipped = binaries::shipped("financing");
            let binary = moved.as_ref().filter(|_| wrong != 0).unwrap_or(&shipped);
            instances
                .services
                .push(Service::of(place, standin, (binary, ""), particular));
            instances.wrong.push(wrong);
        }
        instances
    }

    /// The one that the link leads to.
    pub(super) fn last(&self) -> usize {
        self.services.len() - 1
    }

    /// Whether an instance is as it ships.
    pub(super) fn is_right(&self, which: usize) -> bool {
        self.wrong[which] == 0
    }

    pub(super) fn cut_off(&self) {
        self.link.as_ref().unwrap().cut();
    }

    /// Once the last one is cut off: it finds out, refuses new business and says that it cannot know; then it is
    /// healed, and knows of the closing that it missed.
    pub(super) async fn heal(&self, place: &Place, firm: &str, epoch: i64, round: u64) {
        let base = &self.services[self.last()].base;
        let (channel, operator) = (place.client(base, "channel"), place.client(base, "operator"));
        let body = customer::application(1, firm);
        let until = Instant::now() + UNAWARE;
        for tries in 0.. {
            // Before it has found out, it waits for an answer of the database.
            let key = format!("cut-off-{round}-{tries}");
            let seen = tokio::time::timeout(AT_ONCE, channel.apply(&key, &body)).await;
            let code = seen.map(|answer| answer.unwrap_err().code().map(str::to_owned));
            if matches!(code.as_ref(), Ok(Some(code)) if code == "intake-unverified") {
                break;
            }
            assert!(Instant::now() < until, "round {round}: {code:?}");
        }
        // It need not ask the database to know that it cannot.
        let seen = tokio::time::timeout(AT_ONCE, operator.intake()).await.unwrap();
        assert_eq!(seen.unwrap().body.state, "closed (unverified)", "round {round}");

        self.link.as_ref().unwrap().heal();
        let until = Instant::now() + BACK;
        loop {
            match operator.intake().await {
                Ok(seen) if (&*seen.body.state, seen.body.epoch) == ("closed", epoch) => break,
                seen => assert!(Instant::now() < until, "round {round}: {seen:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// That an instance closed by its own clock, so that those that are wrong were.
    pub(super) fn by_its_clock(&self, which: usize, intake: &Intake) {
        let ahead = (intake.changed_at - Clock::system().now_micros()) / 1_000_000;
        let wrong = self.wrong[which];
        assert!((ahead - wrong).abs() < APART, "{ahead} s ahead, not {wrong} s");
    }

    pub(super) fn end(mut self) {
        for service in &mut self.services {
            assert!(
                service.process.terminate().success(),
                "{}",
                service.process.said()
            );
        }
    }
}

/// A link to the place's server, and the database's address over it.
async fn link(place: &Place) -> (Link, String) {
    let cluster = place.cluster.as_ref().unwrap();
    let link = Link::to(cluster.port()).await;
    let [theirs, ours] = [cluster.port(), link.port].map(|port| format!(":{port}/"));
    let over_the_link = place.url.replace(&theirs, &ours);
    (link, over_the_link)
}
