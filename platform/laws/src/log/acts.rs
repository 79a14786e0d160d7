//! Completeness: what the business tables show to have been done by operators and
//! officers stands in the log, once each; and the log tells of nothing else.
//!
//! The tables are witnesses that a forgotten leaf does not silence: an approval
//! is a row of its own, a closing moves the gate's history. A leaf is written in the
//! same transaction at the same microsecond, so act, subject, time and actor
//! find it exactly.

use std::collections::HashMap;

use super::{Leaf, Plane};
use crate::purged::Purged;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// What tells two acts apart: act, subject, time.
type Act = (String, String, i64);

/// Leaves by act, with their actors.
#[derive(Debug, Default)]
pub struct Acts(HashMap<Act, Vec<String>>);

impl Acts {
    /// Takes note of a leaf.
    pub fn add(&mut self, leaf: &Leaf) {
        if let Some(facts) = leaf.facts() {
            let act = (facts.act.into_owned(), facts.subject.into_owned(), facts.at);
            self.0.entry(act).or_default().push(facts.actor.into_owned());
        }
    }
}

/// Holds the leaves against every witness of the plane; answers how many acts were found logged.
///
/// # Errors
/// When the database can't be read.
pub async fn complete(
    plane: Plane,
    source: &mut Source,
    leaves: &Acts,
    tally: &mut Tally,
) -> Result<u64, DatabaseError> {
    let mut logged = 0;
    let purged = Purged::read(source).await?;
    for witness in plane.witnesses() {
        let mut shown: HashMap<Act, u64> = HashMap::new();
        for row in source.rows(witness.what, witness.sql).await? {
            let at = i64::try_from(row.wide(2)?).unwrap_or(i64::MAX);
            let act: Act = (row.text(0)?.to_owned(), row.text(1)?.to_owned(), at);
            tally.checked(1);
            let of = leaves.0.get(&act).map_or(&[][..], Vec::as_slice);
            if of
                .iter()
                .any(|actor| row.opt_text(3).is_none_or(|wanted| wanted == actor))
            {
                // The audit table tells of the same acts once more.
                logged += u64::from(!witness.only.is_empty());
            } else {
                let (name, subject, _) = &act;
                let detail = format!("{} show it, and no leaf of that moment does", witness.what);
                tally.against("act-not-logged", format!("{name} {subject}"), detail);
            }
            *shown.entry(act).or_default() += 1;
        }
        for (act, actors) in leaves
            .0
            .iter()
            .filter(|(act, _)| witness.only.contains(&act.0.as_str()))
        {
            let times = shown.get(act).copied().unwrap_or_default();
            let left = witness.gone.is_some_and(|table| purged.holds(table, &act.1));
            if actors.len() as u64 > times && !left {
                let (name, subject, _) = act;
                let detail = format!(
                    "{} leaves, and {} show it {times} times",
                    actors.len(),
                    witness.what
                );
                tally.against("leaf-without-act", format!("{name} {subject}"), detail);
            }
        }
    }
    if plane == Plane::Financing {
        days(source, leaves, tally).await?;
        accounts(source, leaves, tally).await?;
    }
    Ok(logged)
}

/// An account that was changed after it was made was disabled or reset at that moment, got another
/// password, or a proposal was carried out. Only its last change can be seen.
async fn accounts(source: &mut Source, leaves: &Acts, tally: &mut Tally) -> Result<(), DatabaseError> {
    let sql = "SELECT name, CAST(changed_at AS TEXT) FROM accounts WHERE changed_at <> created_at";
    for row in source.rows("changed accounts", sql).await? {
        tally.checked(1);
        let name = row.text(0)?;
        let changed = i64::try_from(row.wide(1)?).unwrap_or(i64::MAX);
        let shows = |(act, subject, at): &Act| {
            *at == changed
                && match act.as_str() {
                    "account.disable" | "account.reset" | "account.password" => subject == name,
                    "proposal.execute" => true,
                    _ => false,
                }
        };
        if !leaves.0.keys().any(shows) {
            tally.against(
                "act-not-logged",
                format!("account {name}"),
                "the account was changed, and no leaf of that moment says so",
            );
        }
    }
    Ok(())
}

/// A day that was opened was ordered at least once, by whoever ran it first.
async fn days(source: &mut Source, leaves: &Acts, tally: &mut Tally) -> Result<(), DatabaseError> {
    for row in source
        .rows("business days", "SELECT business_date FROM days")
        .await?
    {
        tally.checked(1);
        let date = row.text(0)?;
        if !leaves
            .0
            .keys()
            .any(|(act, subject, _)| act == "day.run" && subject == date)
        {
            tally.against(
                "act-not-logged",
                format!("day.run {date}"),
                "the day was run, and no leaf says so",
            );
        }
    }
    Ok(())
}
