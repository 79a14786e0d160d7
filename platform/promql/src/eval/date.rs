//! Parts of a time, in UTC.
//!
//! The arithmetic wraps as Go's does, so that a value that is no time gives what Prometheus gives.

use crate::mutant::planted;
use crate::plan::function::Part;

/// From the first of January of the year -292,277,022,399, a Monday, to the Unix epoch, in seconds.
const TO_EPOCH: u64 = 9_223_372_028_715_321_600;
const FIRST_YEAR: i64 = -292_277_022_399;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// Days of 400, 100 and 4 years of the Gregorian calendar.
const CYCLE: u64 = 146_097;
const CENTURY: u64 = 36_524;
const OLYMPIAD: u64 = 1_461;

/// Seconds of a value; what is no whole number of 64 bits is the least of them.
pub(super) fn whole(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fraction is meant to go, the rest fits"
        )]
        return value as i64;
    }
    i64::MIN
}

/// Of seconds since the Unix epoch.
pub(super) fn part(part: Part, seconds: i64) -> f64 {
    let time = seconds.cast_unsigned().wrapping_add(TO_EPOCH);
    let date = Date::of(time / DAY);
    (match part {
        Part::Minute if planted("minute is the second") => time % MINUTE,
        Part::Minute => time % HOUR / MINUTE,
        Part::Hour if planted("hour is of twelve") => time % DAY / HOUR % 12,
        Part::Hour => time % DAY / HOUR,
        Part::DayOfWeek if planted("day_of_week begins on Monday") => time % WEEK / DAY,
        Part::DayOfWeek => time.wrapping_add(DAY) % WEEK / DAY,
        Part::DayOfMonth if planted("day_of_month begins at zero") => date.day - 1,
        Part::DayOfMonth => date.day,
        Part::DayOfYear if planted("day_of_year begins at zero") => date.day_of_year,
        Part::DayOfYear => date.day_of_year + 1,
        Part::DaysInMonth if planted("days_in_month is thirty") => 30,
        Part::DaysInMonth => date.days_in_month,
        Part::Month if planted("month begins at zero") => date.month - 1,
        Part::Month => date.month,
        Part::Year if planted("year is of the century") => return (date.year % 100) as f64,
        Part::Year => return date.year as f64,
    }) as f64
}

struct Date {
    year: i64,
    /// From 1.
    month: u64,
    /// From 1.
    day: u64,
    /// From 0.
    day_of_year: u64,
    days_in_month: u64,
}

impl Date {
    fn of(days: u64) -> Self {
        let mut year = days / CYCLE * 400;
        let mut left = days % CYCLE;
        // The last day of a cycle and of four years is one more than the parts before it have.
        let centuries = (left / CENTURY).min(3);
        left -= centuries * CENTURY;
        let fours = left / OLYMPIAD;
        left -= fours * OLYMPIAD;
        let years = (left / 365).min(3);
        left -= years * 365;
        year += centuries * 100 + fours * 4 + years;
        // The first year is one more than a multiple of 400.
        let leap = years == 3 && (fours != 24 || centuries == 3);
        let february = if leap { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let day_of_year = left;
        let mut month = 1;
        let mut days_in_month = 31;
        for length in lengths {
            days_in_month = length;
            if left < length {
                break;
            }
            left -= length;
            month += 1;
        }
        Self {
            year: year.cast_signed().wrapping_add(FIRST_YEAR),
            month,
            day: left + 1,
            day_of_year,
            days_in_month,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_the_calendar() {
        // 2024-02-29 23:59:59 UTC, a Thursday.
        let leap = 1_709_251_199;
        for (which, value) in [
            (Part::Minute, 59.0),
            (Part::Hour, 23.0),
            (Part::DayOfWeek, 4.0),
            (Part::DayOfMonth, 29.0),
            (Part::DayOfYear, 60.0),
            (Part::DaysInMonth, 29.0),
            (Part::Month, 2.0),
            (Part::Year, 2024.0),
        ] {
            assert_eq!(part(which, leap), value, "{which:?}");
        }
        // The last day of 1999, of 2000 and of 1969.
        assert_eq!(part(Part::DayOfYear, 946_684_799), 365.0);
        assert_eq!(part(Part::DayOfYear, 978_307_199), 366.0);
        assert_eq!(part(Part::Year, -1), 1969.0);
        assert_eq!(whole(f64::NAN), i64::MIN);
        assert_eq!(whole(-1.9), -1);
    }
}
