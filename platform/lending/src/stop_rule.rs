//! A rule that closes intake by itself: a stop-loss, or the cap of an approved scale. It never reopens.

use domain::lane::Lane;
use gate::{Closing, Order, Scope, State, Status};
use serde::{Deserialize, Deserializer};
use store::exposure::{self, Exposure};

use crate::{Refusal, World};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRule {
    /// Its name, in the history as `rule:NAME`.
    pub name: String,
    /// What it looks at, and closes.
    #[serde(deserialize_with = "scope")]
    pub scope: Scope,
    /// What makes it close.
    pub when: When,
    /// The value above which it closes: fen, or parts in a million.
    pub limit: i64,
    /// A share counts only from so much outstanding on, in fen.
    #[serde(default)]
    pub floor: i64,
    /// The contract's clause by which draws may be held back.
    pub clause: Option<String>,
    /// After a closing of its own it lets at least so many minutes pass before the next, whatever people do.
    #[serde(default = "an_hour")]
    pub pause_minutes: i64,
    /// It closes at most so often within a day.
    #[serde(default = "three")]
    pub at_most_a_day: i64,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Principal that is owed, with draws under way: the cap of the approved scale.
    OutstandingAbove,
    /// Overdue principal in a million parts of what is outstanding: a stop-loss.
    OverdueAbovePpm,
}

impl When {
    const fn as_str(self) -> &'static str {
        match self {
            Self::OutstandingAbove => "outstanding_above",
            Self::OverdueAbovePpm => "overdue_above_ppm",
        }
    }
}

/// What a rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruled {
    /// Its limit is not exceeded.
    Quiet,
    /// It is, and its scope is closed already.
    Shut,
    /// It closed, at this epoch.
    Closed(i64),
    /// It is exceeded and intake is open: people reopened, and the rule has closed often enough or just now.
    Held,
}

const fn an_hour() -> i64 {
    60
}

const fn three() -> i64 {
    3
}

fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scope, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

const MINUTE: i64 = 60 * 1_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

impl StopRule {
    /// What is wrong with it, if anything: the field, and what it takes.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let named = (1..=40).contains(&self.name.len()) && self.name.bytes().all(plain);
        let draws = self.scope.act == Some(gate::Act::Draw);
        [
            (!named, "name", "1-40 characters: small letters, digits, '-'"),
            (self.limit < 0, "limit", "not below 0"),
            (self.floor < 0, "floor", "not below 0"),
            (
                !(1..=10_080).contains(&self.pause_minutes),
                "pause_minutes",
                "1 to 10080",
            ),
            (
                !(1..=24).contains(&self.at_most_a_day),
                "at_most_a_day",
                "1 to 24",
            ),
            (
                self.clause
                    .as_ref()
                    .is_some_and(|clause| !gate::is_clause(clause)),
                "clause",
                "1-100 characters, on one line",
            ),
            (
                draws && self.clause.is_none(),
                "clause",
                "needed where the act is draw",
            ),
            (
                self.clause.is_some() && !self.scope.covers_draws(),
                "clause",
                "only for a scope with draws",
            ),
        ]
        .into_iter()
        .find_map(|(wrong, field, takes)| wrong.then_some((field, takes)))
    }

    /// Whether its limit is exceeded.
    #[must_use]
    pub fn holds(&self, business: Exposure) -> bool {
        match self.when {
            When::OutstandingAbove => business.outstanding > self.limit,
            When::OverdueAbovePpm => {
                let part = i128::from(business.overdue) * 1_000_000;
                let limit = i128::from(business.outstanding) * i128::from(self.limit);
                business.outstanding >= self.floor && part > limit
            }
        }
    }

    fn actor(&self) -> String {
        format!("rule:{}", self.name)
    }
}

/// Applies one rule: closes its scope if its limit is exceeded, it is open, and the rule may close again.
///
/// # Errors
/// The database's refusal.
pub async fn apply<L: Lane>(world: &World<L>, rule: &StopRule) -> Result<Ruled, Refusal> {
    let scope = rule.scope.clone();
    let business = world
        .db
        .read(move |tx| Box::pin(async move { Ok::<_, Refusal>(exposure::of(tx, &scope).await?) }))
        .await?;
    if !rule.holds(business) {
        return Ok(Ruled::Quiet);
    }
    let scopes = gate::scopes(&world.db).await?;
    let (actor, now) = (rule.actor(), world.clock.now_micros());
    match in_the_way(&scopes, rule, &actor) {
        Some(true) => return shut(world, rule, actor, now).await,
        Some(false) => return Ok(Ruled::Shut),
        None => {}
    }
    let (today, last) = gate::closings_by(&world.db, &actor, now - DAY).await?;
    let just_now = last.is_some_and(|last| now < last + rule.pause_minutes * MINUTE);
    if just_now || today >= rule.at_most_a_day {
        return Ok(Ruled::Held);
    }
    shut(world, rule, actor, now).await
}

/// Whether its business is held back already, and if so, whether by a closing of this rule whose closer died: that is
/// finished, however often it takes. Another's is its closer's.
fn in_the_way(scopes: &[Status], rule: &StopRule, actor: &str) -> Option<bool> {
    let shut = |one: &&Status| one.state != State::Open && one.scope.covers(&rule.scope);
    let unfinished =
        |one: &Status| one.state == State::Closing && one.scope == rule.scope && one.actor == actor;
    let in_the_way: Vec<&Status> = scopes.iter().filter(shut).collect();
    let any = !in_the_way.is_empty();
    any.then(|| in_the_way.into_iter().any(unfinished))
}

/// The reason names no amounts: of a narrow scope they would be one customer's, and everybody with a token reads it.
async fn shut<L: Lane>(world: &World<L>, rule: &StopRule, actor: String, now: i64) -> Result<Ruled, Refusal> {
    let order = Order {
        reason: format!(
            "{}: {} {} in {}",
            rule.name,
            rule.when.as_str(),
            rule.limit,
            rule.scope
        ),
        actor,
        incident: None,
        at: now,
        grace: Order::GRACE,
    };
    let closing = Closing {
        scope: rule.scope.clone(),
        clause: rule.clause.clone(),
        until: None,
    };
    let closed = gate::close(&world.db, order, closing).await?;
    // Another instance was faster.
    Ok(if closed.changed {
        Ruled::Closed(closed.epoch)
    } else {
        Ruled::Shut
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(when: When, limit: i64) -> StopRule {
        StopRule {
            name: "stop-loss".to_owned(),
            scope: Scope::everything(),
            when,
            limit,
            floor: 0,
            clause: None,
            pause_minutes: 60,
            at_most_a_day: 3,
        }
    }

    #[test]
    fn a_limit_is_exceeded_above_it_and_not_at_it() {
        let business = |outstanding, overdue| Exposure { outstanding, overdue };
        let cap = rule(When::OutstandingAbove, 1000);
        assert!(!cap.holds(business(1000, 0)) && cap.holds(business(1001, 0)));
        let loss = rule(When::OverdueAbovePpm, 30_000);
        assert!(!loss.holds(business(0, 0)));
        assert!(!loss.holds(business(1_000_000, 30_000)) && loss.holds(business(1_000_000, 30_001)));
        // Sums near the end of their range do not wrap.
        assert!(loss.holds(business(i64::MAX, i64::MAX)));
        let floor = StopRule {
            floor: 2_000_000,
            ..loss
        };
        assert!(!floor.holds(business(1_999_999, 1_999_999)) && floor.holds(business(2_000_000, 2_000_000)));
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_named() {
        let good = rule(When::OutstandingAbove, 1);
        assert_eq!(good.fault(), None);
        let of = |scope: &str| scope.parse().unwrap();
        for (bad, field) in [
            (
                StopRule {
                    name: "A".into(),
                    ..good.clone()
                },
                "name",
            ),
            (
                StopRule {
                    limit: -1,
                    ..good.clone()
                },
                "limit",
            ),
            (
                StopRule {
                    pause_minutes: 0,
                    ..good.clone()
                },
                "pause_minutes",
            ),
            (
                StopRule {
                    at_most_a_day: 25,
                    ..good.clone()
                },
                "at_most_a_day",
            ),
            (
                StopRule {
                    scope: of("act=draw"),
                    ..good.clone()
                },
                "clause",
            ),
            (
                StopRule {
                    scope: of("act=contract"),
                    clause: Some("c".into()),
                    ..good.clone()
                },
                "clause",
            ),
        ] {
            assert_eq!(bad.fault().map(|(field, _)| field), Some(field));
        }
    }
}
