//! A `financing` that hangs, on SQLite, where nobody can be ended from within the database: stopped while it rests,
//! `--direct` closes all the same; stopped within a transaction, it is named, and closes once that one is ended.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use base::clock::Clock;
use laws::closed::Snapshot;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::customer::{application, registration};
use crate::place::{Place, Store};
use crate::process::Process;
use crate::service::Service;
use crate::standin::Standin;
use crate::switch::{refused, told};

/// Within which `--direct` closes, or says what to do: the five seconds that it waits for a lock, on a busy machine.
const BOUND: Duration = Duration::from_secs(15);
/// Who writes, so that there is a transaction to be stopped in.
const CUSTOMERS: u64 = 8;
/// How often it is stopped until it is where it should be.
const TRIES: u32 = 2_000;

const CLOSE: &[&str] = &["close", "--reason", "it hangs", "--actor", "night-shift"];

/// Stops it where it holds the lock of whoever writes, or where it does not.
fn stopped(process: &Process, place: &Place, writing: bool, chance: &mut Chance) {
    let shm = fs::metadata(place.path("financing.db-shm")).unwrap().ino();
    for _ in 0..TRIES {
        process.hang();
        if writes(process.pid(), shm) == writing {
            return;
        }
        process.wake();
        std::thread::sleep(Duration::from_micros(chance.between(200, 5_000)));
    }
    panic!("never stopped with the lock held: {writing}");
}

/// Whether the kernel lists the lock of SQLite's writer, byte 120 of the index of the log, as this process's.
fn writes(pid: u32, shm: u64) -> bool {
    let (pid, inode) = (pid.to_string(), format!(":{shm}"));
    let locks = fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words[..], [_, "POSIX", _, "WRITE", owner, file, first, _]
            if owner == pid && file.ends_with(&inode) && first == "120")
    })
}

/// A service with a firm, and the firm's id.
async fn started(place: &Place, standin: &Standin) -> (Service, String) {
    let service = Service::start(place, standin);
    let channel = place.client(&service.base, "channel");
    let firm = channel.register_firm("one", &registration(1)).await.unwrap().body;
    (service, firm.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_at_rest_does_not_keep_intake_from_closing_on_sqlite() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let (mut service, firm) = started(&place, &standin).await;
    stopped(&service.process, &place, false, &mut Chance::of_run());
    let direct = ["--direct", &place.url];
    let began = Instant::now();
    let closed = told(&[CLOSE, &direct].concat(), "");
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert_eq!(closed["state"], "closed");
    // It goes on, and knows at once: what came meanwhile is refused by the database.
    service.process.wake();
    let channel = place.client(&service.base, "channel");
    let late = channel.apply("two", &application(1, &firm)).await.unwrap_err();
    assert_eq!(late.code(), Some("intake-closed"));
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_hangs_in_a_transaction_is_named_and_nothing_is_late_once_it_is_ended_on_sqlite() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let (mut service, firm) = started(&place, &standin).await;
    let mut customers = JoinSet::new();
    for number in 0..CUSTOMERS {
        let (channel, firm) = (place.client(&service.base, "channel"), firm.clone());
        customers.spawn(async move {
            let body = application(1, &firm);
            for made in 0_u64.. {
                if channel.apply(&format!("{number}-{made}"), &body).await.is_err() {
                    break;
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut chance = Chance::of_run();
    tokio::task::block_in_place(|| stopped(&service.process, &place, true, &mut chance));

    let direct = ["--direct", &place.url];
    let began = Instant::now();
    let (code, said) = refused(&[CLOSE, &direct].concat());
    println!("after {:?}: {said}", began.elapsed());
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert_eq!(code, Some(5), "{said}");
    let pid = service.process.pid();
    for words in [
        "nothing is acknowledged".to_owned(),
        format!("process {pid} (financing, stopped)"),
        format!("kill -9 {pid}"),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }

    // As it says.
    service.process.kill();
    let closed = told(&[CLOSE, &direct].concat(), "");
    assert_eq!(closed["state"], "closed");
    let first = Snapshot::take(&place.url, Clock::system().now_micros())
        .await
        .unwrap();
    customers.join_all().await;
    service.again(&place);
    let channel = place.client(&service.base, "channel");
    let late = channel.apply("late", &application(1, &firm)).await.unwrap_err();
    assert_eq!(late.code(), Some("intake-closed"));
    let second = Snapshot::take(&place.url, Clock::system().now_micros())
        .await
        .unwrap();
    assert_eq!(first.added_in(&second).len(), 0, "{:?}", first.added_in(&second));
}
