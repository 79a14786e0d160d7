//! Workdays of mainland China, as data.
//!
//! The State Council publishes each year's holidays and the weekend days worked
//! in exchange. `data/calendar/` has one file per published year with its
//! source. Outside those years Monday to Friday is a workday, and
//! [`Calendar::covers`] says that this is a guess.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;
use thiserror::Error;

/// 8:30, when branches open, in minutes after midnight.
pub const BRANCH_OPENS: u16 = 8 * 60 + 30;
/// 17:00, when branches close, in minutes after midnight.
pub const BRANCH_CLOSES: u16 = 17 * 60;

/// The longest holiday with its weekends is below this; a longer run of free
/// days is a fault in the data.
const LONGEST_BREAK_DAYS: usize = 31;

const SHIPPED: [&str; 2] = [
    include_str!("../data/calendar/2025.json"),
    include_str!("../data/calendar/2026.json"),
];

/// One year's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    year: i16,
    /// Who published it, and where.
    #[expect(dead_code, reason = "read by people, required in the data")]
    source: String,
    /// Whether it was compared with the publication, and how.
    #[expect(dead_code, reason = "read by people, required in the data")]
    verified: String,
    holidays: Vec<Holiday>,
    /// Weekend days that are worked.
    workdays: Vec<Date>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    #[expect(dead_code, reason = "read by people, required in the data")]
    name: String,
    from: Date,
    to: Date,
}

/// Why calendar data is refused.
#[derive(Debug, Error)]
pub enum CalendarError {
    /// Not the format.
    #[error("calendar is not readable")]
    Format(#[from] serde_json::Error),
    /// The year is there already.
    #[error("calendar has the year {0} twice")]
    Twice(i16),
    /// A date of another year, or a holiday that ends before it begins.
    #[error("calendar of {year} has {date} out of place")]
    OutOfPlace {
        /// The file's year.
        year: i16,
        /// The date.
        date: Date,
    },
    /// A make-up workday that is a holiday or no weekend day.
    #[error("calendar has {0} as a make-up workday, which is no free weekend day")]
    NotMadeUp(Date),
}

/// Knows which days are worked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeSet<i16>,
    /// Whether a day is worked, where that differs from Monday to Friday or a holiday says so.
    days: BTreeMap<Date, bool>,
}

impl Calendar {
    /// The years that this version ships.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the data is part of the program, and a test loads it"
    )]
    pub fn shipped() -> Self {
        Self::from_json(SHIPPED).expect("shipped calendars are valid")
    }

    /// Reads one JSON text per year.
    ///
    /// # Errors
    /// Text that is not the format, or dates out of place.
    pub fn from_json<'a>(years: impl IntoIterator<Item = &'a str>) -> Result<Self, CalendarError> {
        let mut calendar = Self::default();
        for text in years {
            calendar.add(serde_json::from_str(text)?)?;
        }
        Ok(calendar)
    }

    fn add(&mut self, data: Year) -> Result<(), CalendarError> {
        let year = data.year;
        if !self.years.insert(year) {
            return Err(CalendarError::Twice(year));
        }
        for holiday in data.holidays {
            let mut day = holiday.from;
            if holiday.to < day {
                return Err(CalendarError::OutOfPlace {
                    year,
                    date: holiday.to,
                });
            }
            while day <= holiday.to {
                if day.year() != year {
                    return Err(CalendarError::OutOfPlace { year, date: day });
                }
                self.days.insert(day, false);
                day = day
                    .tomorrow()
                    .map_err(|_| CalendarError::OutOfPlace { year, date: day })?;
            }
        }
        for day in data.workdays {
            if day.year() != year {
                return Err(CalendarError::OutOfPlace { year, date: day });
            }
            if is_weekday(day) || self.days.insert(day, true).is_some() {
                return Err(CalendarError::NotMadeUp(day));
            }
        }
        Ok(())
    }

    /// Whether the year's publication is known, so that an answer is no guess.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.years.contains(&date.year())
    }

    /// Whether the day is worked.
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        self.days.get(&date).copied().unwrap_or_else(|| is_weekday(date))
    }

    /// The first workday after the date; the date itself only at the end of time
    /// or where the data knows no workday for a month.
    #[must_use]
    pub fn next_workday(&self, date: Date) -> Date {
        let after = date
            .series(jiff::Span::new().days(1))
            .skip(1)
            .take(LONGEST_BREAK_DAYS);
        after
            .into_iter()
            .find(|day| self.is_workday(*day))
            .unwrap_or(date)
    }

    /// Whether branches are open at that minute of the day in China: 8:30 up to
    /// but not including 17:00, on workdays.
    #[must_use]
    pub fn branch_open(&self, date: Date, minute_of_day: u16) -> bool {
        self.is_workday(date) && (BRANCH_OPENS..BRANCH_CLOSES).contains(&minute_of_day)
    }
}

fn is_weekday(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
