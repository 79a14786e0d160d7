//! Who is on call, and who is next: pure functions of the configuration and the time.

use crate::config::Config;
use crate::config::secret::SecretFile;

/// Somebody who can be on call.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) contacts: Vec<Contact>,
}

/// A way to reach somebody.
#[derive(Debug, Clone)]
pub(crate) struct Contact {
    pub(crate) channel: String,
    pub(crate) to: SecretFile,
    pub(crate) resolved: bool,
}

/// Who is on call when.
#[derive(Debug, Clone)]
pub(crate) struct Rota {
    pub(crate) people: Vec<String>,
    /// A handover, in microseconds since 1970.
    pub(crate) starts: i64,
    /// Length of a turn in microseconds, positive.
    pub(crate) shift: i64,
    pub(crate) overrides: Vec<Override>,
}

/// Somebody stands in.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) person: String,
}

/// Who is paged when nobody answers.
#[derive(Debug, Clone)]
pub(crate) struct Escalation {
    pub(crate) steps: Vec<Step>,
    /// After how long without an answer to the last step it begins anew.
    pub(crate) again: i64,
}

/// A step of an escalation.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// How long the step before has.
    pub(crate) after: i64,
    pub(crate) targets: Vec<Target>,
}

/// Whom a step pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Rota(String),
    Person(String),
}

impl Rota {
    /// Who is on call at a time; somebody always is, before the first handover, too.
    pub(crate) fn on_call(&self, now: i64) -> &str {
        // The last of the list wins, so that a stand-in can have one.
        let stand_in = self
            .overrides
            .iter()
            .rev()
            .find(|o| (o.from..o.to).contains(&now));
        if let Some(stand_in) = stand_in {
            return &stand_in.person;
        }
        let turns = now.saturating_sub(self.starts).div_euclid(self.shift.max(1));
        let people = i64::try_from(self.people.len()).unwrap_or(i64::MAX).max(1);
        let turn = usize::try_from(turns.rem_euclid(people)).unwrap_or_default();
        self.people.get(turn).map_or("", String::as_str)
    }
}

impl Escalation {
    /// The step after this one, after how long, and whether that is the beginning again.
    pub(crate) fn next(&self, step: usize) -> (usize, i64, bool) {
        match self.steps.get(step + 1) {
            Some(next) => (step + 1, next.after, false),
            None => (0, self.again, true),
        }
    }
}

/// The people of a step at a time, each once.
pub(crate) fn people(config: &Config, step: &Step, now: i64) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for target in &step.targets {
        let person = match target {
            Target::Person(id) => Some(id.as_str()),
            Target::Rota(name) => config.rotas.get(name).map(|rota| rota.on_call(now)),
        };
        if let Some(person) = person
            && !people.iter().any(|known| known == person)
        {
            people.push(person.to_owned());
        }
    }
    people
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::micros::{DAY, HOUR};

    #[test]
    fn the_turn_passes_at_each_handover_and_round_again() {
        let rota = Rota {
            people: vec!["li".into(), "wang".into(), "zhao".into()],
            starts: 100 * DAY,
            shift: DAY,
            overrides: vec![
                Override {
                    from: 101 * DAY,
                    to: 102 * DAY,
                    person: "qian".into(),
                },
                Override {
                    from: 101 * DAY + HOUR,
                    to: 101 * DAY + 2 * HOUR,
                    person: "sun".into(),
                },
            ],
        };
        assert_eq!(rota.on_call(100 * DAY - 1), "zhao");
        assert_eq!(rota.on_call(100 * DAY), "li");
        assert_eq!(rota.on_call(101 * DAY - 1), "li");
        assert_eq!(rota.on_call(101 * DAY), "qian");
        assert_eq!(rota.on_call(101 * DAY + HOUR), "sun");
        assert_eq!(rota.on_call(102 * DAY), "zhao");
        assert_eq!(rota.on_call(103 * DAY), "li");
    }
}
