//! How failed attempts slow the next one down.
//!
//! Attempts are counted in one of a fixed number of places, found by a keyed hash
//! of the name that was tried: a name without an account costs the same as one
//! with, and strangers fill no table. An account that was once signed in from an
//! address has a place of its own for that address, so that a flood from elsewhere
//! does not reach its owner.
//!
//! - After three failures the next wrong code waits 1 s, then 2 s, up to five
//!   minutes. A right, unused code passes, so nobody is locked out for ever.
//! - That would let a stranger try codes without end; so only ten codes in 30 s are
//!   looked at, and one after a hundred failures in a row (NIST SP 800-63B-4, 3.2.2
//!   wants no more than a hundred looked at as usual). With three codes right among
//!   a million, who has the password needs eleven days of flooding on average for
//!   the first hundred's rate, four months at the second, and every attempt shows.

use db::{DbError, Tx};

use crate::access_key::AccessKey;
use crate::sql::locking;
use crate::totp::PERIOD;

/// Places: 65,536 rows of some 40 bytes; a thousand operators rarely share one.
const PLACES: u64 = 65_536;
/// Failures that cost nothing: fingers slip.
const FREE: i64 = 3;
/// Longest delay, in microseconds: an owner without a right code comes back after a coffee.
const LONGEST: i64 = 300_000_000;
/// Codes looked at in a period.
const LOOKS: i64 = 10;
/// Failures in a row, from which on one code in a period is looked at.
const MANY: i64 = 100;

/// What is known of the attempts in one place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    failures: i64,
    refused_until: i64,
    period: i64,
    looks: i64,
}

impl Attempts {
    /// Whether one more code may be looked at; counts it.
    pub(crate) fn look(&mut self, now: i64) -> bool {
        let period = now.div_euclid(PERIOD);
        // A clock that was set back must not open a new period.
        if period > self.period {
            self.period = period;
            self.looks = 0;
        }
        let most = if self.failures >= MANY { 1 } else { LOOKS };
        let may = self.looks < most;
        self.looks += i64::from(may);
        may
    }

    /// Whether a wrong code has to wait.
    pub(crate) fn delayed(&self, now: i64) -> bool {
        // A clock that was set back must not make the wait longer than it ever is.
        now < self.refused_until && self.refused_until - now <= LONGEST
    }

    /// One more failure.
    pub(crate) fn fail(&mut self, now: i64) {
        self.failures = self.failures.saturating_add(1);
        self.refused_until = now.saturating_add(delay(self.failures));
    }

    /// Signed in: what was before does not count.
    pub(crate) fn forgive(&mut self) {
        self.failures = 0;
        self.refused_until = 0;
    }
}

/// 0, 0, 0, then 1 s, 2 s, 4 s … 300 s, in microseconds.
fn delay(failures: i64) -> i64 {
    if failures <= FREE {
        return 0;
    }
    let doubled = u32::try_from(failures - FREE - 1).map_or(20, |times| times.min(20));
    (1_000_000_i64 << doubled).min(LONGEST)
}

/// The place of a name, or of an account at an address that it knows.
pub(crate) fn place(key: &AccessKey, name: &str, source: Option<&[u8]>) -> i64 {
    let who = [name.as_bytes(), &[0], source.unwrap_or_default()].concat();
    let digest = key.digest("attempts", &who);
    let word = digest.first_chunk::<8>().copied().unwrap_or_default();
    i64::try_from(u64::from_be_bytes(word) % PLACES).unwrap_or(0)
}

/// The attempts in a place, held until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, place: i64) -> Result<Attempts, DbError> {
    // The row is made first: two who find none would both count from nothing.
    tx.exec(
        "INSERT INTO attempts (place, failures, refused_until, period, looks) VALUES ($1, 0, 0, 0, 0) \
         ON CONFLICT (place) DO NOTHING",
        &[place.into()],
    )
    .await?;
    let sql = locking(
        tx,
        "SELECT failures, refused_until, period, looks FROM attempts WHERE place = $1",
    );
    let row = tx.one(&sql, &[place.into()]).await?;
    let Some(row) = row else {
        return Ok(Attempts::default());
    };
    Ok(Attempts {
        failures: row.int(0)?,
        refused_until: row.int(1)?,
        period: row.int(2)?,
        looks: row.int(3)?,
    })
}

/// Keeps them.
pub(crate) async fn keep(tx: &mut Tx, place: i64, attempts: Attempts) -> Result<(), DbError> {
    tx.exec(
        "UPDATE attempts SET failures = $2, refused_until = $3, period = $4, looks = $5 WHERE place = $1",
        &[
            place.into(),
            attempts.failures.into(),
            attempts.refused_until.into(),
            attempts.period.into(),
            attempts.looks.into(),
        ],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_to_five_minutes() {
        let seconds: Vec<i64> = [1, 3, 4, 5, 6, 12, 13, 1000]
            .map(|n| delay(n) / 1_000_000)
            .to_vec();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 256, 300, 300]);
        assert_eq!(delay(i64::MAX), LONGEST);
    }

    #[test]
    fn ten_codes_in_a_period_and_one_after_a_hundred_failures() {
        let mut attempts = Attempts::default();
        let looked = |attempts: &mut Attempts, now| (0..50).filter(|_| attempts.look(now)).count();
        assert_eq!(looked(&mut attempts, 100 * PERIOD), 10);
        assert_eq!(looked(&mut attempts, 101 * PERIOD - 1), 0);
        assert_eq!(looked(&mut attempts, 101 * PERIOD), 10);
        assert_eq!(looked(&mut attempts, 90 * PERIOD), 0, "the clock was set back");
        (0..100).for_each(|_| attempts.fail(102 * PERIOD));
        assert_eq!(looked(&mut attempts, 102 * PERIOD), 1);
        attempts.forgive();
        assert_eq!(looked(&mut attempts, 103 * PERIOD), 10);
    }

    #[test]
    fn a_delay_ends_and_a_clock_set_back_makes_it_no_longer() {
        let mut attempts = Attempts::default();
        (0..4).for_each(|_| attempts.fail(10_000_000));
        assert!(attempts.delayed(10_999_999) && !attempts.delayed(11_000_000));
        assert!(
            !attempts.delayed(-1_000_000_000),
            "not for the thousand seconds since"
        );
    }
}
