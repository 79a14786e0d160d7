//! What one attempt came to, and what a client does next.

use std::time::Duration;

use client::http::{CallError, Outcome as Call};
use laws::journal::Outcome;

/// What was seen of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Yes.
    Acked,
    /// No: intake is closed. Another request may be tried later.
    Closed,
    /// No: the state or the content doesn't allow it. Repeating it is of no use.
    Refused,
    /// Not now: nothing was done. The same request may be repeated.
    Busy,
    /// Perhaps done. Only repeating the same request tells.
    Ambiguous,
    /// Nobody listens. Nothing was done; the same request may be repeated.
    NotSent,
}

impl Seen {
    /// Reads an attempt's result.
    #[must_use]
    pub fn of<T>(result: &Call<T>) -> Self {
        let Err(error) = result else {
            return Self::Acked;
        };
        match error {
            CallError::NotSent { .. } => Self::NotSent,
            error if error.is_ambiguous() => Self::Ambiguous,
            error if matches!(error.code(), Some("intake-closed" | "intake-unverified")) => Self::Closed,
            error if matches!(error.status(), Some(503 | 429)) => Self::Busy,
            _ => Self::Refused,
        }
    }

    /// As the journal says it.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Acked => Outcome::Acked,
            Self::Closed | Self::Refused => Outcome::Refused,
            Self::Busy | Self::NotSent => Outcome::Failed,
            Self::Ambiguous => Outcome::Ambiguous,
        }
    }

    /// Whether the same request, byte for byte, may be sent again.
    #[must_use]
    pub const fn asks_for_a_repeat(self) -> bool {
        matches!(self, Self::Busy | Self::Ambiguous | Self::NotSent)
    }
}

/// The first wait before a repeat: a restart takes at least that.
const FIRST: Duration = Duration::from_millis(20);
/// The longest wait before a repeat: a service that is back is found within a quarter of a second.
const LONGEST: Duration = Duration::from_millis(250);

/// The wait before the n-th repeat, from 0: doubles up to the longest.
#[must_use]
pub fn before_repeat(n: u32) -> Duration {
    FIRST
        .saturating_mul(1_u32.checked_shl(n).unwrap_or(u32::MAX))
        .min(LONGEST)
}

/// The shortest and longest wait before the next try at a closed door. A
/// customer would wait the minute that `Retry-After` asks for; a rehearsal
/// has no minutes, so a six-hundredth of it is honoured, within these bounds:
/// 20 users meet the door some 200 times a second, and don't spin on it.
const AT_THE_DOOR: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(100));

/// The longest wait at a closed door; a customer waits between the shortest and this.
#[must_use]
pub fn at_the_door(retry_after: Option<Duration>) -> (Duration, Duration) {
    let (shortest, longest) = AT_THE_DOOR;
    let asked = retry_after.unwrap_or(Duration::ZERO) / 600;
    (shortest, asked.clamp(shortest, longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use client::problem::Problem;

    fn refusal(code: &str, status: u16) -> Call<()> {
        let problem = Problem {
            kind: String::new(),
            code: code.to_owned(),
            title: String::new(),
            title_zh: String::new(),
            status,
            detail: None,
            field: None,
        };
        Err(CallError::Refused {
            problem: Box::new(problem),
            retry_after: None,
        })
    }

    #[test]
    fn only_what_may_have_been_done_is_ambiguous() {
        assert_eq!(Seen::of(&refusal("intake-closed", 503)), Seen::Closed);
        assert_eq!(Seen::of(&refusal("intake-unverified", 503)), Seen::Closed);
        assert_eq!(Seen::of(&refusal("overloaded", 503)), Seen::Busy);
        assert_eq!(Seen::of(&refusal("already-exists", 409)), Seen::Refused);
        for (code, status) in [("ambiguous", 500), ("internal", 500), ("timeout", 504)] {
            assert_eq!(Seen::of(&refusal(code, status)), Seen::Ambiguous, "{code}");
        }
        assert_eq!(
            Seen::of::<()>(&Err(CallError::NotSent {
                reason: String::new()
            })),
            Seen::NotSent
        );
        assert_eq!(
            Seen::of::<()>(&Err(CallError::Failed { status: 502 })),
            Seen::Ambiguous
        );
        assert_eq!(
            Seen::of::<()>(&Err(CallError::Failed { status: 404 })),
            Seen::Refused
        );
    }

    #[test]
    fn waits_are_bounded() {
        assert_eq!(before_repeat(0), FIRST);
        assert_eq!(before_repeat(1), FIRST * 2);
        assert_eq!(before_repeat(1_000), LONGEST);
        let wait = |seconds| at_the_door(Some(Duration::from_secs(seconds))).1.as_millis();
        assert_eq!(
            [wait(0), wait(1), wait(30), wait(60), wait(86_400)],
            [25, 25, 50, 100, 100]
        );
    }
}
