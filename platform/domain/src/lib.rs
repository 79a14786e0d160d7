//! Money, ids, lifecycles, schedules, calendar: pure, no I/O and no clock.
