//! What happened in which second, as the clients saw it.

use laws::journal::record::{CLOSED, KILL, MONITOR_KILL, PHASE, REOPEN};
use laws::journal::{Journal, Outcome, Record};

use super::progress::Line;

/// Counts of one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Second {
    /// Acknowledged writes.
    pub(super) acked: u32,
    /// Successes on loans that exist, reads and writes.
    pub(super) existing: u32,
    /// Refusals.
    pub(super) refused: u32,
    /// No answer, or none that says what happened.
    pub(super) unanswered: u32,
}

/// Times of one second's answers, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Latency {
    /// Seconds since the start.
    pub(super) at: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// What a chart marks, in the order of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// Seconds since the start.
    pub(super) at: f64,
    pub(super) name: &'static str,
    pub(super) name_zh: &'static str,
}

/// A run, second by second.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    /// Microseconds since the Unix epoch.
    pub(super) start: i64,
    pub(super) seconds: Vec<Second>,
    /// Unbroken stretches: while nobody answers there is no latency.
    pub(super) latency: Vec<Vec<Latency>>,
    pub(super) moments: Vec<Moment>,
}

const MOMENTS: &[(&str, &str, &str)] = &[
    (KILL, "killed", "强制终止"),
    (CLOSED, "closed", "关闭增量"),
    (REOPEN, "reopened", "恢复增量"),
    (MONITOR_KILL, "monitor killed", "监控中断"),
];

impl Timeline {
    /// From the first phase's mark on.
    pub(super) fn of(journal: &Journal, progress: &[Line]) -> Self {
        let first_phase = journal.marks.iter().find(|mark| mark.mark.starts_with(PHASE));
        // Without one nothing began, or the journal can't be read.
        let Some(start) = first_phase.map(|mark| mark.at) else {
            return Self::default();
        };
        let mut timeline = Self {
            start,
            ..Self::default()
        };
        for record in &journal.records {
            timeline.add(record);
        }
        for (mark, name, name_zh) in MOMENTS {
            if let Some(mark) = journal.mark(mark) {
                let at = timeline.seconds_at(mark.at);
                timeline.moments.push(Moment { at, name, name_zh });
            }
        }
        let mut stretch = Vec::new();
        for line in progress {
            match (line.p50_us, line.p99_us) {
                (Some(p50), Some(p99)) => stretch.push(Latency {
                    at: timeline.seconds_at(line.at),
                    p50: milliseconds(p50),
                    p99: milliseconds(p99),
                }),
                _ => timeline.latency.push(std::mem::take(&mut stretch)),
            }
        }
        timeline.latency.push(stretch);
        timeline.latency.retain(|stretch| !stretch.is_empty());
        timeline
    }

    /// Seconds since the start.
    pub(super) fn seconds_at(&self, at: i64) -> f64 {
        (at - self.start) as f64 / 1e6
    }

    /// Answered latencies between two times, seconds since the start.
    pub(super) fn latencies(&self, from: f64, to: f64) -> Vec<Latency> {
        let all = self.latency.iter().flatten();
        all.filter(|one| one.at >= from && one.at <= to)
            .copied()
            .collect()
    }

    fn add(&mut self, record: &Record) {
        let Ok(second) = usize::try_from((record.at - self.start).max(0) / 1_000_000) else {
            return;
        };
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, Second::default());
        }
        let counts = &mut self.seconds[second];
        match record.outcome {
            Outcome::Acked => {
                counts.acked += u32::from(record.is_acked_write());
                counts.existing += u32::from(record.path.starts_with("/v1/loans/"));
            }
            Outcome::Refused => counts.refused += 1,
            Outcome::Failed | Outcome::Ambiguous => counts.unanswered += 1,
        }
    }
}

fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1e3
}

#[cfg(test)]
pub(super) mod tests {
    use laws::journal::{Kind, Mark};

    use super::*;

    /// A minute of load with a kill, a close and a reopen.
    pub(in crate::rehearse) fn journal() -> Journal {
        let mut journal = Journal::default();
        for (mark, second) in [
            ("phase:warm-up", 0),
            (KILL, 20),
            ("restart", 20),
            (CLOSED, 30),
            (REOPEN, 45),
        ] {
            journal.marks.push(Mark {
                mark: mark.to_owned(),
                at: second * 1_000_000,
                epoch: Some(2),
                scope: None,
            });
        }
        for n in 0..6_000_i64 {
            let at = n * 10_000;
            let second = at / 1_000_000;
            let outcome = match second {
                20..22 => Outcome::Ambiguous,
                30..45 if n % 2 == 0 => Outcome::Refused,
                _ => Outcome::Acked,
            };
            journal.records.push(Record {
                seq: n.unsigned_abs() + 1,
                at,
                key: format!("key-{n}"),
                method: "POST".to_owned(),
                path: if n % 2 == 0 {
                    "/v1/applications"
                } else {
                    "/v1/loans/lon_1/repayments"
                }
                .to_owned(),
                body_digest: String::new(),
                outcome,
                status: None,
                answer_id: None,
                state: None,
                amount: None,
                lane: "live".to_owned(),
                kind: if n % 2 == 0 { Kind::Intake } else { Kind::Existing },
                scope: None,
            });
        }
        journal
    }

    /// The load's own lines of the same minute.
    pub(in crate::rehearse) fn progress() -> Vec<Line> {
        (1..60_u64)
            .map(|second| Line {
                at: second.cast_signed() * 1_000_000,
                p50_us: (!(20..22).contains(&second)).then_some(1_500 + second * 7 % 400),
                p99_us: (!(20..22).contains(&second)).then_some(6_000 + second * 531 % 4_000),
                ..Line::default()
            })
            .collect()
    }

    #[test]
    fn every_outcome_falls_into_its_second() {
        let timeline = Timeline::of(&journal(), &progress());
        assert_eq!(timeline.seconds.len(), 60);
        assert_eq!(
            timeline.seconds[5],
            Second {
                acked: 100,
                existing: 50,
                refused: 0,
                unanswered: 0
            }
        );
        assert_eq!(timeline.seconds[20].unanswered, 100);
        assert_eq!(
            timeline.seconds[31],
            Second {
                acked: 50,
                existing: 50,
                refused: 50,
                unanswered: 0
            }
        );
        let marks: Vec<f64> = timeline.moments.iter().map(|moment| moment.at).collect();
        assert_eq!(marks, [20.0, 30.0, 45.0]);
        assert_eq!(timeline.latency.len(), 2, "no latency while nobody answers");
    }
}
