//! One instance of several whose clock is an hour ahead: what persons agreed on for a time does not happen before
//! that time, by its hand or by itself, and nobody who works at another instance is signed out.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use base::clock::Clock;
use client::access::{Execute, Judge, Propose};
use client::http::Request;
use client::operations::IntakeOrder;

use crate::people::{self, Person};
use crate::place::{self, Place, Store};
use crate::service::{Particular, Service};
use crate::standin::Standin;
use crate::{binaries, report};

const AHEAD: i64 = 3600;
/// From the proposal to the time that is agreed on: long enough for all that is tried before.
const LATER: i64 = 8_000_000;
/// How long after its time it may happen: the service looks once a second.
const LATE: i64 = 5_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_agreed_on_for_a_time_waits_for_it_though_one_clock_is_ahead_on_postgresql() {
    let test = "what_was_agreed_on_for_a_time_waits_for_it_though_one_clock_is_ahead_on_postgresql";
    if !place::postgres(test) {
        return;
    }
    let Some(moved) = binaries::with_bugs() else {
        report::skip(test, "no build with a clock that can be moved");
        return;
    };
    let place = Place::with_settings(Store::Postgres, &[("max_connections", "200")]);
    let standin = Standin::start(&place);
    let right = Service::start(&place, &standin);
    let clock = place.path("clock");
    fs::write(&clock, format!("+{AHEAD}\n")).unwrap();
    let ahead = Particular {
        clock: Some(clock),
        ..Particular::default()
    };
    let fast = Service::of(&place, &standin, (&moved, ""), ahead);
    let keepers = people::keepers(&place, &right.base).await;
    let operator = place.client(&right.base, "operator");
    let order = IntakeOrder::everything("drill");
    let closed = operator.close_intake("close", &order).await.unwrap().body;

    let now = || Clock::system().now_micros();
    let at = now() + LATER;
    let wanted = Propose {
        act: "intake.reopen_at".to_owned(),
        parameters: BTreeMap::from([
            ("epoch".to_owned(), closed.epoch.to_string()),
            ("at".to_owned(), at.to_string()),
        ]),
    };
    let asked = Request::propose("asked", &wanted);
    let proposal = keepers[0].send(&asked).await.unwrap().body;
    let digest = proposal.digest;
    let yes = Judge {
        digest: digest.clone(),
        approve: true,
        for_absent: None,
    };
    let agreed = Request::judge("agreed", &proposal.id, &yes);
    keepers[1].send(&agreed).await.unwrap();

    // By hand, at the instance that believes its time is over.
    let there = place.client(&fast.base, "operator");
    let eager = Person::enrol(&place, "eager", "operator");
    let token = eager.session(&there, AHEAD).await;
    let eager = there.with_token(&token).unwrap();
    let done = Request::execute("done", &proposal.id, &Execute { digest });
    let early = eager.send(&done).await.unwrap_err();
    assert_eq!(early.code(), Some("illegal-transition"), "{early}");

    // By itself, at its time; who works at the other instance is still signed in.
    loop {
        let state = keepers[0].intake().await.unwrap().body.state;
        let seen = now();
        if state == "open" {
            assert!(seen >= at, "{} ms early", (at - seen) / 1000);
            break;
        }
        assert_eq!(state, "reopening");
        assert!(seen < at + LATE, "it did not happen");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
