//! An instance that is cut off from the database is asked to close: it says within seconds that another one must, and
//! what it had begun closes nothing later.

use std::time::{Duration, Instant};

use client::http::CallError;
use client::operations::{Intake, IntakeOrder};
use db::{Db, Options};

use crate::customer::{application, registration};
use crate::link::Link;
use crate::people;
use crate::place::{self, Place, Store};
use crate::service::{Particular, Service};
use crate::standin::Standin;
use crate::switch::told;

/// The five seconds of silence that it takes to be cut off, the grace of a second before that, and two on a busy
/// machine.
const BOUND: Duration = Duration::from_secs(8);
/// How long what was under way when the link was cut gets to do harm once it is healed.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Two instances, of which one reaches the database over a link.
struct Bank {
    place: Place,
    _standin: Standin,
    link: Link,
    linked: Service,
    other: Service,
}

impl Bank {
    async fn open() -> Self {
        let place = Place::new(Store::Postgres);
        let standin = Standin::start(&place);
        let port = place.cluster.as_ref().unwrap().port();
        let link = Link::to(port).await;
        let over_the_link = place
            .url
            .replace(&format!(":{port}/"), &format!(":{}/", link.port));
        let particular = Particular {
            database: Some(over_the_link),
            ..Particular::default()
        };
        let shipped = crate::binaries::shipped("financing");
        let linked = Service::of(&place, &standin, (&shipped, ""), particular);
        let other = Service::start(&place, &standin);
        Self {
            place,
            _standin: standin,
            link,
            linked,
            other,
        }
    }

    /// Orders it of an instance; what it says, and after how long.
    async fn close(&self, service: &Service, key: &str) -> (Result<Intake, CallError>, Duration) {
        let operator = self.place.client(&service.base, "operator");
        let began = Instant::now();
        let order = IntakeOrder::everything("drill");
        let said = operator.close_intake(key, &order).await;
        (said.map(|reply| reply.body), began.elapsed())
    }

    /// It says that another one must, in time.
    async fn refuses(&self, key: &str) {
        let (said, took) = self.close(&self.linked, key).await;
        println!("{key}: refused after {took:?}");
        let error = said.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(503), Some("close-elsewhere")),
            "{error}"
        );
        assert!(took < BOUND, "{took:?}");
    }

    async fn end(mut self) {
        for service in [&mut self.linked, &mut self.other] {
            assert!(
                service.process.terminate().success(),
                "{}",
                service.process.said()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_off_instance_sends_whoever_closes_to_another_one() {
    if !place::postgres("a_cut_off_instance_sends_whoever_closes_to_another_one") {
        return;
    }
    let bank = Bank::open().await;
    bank.link.cut();
    bank.refuses("before-it-began").await;
    // The command goes on to the next by itself.
    let tokens = bank.place.path("etc/tokens.json").display().to_string();
    let closed = tokio::task::block_in_place(|| {
        told(
            &[
                "close",
                "--reason",
                "drill",
                "--token-file",
                &tokens,
                "--url",
                &bank.linked.base,
                "--url",
                &bank.other.base,
            ],
            "",
        )
    });
    assert_eq!(closed["state"], "closed");
    bank.link.heal();
    bank.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_was_cut_off_under_way_closes_nothing_later() {
    if !place::postgres("an_order_that_was_cut_off_under_way_closes_nothing_later") {
        return;
    }
    let bank = Bank::open().await;
    let channel = bank.place.client(&bank.other.base, "channel");
    let firm = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;
    channel.apply("two", &application(1, &firm)).await.unwrap();
    // Somebody has the gate in hand, so that the closing waits for its grace.
    let db = Db::open(&bank.place.url, Options::default()).await.unwrap();
    let holder = tokio::spawn(async move {
        let held: Result<(), db::DbError> = db
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec("UPDATE applications SET state = 'approved'", &[]).await?;
                    tx.exec("SELECT pg_sleep(0.9)", &[]).await?;
                    Ok(())
                })
            })
            .await;
        db.close().await;
        held
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cut = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        bank.link.cut();
    };
    tokio::join!(bank.refuses("under-way"), cut);
    holder.await.unwrap().unwrap();

    let (closed, _) = bank.close(&bank.other, "elsewhere").await;
    let closed = closed.unwrap();
    assert_eq!(closed.state, "closed");
    let keepers = people::keepers(&bank.place, &bank.other.base).await;
    people::reopen(&keepers, closed.epoch).await;
    bank.link.heal();
    tokio::time::sleep(AFTERWARDS).await;
    let operator = bank.place.client(&bank.other.base, "operator");
    let seen = operator.intake().await.unwrap().body;
    assert_eq!(seen.state, "open", "{seen:?}");
    // Asked again under its key, it is the same order, and carried out.
    let (again, _) = bank.close(&bank.linked, "under-way").await;
    assert_eq!(again.unwrap().state, "closed");
    bank.end().await;
}
