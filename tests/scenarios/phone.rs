//! At night, with a telephone: the service is dead, and intake is closed from a terminal of forty columns within a
//! minute of the first key, by the address in the envelope where there is one.

use std::time::{Duration, Instant};

use crate::binaries::shipped;
use crate::customer::{application, registration};
use crate::place::{self, Place, Store};
use crate::report;
use crate::service::Service;
use crate::standin::Standin;
use crate::switch::{envelope, told};
use crate::terminal::{self, Terminal};

/// A telephone's screen, held upright, in letters that can be read.
const COLUMNS: u16 = 40;
const ROWS: u16 = 20;
/// From the first key to the acknowledgement.
const IN_TIME: Duration = Duration::from_secs(60);
/// What a key takes on a telephone: people type 36 words of five letters a minute there.
const THUMB: Duration = Duration::from_millis(300);

async fn closed_by_thumb(test: &str, store: Store) {
    if let Some(why) = terminal::unavailable() {
        report::skip(test, &why);
        return;
    }
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    let firm = channel.register_firm("one", &registration(1)).await.unwrap().body;
    channel.apply("two", &application(1, &firm.id)).await.unwrap();
    let address = envelope(&place, store);
    service.process.kill();

    let backstop = shipped("backstop");
    let terminal = Terminal::open(COLUMNS, ROWS, backstop.parent().unwrap());
    terminal.shows(IN_TIME, |row| row == "$");
    let order = format!(
        "backstop intake close --reason 'core is down' --incident INC-7 --actor ann --direct '{address}'"
    );
    terminal.types(&order);
    let sent = Instant::now();
    terminal.enter();
    terminal.shows(IN_TIME, |row| row.starts_with("took "));
    let answered = sent.elapsed();
    // Once the shell asks for more, nothing is printed any more.
    let screen = terminal.shows(IN_TIME, |row| row == "$");
    println!(
        "{}\n{} keys, answered after {answered:?}",
        screen.join("\n"),
        order.len()
    );

    // Nothing has left the screen, and of what was answered every line stands in one row: no word is broken.
    let lines = terminal.lines();
    assert_eq!(lines[0], format!("$ {order}"), "{screen:#?}");
    assert!(screen.ends_with(&lines[1..]), "{screen:#?}");
    for line in [
        "closed (epoch 2)",
        "no new business commits / 增量业务已关闭",
        "by ann, incident INC-7",
        "reason: core is down",
    ] {
        assert!(lines.iter().any(|one| one == line), "{line}: {screen:#?}");
    }
    let keys = u32::try_from(order.len() + 1).unwrap();
    let took = THUMB * keys + answered;
    assert!(took < IN_TIME, "{keys} keys and {answered:?} are {took:?}");

    let history = told(&["history", "--direct", &place.url], "");
    assert_eq!(
        (&history["moves"][0]["state"], &history["moves"][0]["actor"]),
        (&"closed".into(), &"ann".into())
    );
    service.again(&place);
    let late = channel
        .apply("three", &application(1, &firm.id))
        .await
        .unwrap_err();
    assert_eq!(late.code(), Some("intake-closed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_is_closed_from_a_telephone_within_a_minute_with_the_service_dead_on_sqlite() {
    let test = "intake_is_closed_from_a_telephone_within_a_minute_with_the_service_dead_on_sqlite";
    closed_by_thumb(test, Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_is_closed_from_a_telephone_within_a_minute_with_the_service_dead_on_postgresql() {
    let test = "intake_is_closed_from_a_telephone_within_a_minute_with_the_service_dead_on_postgresql";
    if place::postgres(test) {
        closed_by_thumb(test, Store::Postgres).await;
    }
}
