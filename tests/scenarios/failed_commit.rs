//! The commit fails (injected): nobody is acknowledged, the process stops and
//! says that somebody has to look, and the same key finds out afterwards.

use client::http::CallError;

use crate::customer::registration;
use crate::place::{self, Place, Store};
use crate::service::Service;
use crate::standin::Standin;
use crate::{binaries, report};

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_acknowledges_nobody_on_sqlite() {
    failed_commit("a_failed_commit_acknowledges_nobody_on_sqlite", Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_acknowledges_nobody_on_postgresql() {
    let test = "a_failed_commit_acknowledges_nobody_on_postgresql";
    if place::postgres(test) {
        failed_commit(test, Store::Postgres).await;
    }
}

async fn failed_commit(test: &str, store: Store) {
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with failpoints");
        return;
    };
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::with(&place, &standin, &binary, "commit_fails");
    let channel = place.client(&service.base, "channel");
    let firm = registration(1);
    let outcome = channel.register_firm("failing", &firm).await;
    match outcome {
        Err(CallError::Refused { problem, .. }) => {
            assert!(
                ["ambiguous", "unavailable"].contains(&problem.code.as_str()),
                "{problem:?}"
            );
        }
        Err(CallError::Ambiguous { .. } | CallError::NotSent { .. }) => {}
        other => panic!("acknowledged, or worse: {other:?}"),
    }
    if store == Store::Sqlite {
        let status = service.process.ended();
        assert_eq!(
            status.code(),
            Some(i32::from(base::exit::AMBIGUOUS)),
            "{}",
            service.process.said()
        );
    } else {
        service.process.terminate();
    }

    service.cure();
    service.again(&place);
    let again = channel.register_firm("failing", &firm).await.unwrap();
    assert!(
        !again.replayed,
        "the write that was not acknowledged was not kept either"
    );
}
