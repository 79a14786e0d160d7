//! Hours at which a route keeps quiet; what happens in them is told when they end, if it still holds.

use crate::micros;

/// Hours of some days of the week, in China.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mute {
    /// 1 Monday – 7 Sunday; empty means all.
    pub(crate) days: Vec<i8>,
    /// Minutes since midnight.
    pub(crate) from: u16,
    /// Not included; before `from` means on the next day.
    pub(crate) to: u16,
}

impl Mute {
    /// Whether it is quiet at a time.
    pub(crate) fn holds(&self, now: i64) -> bool {
        let (minute, day) = micros::minute_and_weekday(now);
        let on = |day: i8| self.days.is_empty() || self.days.contains(&day);
        if self.from < self.to {
            return on(day) && (self.from..self.to).contains(&minute);
        }
        // Over midnight: the early hours belong to the day before.
        let before = if day == 1 { 7 } else { day - 1 };
        (on(day) && minute >= self.from) || (on(before) && minute < self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        micros::parse_rfc3339(text).unwrap().unwrap()
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_they_begin_on() {
        // 2026-11-27 is a Friday.
        let friday_night = Mute {
            days: vec![5],
            from: 22 * 60,
            to: 6 * 60,
        };
        assert!(!friday_night.holds(at("2026-11-27T05:00:00+08:00")));
        assert!(friday_night.holds(at("2026-11-27T22:00:00+08:00")));
        assert!(friday_night.holds(at("2026-11-28T05:59:59+08:00")));
        assert!(!friday_night.holds(at("2026-11-28T06:00:00+08:00")));
        let lunch = Mute {
            days: Vec::new(),
            from: 12 * 60,
            to: 13 * 60,
        };
        assert!(
            lunch.holds(at("2026-11-27T12:30:00+08:00")) && !lunch.holds(at("2026-11-27T13:00:00+08:00"))
        );
    }
}
