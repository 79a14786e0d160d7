//! One close after the other: closed, pressed upon between two snapshots, and reopened by two persons.

use std::time::Duration;

use base::clock::Clock;
use laws::closed::Snapshot;
use tokio::time::Instant;

use super::beside::{self, Beside, Odds};
use super::instances::Instances;
use super::pressure::{Pressure, Who};
use crate::chance::Chance;
use crate::customer::{application, registration};
use crate::people;
use crate::place::Place;
use crate::service::Service;

/// Customers, over the instances in turn.
const CUSTOMERS: usize = 8;
/// How long after an acknowledgement an attempt counts, and late commits are waited for.
pub(super) const PRESSED: Duration = Duration::from_secs(2);
/// How long after an instance is no longer cut off.
const PRESSED_HEALED: Duration = Duration::from_secs(1);

/// What came of it.
pub(super) struct Outcome {
    pub(super) late: Vec<String>,
    pub(super) took: Vec<Duration>,
    /// Instances that were cut off while others closed, and the sessions that hung then.
    pub(super) cut_off: (u64, u64),
    pub(super) attempts: u64,
    pub(super) commits: u64,
}

/// So many closes, each reopened by two persons.
pub(super) async fn closes(
    place: &mut Place,
    mut instances: Instances,
    (requested, odds, who): (u64, Odds, Who),
    chance: &mut Chance,
) -> Outcome {
    let first = instances.services[0].base.clone();
    let channel = place.client(&first, "channel");
    let firm = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;
    let original = channel
        .apply("two", &application(1, &firm))
        .await
        .unwrap()
        .body
        .id;
    // Who reopens does so where the clock is right: sessions, codes and approvals have their times.
    let keepers = people::keepers(place, &first).await;
    let mut pressure = Pressure::start(&instances.addresses, &original, (who, chance)).await;
    let customers: Vec<&Service> = match who {
        Who::All => instances.services.iter().cycle().take(CUSTOMERS).collect(),
        Who::HandsOverTheLink => Vec::new(),
        Who::CustomersOverTheLink => vec![&instances.services[instances.last()]; CUSTOMERS],
    };
    for service in customers {
        pressure.apply(place.client(&service.base, "channel"), firm.clone());
    }
    let (mut late, mut took, mut newest, mut cut_off) = (Vec::new(), Vec::new(), 0, (0, 0));
    for round in 0..requested {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let beside = Beside::of(odds, round);
        let closer = match beside {
            Beside::CloserCutOff => instances.last(),
            // The last is the one that is cut off.
            Beside::InstanceCutOff => usize::try_from(round).unwrap() % instances.last(),
            _ => usize::try_from(round).unwrap() % instances.services.len(),
        };
        let closed = beside::close(
            place,
            &mut instances,
            closer,
            (beside, round),
            (&pressure, chance),
        )
        .await;
        pressure.counts(true);
        let until = Instant::now() + PRESSED;
        let before = Snapshot::take(&place.url, Clock::system().now_micros())
            .await
            .unwrap();
        if beside == Beside::Nothing && instances.is_right(closer) {
            took.push(closed.took);
        }
        // Whatever the clocks say, each closing comes after all that were.
        assert!(
            closed.epoch > newest,
            "round {round}: {} after {newest}",
            closed.epoch
        );
        newest = closed.epoch;
        if beside == Beside::InstanceCutOff {
            cut_off = (cut_off.0 + 1, cut_off.1 + closed.ended);
        }
        if beside.cuts_off() {
            instances.heal(place, &firm, closed.epoch, round).await;
            tokio::time::sleep(PRESSED_HEALED).await;
        }
        tokio::time::sleep_until(until).await;
        pressure.counts(false);
        let after = Snapshot::take(&place.url, Clock::system().now_micros())
            .await
            .unwrap();
        let added = before.added_in(&after);
        late.extend(
            added
                .iter()
                .map(|(what, id)| format!("round {round}: {what} {id}")),
        );
        closed.settled(round).await;
        people::reopen(&keepers, newest).await;
    }
    let (attempts, commits) = pressure.end().await;
    instances.end();
    took.sort_unstable();
    Outcome {
        late,
        took,
        cut_off,
        attempts,
        commits,
    }
}
