//! The control file moves the clock of a build for tests: past an offer, past an
//! idempotency key, over business days. An ordinary build knows no such file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use client::http::CallError;
use client::operations::EndDay;
use jiff::civil::Date;
use laws::verdict::Verdict;
use laws::{Minimums, audit};

use crate::customer::{People, registration};
use crate::place::{Place, Store};
use crate::process::Process;
use crate::service::{command, free_port, launch};
use crate::standin::Standin;
use crate::{binaries, place, report};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A service whose clock follows a file.
struct Moved {
    place: Place,
    people: People,
    file: PathBuf,
    _standin: Standin,
    _service: Process,
}

impl Moved {
    fn start(store: Store, binary: &Path) -> Self {
        let place = Place::new(store);
        let standin = Standin::start(&place);
        let port = free_port();
        let file = place.path("clock");
        fs::write(&file, "+0\n").unwrap();
        let mut serve = command(&place, binary, "", port, &standin.base);
        let (service, _) = launch(&place, serve.env("FINANCING_CLOCK", &file));
        let people = People::of(&place, &format!("http://127.0.0.1:{port}"));
        Self {
            place,
            people,
            file,
            _standin: standin,
            _service: service,
        }
    }

    /// Sets the clock so many seconds ahead of the wall clock, in one step: half
    /// a line would be read as no file.
    fn ahead(&self, seconds: i64) {
        let next = self.file.with_extension("next");
        fs::write(&next, format!("+{seconds}\n")).unwrap();
        fs::rename(next, &self.file).unwrap();
        self.people.ahead.store(seconds, Ordering::Relaxed);
    }

    async fn end_of_day(&self, date: Date) -> Result<client::operations::Day, CallError> {
        let body = EndDay {
            business_date: date.to_string(),
        };
        let ended = self.people.operator.end_day(&self.people.key(), &body).await;
        ended.map(|reply| reply.body)
    }
}

/// The wall clock's date in China.
fn today() -> Date {
    base::clock::Clock::system().today()
}

fn code(error: &CallError) -> &str {
    error.code().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_clock_is_seen_by_offers_keys_and_days_on_sqlite() {
    moved(
        "a_moved_clock_is_seen_by_offers_keys_and_days_on_sqlite",
        Store::Sqlite,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_clock_is_seen_by_offers_keys_and_days_on_postgresql() {
    let test = "a_moved_clock_is_seen_by_offers_keys_and_days_on_postgresql";
    if place::postgres(test) {
        moved(test, Store::Postgres).await;
    }
}

async fn moved(test: &str, store: Store) {
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with a clock that can be moved");
        return;
    };
    let system = Moved::start(store, &binary);
    let people = &system.people;

    // An answer is replayed for a day, and forgotten after it.
    let firm = people
        .channel
        .register_firm("once", &registration(1))
        .await
        .unwrap();
    assert!(!firm.replayed);
    system.ahead(DAY - HOUR);
    let again = people
        .channel
        .register_firm("once", &registration(1))
        .await
        .unwrap();
    assert_eq!((again.body.id, again.replayed), (firm.body.id, true));
    system.ahead(DAY + HOUR);
    let forgotten = people
        .channel
        .register_firm("once", &registration(1))
        .await
        .unwrap_err();
    assert_eq!(
        code(&forgotten),
        "already-exists",
        "the key is forgotten, the firm is not"
    );

    // An offer stands for thirty days: the first is taken on the last of them, the second too late.
    let (n, early) = people.offered(2).await;
    let (_, late) = people.offered(n + 1).await;
    system.ahead(DAY + HOUR + 30 * DAY - HOUR);
    let contract = people.signed(&early.id).await;
    system.ahead(DAY + HOUR + 30 * DAY + HOUR);
    let refused = people.channel.accept(&people.key(), &late.id).await.unwrap_err();
    assert_eq!(code(&refused), "offer-expired");

    // A loan accrues a day's interest with each end of day, and no day can be run before it comes.
    let loan = people.drawn(&contract.id, contract.limit).await.loan_id.unwrap();
    let lent = people.channel.loan(&loan).await.unwrap().body;
    let first: Date = lent.start_date.parse().unwrap();
    assert!(
        first >= today().checked_add(jiff::Span::new().days(30)).unwrap(),
        "{first}"
    );
    system.end_of_day(first).await.unwrap();
    let next = first.tomorrow().unwrap();
    let early = system.end_of_day(next).await.unwrap_err();
    assert_eq!(code(&early), "business-date");
    system.ahead(DAY + HOUR + 31 * DAY + HOUR);
    let day = system.end_of_day(next).await.unwrap();
    assert_eq!(day.accrued, 1);
    let accrued = people.channel.loan(&loan).await.unwrap().body;
    // Whole fen of two days at the most; a year has 360 of them.
    let a_day = i128::from(lent.amount) * i128::from(lent.rate_ppm) / 360_000_000;
    assert!(
        (a_day..=2 * a_day + 1).contains(&i128::from(accrued.interest)),
        "{accrued:?}"
    );

    let journal = laws::journal::Journal::default();
    let rulings = audit(&system.place.url, &journal, &[], Minimums::ANY)
        .await
        .unwrap();
    let books = rulings.iter().find(|ruling| ruling.law == 3).unwrap();
    assert_eq!(books.verdict, Verdict::Held, "{:?}", books.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_build_has_no_clock_to_move() {
    let binary = binaries::shipped("financing");
    let name = b"FINANCING_CLOCK";
    let bytes = fs::read(&binary).unwrap();
    assert!(
        !bytes.windows(name.len()).any(|window| window == name),
        "the name is in the executable"
    );
    if let Some(moved) = binaries::with_bugs() {
        let bytes = fs::read(moved).unwrap();
        assert!(
            bytes.windows(name.len()).any(|window| window == name),
            "the search sees nothing"
        );
    }

    let system = Moved::start(Store::Sqlite, &binary);
    system.ahead(31 * DAY);
    let ahead = system
        .end_of_day(today().checked_add(jiff::Span::new().days(30)).unwrap())
        .await;
    assert_eq!(code(&ahead.unwrap_err()), "business-date");
    assert_eq!(system.end_of_day(today()).await.unwrap().state, "done");
}
