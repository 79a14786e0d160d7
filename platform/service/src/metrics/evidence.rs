//! What the evidence log shows, and when it alarms.

use std::time::Duration;

use evidence::pending::Pending;
use evidence::sequencer::Duty;
use tokio::time::timeout;

use super::gauges::Gauges;
use super::sampler::known;
use crate::app::App;

/// A leaf that has waited for longer is a matter for a person: the sequencer
/// takes a tenth of a second, and another instance one second to step in.
const TOO_OLD: Duration = Duration::from_secs(2);

/// Looks once; answers whether it alarms, for the next look.
pub(super) async fn sample(app: &App, patience: Duration, alarmed: bool) -> bool {
    let gauges = &app.metrics.gauges;
    let duty = app.evidence.borrow().duty;
    for each in Duty::ALL {
        let value = if each == duty { 1.0 } else { 0.0 };
        gauges
            .evidence_duty
            .with_label_values(&[each.as_str()])
            .set(value);
    }
    let asked = evidence::pending::pending(&app.world.db, evidence::FINANCING);
    let seen = match timeout(patience, asked).await {
        Ok(Ok(seen)) => Some(seen),
        _ => None,
    };
    let now = app.world.clock.now_micros();
    let age = seen.map(|seen| age(&seen, now));
    show(gauges, seen, age);
    let alarms = duty == Duty::Refused || age.is_some_and(|age| age > TOO_OLD);
    // What is not known is not known to be well.
    let value = if alarms {
        1.0
    } else {
        age.map_or(f64::NAN, |_| 0.0)
    };
    gauges.evidence_alarm.set(value);
    if alarms && !alarmed {
        let (pending, oldest) = (seen.map(|seen| seen.count), age.map(|age| age.as_secs_f64()));
        tracing::error!(
            pending,
            oldest_seconds = oldest,
            duty = duty.as_str(),
            "operators' acts are not under the evidence log's protection"
        );
    } else if alarmed && !alarms {
        tracing::info!("the evidence log is up to date again");
    }
    alarms
}

fn age(seen: &Pending, now: i64) -> Duration {
    let micros = seen.oldest.map_or(0, |oldest| now.saturating_sub(oldest).max(0));
    Duration::from_micros(micros.unsigned_abs())
}

fn show(gauges: &Gauges, seen: Option<Pending>, age: Option<Duration>) {
    gauges.evidence_pending.set(known(seen.map(|seen| seen.count)));
    gauges.evidence_size.set(known(seen.map(|seen| seen.size)));
    gauges.evidence_signed.set(known(seen.map(|seen| seen.signed)));
    gauges
        .evidence_age
        .set(age.map_or(f64::NAN, |age| age.as_secs_f64()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_waits_has_no_age_and_a_clock_that_is_behind_makes_none() {
        let seen = |oldest| Pending {
            count: 1,
            oldest,
            size: 0,
            signed: 0,
        };
        assert_eq!(age(&seen(None), 5), Duration::ZERO);
        assert_eq!(age(&seen(Some(9)), 5), Duration::ZERO);
        assert!(age(&seen(Some(0)), 2_000_001) > TOO_OLD);
    }
}
