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
    let (key, started_at) = (frame.clone(), day_may_run(&world.clock, date)?);
    let opened = world.db.write(move |tx| {
        Box::pin(async move {
            let begun = key.begin(tx).await?;
            if let Begun::Answered(answer) = begun {
                return Ok(Err(answer));
            }
            let day = open(tx, date, started_at).await?;
            // An order that is repeated under its key after a crash goes on and is not recorded twice.
            if matches!(begun, Begun::First) {
                leave(tx, &order, &day.business_date).await?;
                key.audit(tx, "end_day", &day.business_date).await?;
            }
            Ok::<_, Refusal>(Ok(day))
        })
    });
    let day = match opened.await? {
        Ok(day) => finish(&world.db, &world.clock, date, day, |_| {}).await?,
        Err(answer) => return Ok(answer),
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
    let started_at = day_may_run(clock, date)?;
    let day = db.write(move |tx| {
        Box::pin(async move {
            let day = open(tx, date, started_at).await?;
            leave(tx, &order, &day.business_date).await?;
            Ok::<_, Refusal>(day)
        })
    });
    finish(db, clock, date, day.await?, progress).await
}

/// Now, unless the day is still to come.
fn day_may_run(clock: &base::clock::Clock, date: Date) -> Result<i64, Refusal> {
    if date > clock.today() {
        return Err(Refusal::with(
            Code::BusinessDate,
            "the business date is in the future",
        ));
    }
    Ok(clock.now_micros())
}

/// The day, opened if it was not.
async fn open(tx: &mut Tx, date: Date, started_at: i64) -> Result<Day, Refusal> {
    let name = date.to_string();
    if let Some(known) = days::hold(tx, &name).await? {
        return Ok(known);
    }
    // A run that opened the same day since the look above is joined, as if it had been seen.
    let newest = days::newest(tx).await?;
    if let Some(newest) = newest.filter(|newest| newest.business_date != name) {
        follows(&newest, date)?;
    }
    days::open(tx, &name, started_at).await?;
    days::hold(tx, &name)
        .await?
        .ok_or_else(|| Refusal::internal(&"the day did not open"))
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
