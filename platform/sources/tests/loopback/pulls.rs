//! Pulls from the six sources while they behave and misbehave.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::outside::{Outside, patient, subject};
use domain::product::Source;
use futures::future::join_all;
use population::Population;
use sources::{BreakerState, Limits, Settings, SourceError, SourceStats, Sources, Trip, Unusable};

fn stats(sources: &Sources, source: Source) -> SourceStats {
    sources
        .stats()
        .into_iter()
        .find(|stats| stats.source == source.as_str())
        .unwrap()
}

#[tokio::test]
async fn all_six_sources_answer_what_the_population_says() {
    let outside = Outside::start().await;
    let answers = outside
        .sources(patient())
        .pull_all(Source::ALL, &subject(7))
        .await;
    let firm = Population::new(1).firm(7);
    assert_eq!(answers.len(), 6);
    for (source, answer) in answers {
        assert_eq!(answer.unwrap(), firm.answer(source), "{source}");
    }
}

#[tokio::test]
async fn slow_sources_are_awaited_together_not_one_after_another() {
    let outside = Outside::start().await;
    for source in Source::ALL {
        outside.slow(source.as_str(), 300).await;
    }
    let started = Instant::now();
    let answers = outside
        .sources(patient())
        .pull_all(Source::ALL, &subject(0))
        .await;
    assert!(answers.iter().all(|(_, answer)| answer.is_ok()));
    assert!(
        started.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_silent_source_times_out_and_is_not_asked_twice() {
    let outside = Outside::start().await;
    outside.fail("tax", "silent", 500).await;
    let sources = outside.sources(Limits {
        timeout: Duration::from_millis(200),
        ..patient()
    });
    assert_eq!(
        sources.pull(Source::Tax, &subject(0)).await,
        Err(SourceError::Timeout)
    );
    let tax = stats(&sources, Source::Tax);
    assert_eq!((tax.calls, tax.failures, tax.timeouts, tax.retries), (1, 1, 1, 0));
    assert_eq!(outside.requests("tax").await, 1);
}

#[tokio::test]
async fn only_failures_that_pass_quickly_are_repeated() {
    let outside = Outside::start().await;
    let sources = outside.sources(Limits {
        attempts: 3,
        ..patient()
    });
    for (status, attempts) in [(500, 1), (503, 3), (400, 1), (429, 3)] {
        let before = outside.requests("judicial").await;
        outside.fail("judicial", "status", status).await;
        let result = sources.pull(Source::Judicial, &subject(0)).await;
        assert_eq!(result, Err(SourceError::Broken(status)));
        assert_eq!(
            outside.requests("judicial").await - before,
            attempts,
            "status {status}"
        );
    }
}

#[tokio::test]
async fn unusable_answers_are_told_apart_and_never_passed_on() {
    let outside = Outside::start().await;
    let sources = outside.sources(Limits {
        attempts: 1,
        ..patient()
    });
    let bad = SourceError::BadAnswer;
    for (failure, expected) in [
        ("garbage", bad(Unusable::NotAnObject)),
        ("oversized", bad(Unusable::TooLarge)),
        ("cut", SourceError::Disconnected),
    ] {
        outside.fail("invoices", failure, 500).await;
        assert_eq!(
            sources.pull(Source::Invoices, &subject(0)).await,
            Err(expected),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn a_lost_connection_is_tried_again_and_nobody_listening_is_unreachable() {
    let outside = Outside::start().await;
    let sources = outside.sources(Limits {
        attempts: 2,
        ..patient()
    });
    outside.shutdown.trigger();
    outside.serving.await.unwrap().unwrap();
    let result = sources.pull(Source::Tax, &subject(0)).await;
    assert_eq!(result, Err(SourceError::Unreachable));
    assert_eq!(stats(&sources, Source::Tax).retries, 1);
}

#[tokio::test]
async fn the_breaker_opens_spares_the_source_and_recovers() {
    let outside = Outside::start().await;
    let breaker = Trip {
        window: 6,
        failures: 3,
        open_for: Duration::from_millis(300),
        probes: 2,
    };
    let sources = outside.sources(Limits {
        attempts: 1,
        breaker,
        ..patient()
    });
    let pull = || async { sources.pull(Source::CreditBureau, &subject(3)).await };

    outside.fail("credit_bureau", "status", 500).await;
    for _ in 0..3 {
        assert_eq!(pull().await, Err(SourceError::Broken(500)));
    }
    for _ in 0..20 {
        assert_eq!(pull().await, Err(SourceError::Open));
    }
    assert_eq!(
        outside.requests("credit_bureau").await,
        3,
        "an open breaker asks nobody"
    );
    assert_eq!(stats(&sources, Source::CreditBureau).rejected_open, 20);
    assert!(
        sources.pull(Source::Tax, &subject(3)).await.is_ok(),
        "the others are not concerned"
    );

    outside.heal("credit_bureau").await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(pull().await.is_ok());
    assert_eq!(
        stats(&sources, Source::CreditBureau).breaker_state,
        BreakerState::HalfOpen
    );
    assert!(pull().await.is_ok());
    assert_eq!(
        stats(&sources, Source::CreditBureau).breaker_state,
        BreakerState::Closed
    );
}

#[tokio::test]
async fn the_bulkhead_turns_callers_away_beyond_its_bound_while_other_sources_keep_going() {
    let outside = Outside::start().await;
    outside.slow("tax", 1_000).await;
    let sources = outside.sources(Limits {
        concurrent: 4,
        waiting: 2,
        ..patient()
    });
    let person = subject(5);
    let slow = join_all((0..10).map(|_| sources.pull(Source::Tax, &person)));
    let others = async {
        // Only now are places and queue of the slow source taken.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let started = Instant::now();
        for _ in 0..20 {
            assert!(sources.pull(Source::Judicial, &person).await.is_ok());
        }
        started.elapsed()
    };
    let (slow, took) = tokio::join!(slow, others);
    let full = slow
        .iter()
        .filter(|result| **result == Err(SourceError::Full))
        .count();
    assert_eq!(full, 4, "4 are under way, 2 wait, 4 are turned away");
    assert_eq!(slow.iter().filter(|result| result.is_ok()).count(), 6);
    assert_eq!(stats(&sources, Source::Tax).rejected_full, 4);
    assert!(
        took < Duration::from_millis(800),
        "20 pulls beside a slow source took {took:?}"
    );
}

#[tokio::test]
async fn a_firm_that_nobody_knows_is_no_sign_of_a_broken_source() {
    let outside = Outside::start().await;
    let breaker = Trip {
        window: 4,
        failures: 2,
        ..Trip::default()
    };
    let sources = outside.sources(Limits { breaker, ..patient() });
    let mut stranger = subject(0);
    stranger.credit_code = Population::new(2).firm(0).credit_code;
    for _ in 0..10 {
        assert_eq!(
            sources.pull(Source::Tax, &stranger).await,
            Err(SourceError::Broken(404))
        );
    }
    assert_eq!(stats(&sources, Source::Tax).breaker_state, BreakerState::Closed);
}

#[tokio::test]
async fn each_source_may_have_its_own_address_and_limits() {
    let (near, far) = (Outside::start().await, Outside::start().await);
    far.slow("tax", 400).await;
    let addresses = BTreeMap::from([
        (Source::Judicial, format!("{}/sources/judicial", near.url)),
        (Source::Tax, format!("{}/sources/tax", far.url)),
    ]);
    let short = Limits {
        timeout: Duration::from_millis(100),
        ..patient()
    };
    let settings = Settings {
        limits: patient(),
        own: BTreeMap::from([(Source::Tax, short)]),
    };
    let sources = Sources::at(&addresses, &settings).unwrap();
    assert!(sources.pull(Source::Judicial, &subject(1)).await.is_ok());
    assert_eq!(
        sources.pull(Source::Tax, &subject(1)).await,
        Err(SourceError::Timeout)
    );
    assert_eq!(
        sources.pull(Source::Invoices, &subject(1)).await,
        Err(SourceError::Unreachable)
    );
}

#[tokio::test]
async fn no_error_and_no_debug_text_tells_who_was_asked_about() {
    let outside = Outside::start().await;
    let person = subject(2);
    let sources = outside.sources(Limits {
        attempts: 1,
        ..patient()
    });
    outside.fail("tax", "garbage", 500).await;
    let error = sources.pull(Source::Tax, &person).await.unwrap_err();
    let told = format!("{error} {error:?} {person:?} {sources:?}");
    assert!(
        !told.contains(&person.credit_code) && !told.contains(person.contact_id.as_deref().unwrap()),
        "{told}"
    );
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused = |limits: Limits| {
        Sources::new(
            "http://127.0.0.1:1",
            Settings {
                limits,
                ..Settings::default()
            },
        )
        .is_err()
    };
    assert!(!refused(Limits::default()));
    assert!(refused(Limits {
        attempts: 0,
        ..Limits::default()
    }));
    assert!(refused(Limits {
        concurrent: 0,
        ..Limits::default()
    }));
    assert!(refused(Limits {
        timeout: Duration::ZERO,
        ..Limits::default()
    }));
    let breaker = Trip {
        window: 5,
        failures: 6,
        ..Trip::default()
    };
    assert!(refused(Limits {
        breaker,
        ..Limits::default()
    }));
}
