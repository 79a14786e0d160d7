//! End of day by explicit business date: killable at any point, and repeatable.
//!
//! Each slice commits with its cursor, so a run that was killed goes on where
//! it stopped, and a run that was done posts nothing.

use base::problem::Code;
use client::operations::{Day as Wire, EndDay};
use db::{Db, Dialect, Tx};
use domain::lane::Lane;
use evidence::Leaf;
use jiff::civil::Date;
use serde_json::json;
use store::days::{self, Day, Slice};

use crate::idempotent::{Begun, Frame};
use crate::settle_draw::day_number;
use crate::{Answer, Call, Refusal, World, parse};

/// Loans in a slice. SQLite: what one writer does in about 5 ms, so that
/// nobody waits longer behind it. PostgreSQL: more, as a slice costs a round
/// trip per statement and keeps other writers off the loans for some 50 ms.
const fn slice_of(dialect: Dialect) -> i64 {
    match dialect {
        Dialect::Sqlite => 150,
        Dialect::Postgres => 1000,
    }
}

/// Who orders a day to be run, for the evidence log.
#[derive(Debug, Clone)]
pub struct DayOrder {
    /// The account.
    pub actor: String,
    /// How the order came: `http` or `command line`.
    pub via: &'static str,
    /// When, in microseconds since the Unix epoch.
    pub at: i64,
}

/// Runs the end of one business day for an operator.
///
/// # Errors
/// A bad date, one that cannot be run now, or the database's refusal.
pub async fn end_day<L: Lane>(world: &World<L>, call: Call, body: EndDay) -> Result<Answer, Refusal> {
    let date: Date = body
        .business_date
        .parse()
        .map_err(|_| Refusal::field("business_date", "a date as YYYY-MM-DD"))?;
    parse::text("business_date", &body.business_date, 10)?;
    let frame = Frame::new(world, call, "");
    let order = DayOrder {
        actor: frame.principal().to_owned(),
        via: "http",
        at: frame.now,
    };
    let day = match open(&world.db, &world.clock, date, order, Some(frame.clone())).await? {
        Opened::Answered(answer) => return Ok(answer),
        Opened::Day(day) => finish(&world.db, &world.clock, date, day, |_| {}).await?,
    };
    let wire = Wire {
        business_date: day.business_date,
        state: day.state,
        accrued: day.accrued,
        due: day.due,
        overdue: day.overdue,
    };
    let answer = Answer::new(200, &wire)?;
    world
        .db
        .write(move |tx| Box::pin(async move { frame.conclude(tx, answer).await }))
        .await
}

/// Runs a business day to its end, reporting each slice. The order goes into the
/// evidence log with the step that opens the day: a run that is killed was
/// ordered all the same, and a day that may not be run was not.
///
/// # Errors
/// A date in the future, before the last one, or that skips one; or the database's refusal.
pub async fn run_day(
    db: &Db,
    clock: &base::clock::Clock,
    date: Date,
    order: DayOrder,
    progress: impl FnMut(&Day),
) -> Result<Day, Refusal> {
    match open(db, clock, date, order, None).await? {
        Opened::Day(day) => finish(db, clock, date, day, progress).await,
        Opened::Answered(_) => Err(Refusal::internal(&"no key was given")),
    }
}

/// What the step that opens a day found.
enum Opened {
    Day(Day),
    /// The order was carried out before, under the same key.
    Answered(Answer),
}

/// Opens the day, with the order's leaf and, over HTTP, its key: an order that is
/// repeated under its key after a crash goes on and is not recorded twice.
async fn open(
    db: &Db,
    clock: &base::clock::Clock,
    date: Date,
    order: DayOrder,
    key: Option<Frame>,
) -> Result<Opened, Refusal> {
    if date > clock.today() {
        return Err(Refusal::with(
            Code::BusinessDate,
            "the business date is in the future",
        ));
    }
    let name = date.to_string();
    let started_at = clock.now_micros();
    db.write(move |tx| {
        Box::pin(async move {
            let begun = match &key {
                Some(key) => key.begin(tx).await?,
                None => Begun::First,
            };
            if let Begun::Answered(answer) = begun {
                return Ok(Opened::Answered(answer));
            }
            let known = days::hold(tx, &name).await?;
            if known.is_none() {
                if let Some(newest) = days::newest(tx).await? {
                    follows(&newest, date)?;
                }
                days::open(tx, &name, started_at).await?;
            }
            if matches!(begun, Begun::First) {
                leave(tx, &order, &name).await?;
                if let Some(key) = &key {
                    key.audit(tx, "end_day", &name).await?;
                }
            }
            let day = match known {
                Some(day) => Some(day),
                None => days::hold(tx, &name).await?,
            };
            day.map(Opened::Day)
                .ok_or_else(|| Refusal::internal(&"the day did not open"))
        })
    })
    .await
}

/// Runs an open day to its end, slice by slice.
async fn finish(
    db: &Db,
    clock: &base::clock::Clock,
    date: Date,
    mut day: Day,
    mut progress: impl FnMut(&Day),
) -> Result<Day, Refusal> {
    let business_date = day.business_date.clone();
    while day.state != "done" {
        day = slice(db, clock.now_micros(), date, business_date.clone()).await?;
        progress(&day);
    }
    Ok(day)
}

async fn leave(tx: &mut Tx, order: &DayOrder, business_date: &str) -> Result<(), Refusal> {
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act: "day.run",
        actor: &order.actor,
        subject: business_date,
        at: order.at,
        body: json!({ "via": order.via }),
    };
    evidence::leave(tx, leaf).await?;
    Ok(())
}

/// A day may start only when the one before it is done.
fn follows(newest: &Day, date: Date) -> Result<(), Refusal> {
    let last: Date = newest
        .business_date
        .parse()
        .map_err(|error| Refusal::internal(&error))?;
    let next = last.tomorrow().map_err(|error| Refusal::internal(&error))?;
    if newest.state != "done" {
        return Err(Refusal::with(
            Code::BusinessDate,
            format!("{last} is not finished: run it first"),
        ));
    }
    if date != next {
        return Err(Refusal::with(
            Code::BusinessDate,
            format!("the next business date is {next}"),
        ));
    }
    Ok(())
}

/// One slice in its own transaction; the day's row serialises concurrent runs.
async fn slice(db: &Db, at: i64, date: Date, business_date: String) -> Result<Day, Refusal> {
    let most = slice_of(db.dialect());
    db.write(move |tx| {
        Box::pin(async move {
            let Some(day) = days::hold(tx, &business_date).await? else {
                return Err(Refusal::internal(&"the day has vanished"));
            };
            if day.state == "done" {
                return Ok(day);
            }
            match days::next_slice(tx, &day.cursor, most).await? {
                None => days::finish(tx, &business_date, at).await?,
                Some(upto) => {
                    let slice = Slice {
                        after: &day.cursor,
                        upto: &upto,
                        day: day_number(date),
                        business_date: &business_date,
                        at,
                    };
                    let accrued = days::accrue(tx, &slice).await?;
                    days::mark_overdue(tx, &slice).await?;
                    let due = days::mark_due(tx, &slice).await?;
                    days::advance(tx, &slice, accrued, due).await?;
                }
            }
            days::hold(tx, &business_date)
                .await?
                .ok_or_else(|| Refusal::internal(&"the day has vanished"))
        })
    })
    .await
}
