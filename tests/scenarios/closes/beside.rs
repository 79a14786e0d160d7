//! What happens beside a close, and who is asked to close then.

use std::time::{Duration, Instant};

use client::http::Outcome;
use client::operations::{Intake, IntakeOrder};
use tokio::task::JoinHandle;

use super::instances::Instances;
use super::pressure::Pressure;
use crate::chance::Chance;
use crate::place::Place;

/// How long an instance that is cut off is waited for, before another is asked to close.
const UNANSWERED: Duration = Duration::from_millis(300);
/// How often another instance is asked, and how long between: until the database's server is back.
const TRIES: u64 = 50;
const BETWEEN: Duration = Duration::from_millis(200);

/// What happens beside the closes of a run.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Odds {
    /// Nothing.
    None,
    /// Everything, in turn.
    All,
    /// An instance is cut off each time.
    Partitions,
}

/// What happens beside a close.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Beside {
    Nothing,
    /// Another instance is killed as the close begins.
    InstanceKilled,
    /// The instance that closes is killed before it has answered; another one closes then.
    CloserKilled,
    /// The database's server is killed before the close is answered, and started again; intake is closed again then.
    PrimaryKilled,
    /// Another instance, with transactions in flight, is cut off from the database as the close begins.
    InstanceCutOff,
    /// The instance that closes is cut off before it has answered; another one closes then.
    CloserCutOff,
}

/// Rounds until each has happened.
pub(super) const ALL: u64 = 8;

impl Beside {
    pub(super) fn of(odds: Odds, round: u64) -> Self {
        match odds {
            Odds::None => Self::Nothing,
            Odds::Partitions => Self::InstanceCutOff,
            Odds::All => Self::in_turn(round),
        }
    }

    fn in_turn(round: u64) -> Self {
        match round % ALL {
            3 => Self::InstanceKilled,
            4 => Self::CloserKilled,
            5 => Self::PrimaryKilled,
            6 => Self::InstanceCutOff,
            7 => Self::CloserCutOff,
            _ => Self::Nothing,
        }
    }

    pub(super) fn cuts_off(self) -> bool {
        matches!(self, Self::InstanceCutOff | Self::CloserCutOff)
    }
}

/// An acknowledged close.
pub(super) struct Closed {
    pub(super) epoch: i64,
    /// How long the answer took.
    pub(super) took: Duration,
    /// Sessions that hung with the gate in their hands, and were ended.
    pub(super) ended: u64,
    /// An order that is still under way at an instance that is cut off.
    pub(super) unanswered: Option<JoinHandle<Outcome<Intake>>>,
}

impl Closed {
    /// Once nobody is cut off any more: an order that was under way then found it closed, or failed.
    pub(super) async fn settled(self, round: u64) {
        let Some(order) = self.unanswered else {
            return;
        };
        if let Ok(late) = order.await.unwrap() {
            assert_eq!(late.body.epoch, self.epoch, "round {round}: it closed anew");
        }
    }
}

/// Closes over one instance, with what happens beside it.
pub(super) async fn close(
    place: &mut Place,
    instances: &mut Instances,
    closer: usize,
    (beside, round): (Beside, u64),
    (pressure, chance): (&Pressure, &mut Chance),
) -> Closed {
    let other = (closer + 1) % instances.services.len();
    let operators = [closer, other].map(|at| place.client(&instances.services[at].base, "operator"));
    let order = |which: usize, step: u64| {
        let operator = operators[which].clone();
        async move {
            let key = format!("close-{round}-{step}");
            operator
                .close_intake(&key, &IntakeOrder::everything("drill"))
                .await
        }
    };
    if beside == Beside::InstanceCutOff && pressure.is_by_hand() {
        pressure.somebody_holds_it_over_the_link().await;
    }
    let began = Instant::now();
    let mut asked = tokio::spawn(order(0, 0));
    if matches!(
        beside,
        Beside::CloserKilled | Beside::PrimaryKilled | Beside::CloserCutOff
    ) {
        tokio::time::sleep(Duration::from_millis(chance.between(0, 150))).await;
    }
    match beside {
        Beside::Nothing => {}
        Beside::InstanceKilled => instances.services[other].process.kill(),
        Beside::CloserKilled => instances.services[closer].process.kill(),
        Beside::PrimaryKilled => place.cluster.as_mut().unwrap().kill(),
        Beside::InstanceCutOff | Beside::CloserCutOff => instances.cut_off(),
    }
    let answered = match beside {
        Beside::CloserCutOff => tokio::time::timeout(UNANSWERED, &mut asked).await.ok(),
        _ => Some((&mut asked).await),
    };
    let answered = answered.map(Result::unwrap);
    let took = began.elapsed();
    if beside == Beside::PrimaryKilled {
        place.cluster.as_mut().unwrap().restart().unwrap();
    }
    let unanswered = answered.is_none().then_some(asked);
    let intake = match (answered, beside) {
        (Some(Ok(reply)), _) => {
            if matches!(beside, Beside::Nothing | Beside::InstanceKilled) {
                instances.by_its_clock(closer, &reply.body);
            }
            reply.body
        }
        // Nobody knows whether it is closed: closing again is always right.
        (None | Some(Err(_)), Beside::CloserKilled | Beside::PrimaryKilled | Beside::CloserCutOff) => {
            let mut tries = 1;
            loop {
                match order(1, tries).await {
                    Ok(reply) => break reply.body,
                    Err(error) => assert!(tries < TRIES, "round {round}: {error}"),
                }
                tries += 1;
                tokio::time::sleep(BETWEEN).await;
            }
        }
        (outcome, _) => panic!("round {round}: {outcome:?}"),
    };
    match beside {
        Beside::InstanceKilled => instances.services[other].again(place),
        Beside::CloserKilled => instances.services[closer].again(place),
        _ => {}
    }
    Closed {
        epoch: intake.epoch,
        took,
        ended: intake.terminated.into(),
        unanswered,
    }
}
