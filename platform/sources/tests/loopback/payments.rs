//! Payments through core banking: money moves once, whatever the answers do.

use std::time::Duration;

use crate::outside::{Outside, instruction, patient};
use futures::future::join_all;
use population::{Firms, Population};
use sources::standin::book::Book;
use sources::{CoreBanking, Limits, Notices, PaymentOutcome, SourceError};

fn core(outside: &Outside) -> CoreBanking {
    CoreBanking::with_limits(
        &outside.url,
        Limits {
            attempts: 1,
            ..patient()
        },
    )
    .unwrap()
}

fn paid(reference: &str) -> PaymentOutcome {
    PaymentOutcome::Paid {
        reference: reference.to_owned(),
    }
}

#[tokio::test]
async fn fifty_equal_instructions_at_once_move_money_once() {
    let outside = Outside::start().await;
    let core = core(&outside);
    let order = instruction("drw_1", 5_000);
    for outcome in join_all((0..50).map(|_| core.pay(&order))).await {
        assert_eq!(outcome, Ok(paid("drw_1")));
    }
    let (_, book) = outside.get("/core/payments").await;
    assert_eq!((&book["count"], &book["total"]), (&1.into(), &5_000.into()));
}

#[tokio::test]
async fn an_answer_lost_after_the_money_moved_is_unknown_and_asking_again_tells() {
    let outside = Outside::start().await;
    let core = core(&outside);
    outside.fail("core", "acted", 500).await;
    let error = core.pay(&instruction("drw_2", 700)).await.unwrap_err();
    assert_eq!(error, SourceError::Broken(500));
    assert!(error.may_have_acted());
    outside.heal("core").await;
    assert_eq!(core.status("drw_2").await, Ok(Some(paid("drw_2"))));
    assert_eq!(core.pay(&instruction("drw_2", 700)).await, Ok(paid("drw_2")));
    assert_eq!(outside.get("/core/payments?limit=0").await.1["total"], 700);
}

#[tokio::test]
async fn a_failure_before_the_money_moved_looks_the_same_and_asking_again_tells_too() {
    let outside = Outside::start().await;
    let core = core(&outside);
    outside.fail("core", "status", 500).await;
    assert!(
        core.pay(&instruction("drw_3", 700))
            .await
            .unwrap_err()
            .may_have_acted()
    );
    outside.heal("core").await;
    assert_eq!(core.status("drw_3").await, Ok(None));
}

#[tokio::test]
async fn refused_is_an_answer_not_an_error() {
    let outside = Outside::start().await;
    let core = core(&outside);
    let mut order = instruction("drw_4", 700);
    order.account = "12".to_owned();
    let refused = PaymentOutcome::Refused {
        reason: "account-invalid".to_owned(),
    };
    assert_eq!(core.pay(&order).await, Ok(refused));
    assert_eq!(outside.get("/core/payments").await.1["count"], 0);
}

#[tokio::test]
async fn a_reference_used_for_another_amount_is_neither_paid_nor_refused() {
    let outside = Outside::start().await;
    let core = core(&outside);
    assert_eq!(core.pay(&instruction("drw_5", 700)).await, Ok(paid("drw_5")));
    assert_eq!(
        core.pay(&instruction("drw_5", 701)).await,
        Err(SourceError::Broken(409))
    );
    assert_eq!(outside.get("/core/payments?limit=0").await.1["total"], 700);
}

#[tokio::test]
async fn only_what_was_never_sent_surely_did_not_happen() {
    let outside = Outside::start().await;
    let core = core(&outside);
    outside.shutdown.trigger();
    outside.serving.await.unwrap().unwrap();
    let error = core.pay(&instruction("drw_6", 700)).await.unwrap_err();
    assert_eq!(error, SourceError::Unreachable);
    assert!(!error.may_have_acted());
}

#[tokio::test]
async fn a_repeat_that_finds_nobody_does_not_hide_that_the_first_attempt_may_have_paid() {
    // Answers the first connection with 503 and is gone before the second.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut request = [0; 4_096];
        let _read = stream.read(&mut request).await.unwrap();
        let answer = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer).await.unwrap();
    });
    let limits = Limits {
        attempts: 2,
        backoff: Duration::from_millis(50),
        ..patient()
    };
    let core = CoreBanking::with_limits(&url, limits).unwrap();
    let error = core.pay(&instruction("drw_7", 700)).await.unwrap_err();
    server.await.unwrap();
    assert_eq!(core.stats().retries, 1);
    assert!(error.may_have_acted(), "{error:?}");
}

#[tokio::test]
async fn the_journal_holds_each_payment_once_and_a_restarted_process_still_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payments.jsonl");
    let population = || Firms::Generated(Population::new(1));

    let outside = Outside::with(population(), Book::open(Some(&path)).unwrap()).await;
    let before = core(&outside);
    let orders: Vec<_> = (0..30)
        .map(|n| instruction(&format!("drw_{}", n % 10), 100))
        .collect();
    let outcomes = join_all(orders.iter().map(|order| before.pay(order))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    outside.shutdown.trigger();
    outside.serving.await.unwrap().unwrap();

    let lines = std::fs::read_to_string(&path).unwrap();
    assert_eq!(lines.lines().count(), 10);
    assert!(!lines.contains("9990000"), "the journal holds no account");

    let outside = Outside::with(population(), Book::open(Some(&path)).unwrap()).await;
    assert_eq!(
        core(&outside).pay(&instruction("drw_3", 100)).await,
        Ok(paid("drw_3"))
    );
    assert_eq!(outside.get("/core/payments?limit=0").await.1["count"], 10);
}

#[tokio::test]
async fn notices_count_once_however_often_they_are_delivered() {
    let outside = Outside::start().await;
    let notices = Notices::with_limits(&outside.url, patient()).unwrap();
    let batch: Vec<_> = (0..200)
        .map(|n| (format!("eff_{n}"), format!("app_{n}")))
        .collect();
    notices.deliver(&batch).await.unwrap();
    notices.deliver(&batch).await.unwrap();
    let one = serde_json::json!({ "notices": [{ "id": "eff_new", "about": "app_new" }] });
    assert_eq!(outside.send("POST", "/notices", &one).await.1["delivered"], 201);
    outside.fail("notices", "status", 503).await;
    assert_eq!(notices.deliver(&batch).await, Err(SourceError::Broken(503)));
}
