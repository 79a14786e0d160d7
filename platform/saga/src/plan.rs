//! Which steps there are, and what may be done about each when its outcome is unknown.

use std::collections::BTreeSet;

use crate::digest;
use crate::event::Way;

/// Steps of one plan. A runbook has ten; what has more than two hundred is a program and needs another form.
pub const MOST_STEPS: usize = 200;

/// Attempts by itself, before a person is asked: two bad moments are chance, the third is not.
pub const ATTEMPTS: u32 = 3;

/// What may be done about one effect without asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// Doing it twice is doing it once, so that it may be repeated when nobody knows.
    pub idempotent: bool,
    /// Whether it took effect can be looked up: [`crate::Effects::verify`] is asked.
    pub verifies: bool,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// It leaves nothing to take back: it looked, waited or asked.
    Nothing,
    /// By an effect of its own.
    By(Effect),
    /// It cannot be undone, and why: undoing stops here, and the outcome says so.
    Never(String),
}

/// What follows when a step certainly did not take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// What was done before it is undone.
    #[default]
    Undo,
    /// A person is asked: try again, it was done by hand, or give up.
    Ask,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, unique in the plan: 1–64 of `a-z`, `0-9` and `-`.
    pub id: String,
    /// What may be done about its effect.
    pub act: Effect,
    /// How it is taken back.
    pub undo: Undo,
    /// What follows when it fails.
    pub on_failure: OnFailure,
    /// How often it is begun before a person is asked; at least 1.
    pub attempts: u32,
}

impl Step {
    /// A step that is neither repeated nor looked up and cannot be undone: the least that can be promised.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            act: Effect::default(),
            undo: Undo::Never("no undo was declared".to_owned()),
            on_failure: OnFailure::default(),
            attempts: ATTEMPTS,
        }
    }

    /// What may be done about the effect of one way; nothing for an undo that there is not.
    #[must_use]
    pub fn effect(&self, way: Way) -> Effect {
        match (way, &self.undo) {
            (Way::Do, _) => self.act,
            (Way::Undo, Undo::By(effect)) => *effect,
            (Way::Undo, Undo::Nothing | Undo::Never(_)) => Effect::default(),
        }
    }

    /// Everything about it that decides how a journal is read, in one line.
    fn line(&self) -> String {
        let effect = |effect: Effect| format!("{}{}", u8::from(effect.idempotent), u8::from(effect.verifies));
        let undo = match &self.undo {
            Undo::Nothing => "nothing".to_owned(),
            Undo::By(by) => format!("by {}", effect(*by)),
            Undo::Never(_) => "never".to_owned(),
        };
        let failure = match self.on_failure {
            OnFailure::Undo => "undo",
            OnFailure::Ask => "ask",
        };
        format!(
            "{} {} {undo} {failure} {}",
            self.id,
            effect(self.act),
            self.attempts
        )
    }
}

/// Why a plan is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Too few or too many steps.
    #[error("a plan has 1–{MOST_STEPS} steps, not {0}")]
    Steps(usize),
    /// A step's name is not one.
    #[error("step {0:?}: a name has 1–64 of a-z, 0-9 and '-'")]
    Name(String),
    /// Two steps share a name.
    #[error("step {0:?} is there twice")]
    Twice(String),
    /// A step may never be begun.
    #[error("step {0:?}: at least one attempt")]
    Attempts(String),
}

/// The steps in their order, under one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    digest: String,
    steps: Vec<Step>,
}

impl Plan {
    /// `content` is the digest of whatever the steps mean to the caller. The plan's own digest is over that and over
    /// what this crate knows of the steps, so that neither changes under a saga.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn new(content: &str, steps: Vec<Step>) -> Result<Self, PlanError> {
        if steps.is_empty() || steps.len() > MOST_STEPS {
            return Err(PlanError::Steps(steps.len()));
        }
        let mut seen = BTreeSet::new();
        for step in &steps {
            if !is_name(&step.id) {
                return Err(PlanError::Name(step.id.clone()));
            }
            if !seen.insert(step.id.as_str()) {
                return Err(PlanError::Twice(step.id.clone()));
            }
            if step.attempts == 0 {
                return Err(PlanError::Attempts(step.id.clone()));
            }
        }
        let lines: Vec<String> = steps.iter().map(Step::line).collect();
        let digest = digest::hex(format!("{content}\n{}", lines.join("\n")).as_bytes());
        Ok(Self { digest, steps })
    }

    /// SHA-256 in hexadecimal: what a saga is bound to.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The steps in their order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The place of a step in the order.
    #[must_use]
    pub fn index(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }
}

fn is_name(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_unique_and_a_plan_has_steps() {
        let plan = |ids: &[&str]| Plan::new("c", ids.iter().map(|id| Step::new(id)).collect());
        assert!(plan(&["a", "b-2"]).is_ok());
        assert_eq!(plan(&[]), Err(PlanError::Steps(0)));
        assert_eq!(plan(&["a", "a"]), Err(PlanError::Twice("a".to_owned())));
        for bad in ["", "A", "a b", "步", &"x".repeat(65)] {
            assert_eq!(plan(&[bad]), Err(PlanError::Name(bad.to_owned())));
        }
        let many: Vec<Step> = (0..=MOST_STEPS).map(|i| Step::new(&format!("s{i}"))).collect();
        assert_eq!(Plan::new("c", many), Err(PlanError::Steps(MOST_STEPS + 1)));
    }

    #[test]
    fn whatever_changes_how_a_journal_is_read_changes_the_digest() {
        let digest = |content: &str, change: &dyn Fn(&mut Step)| {
            let mut step = Step::new("a");
            change(&mut step);
            Plan::new(content, vec![step]).unwrap().digest().to_owned()
        };
        let plain = digest("c", &|_| {});
        assert_eq!(plain, digest("c", &|_| {}));
        let others = [
            digest("d", &|_| {}),
            digest("c", &|step| step.id = "b".to_owned()),
            digest("c", &|step| step.act.idempotent = true),
            digest("c", &|step| step.act.verifies = true),
            digest("c", &|step| step.undo = Undo::Nothing),
            digest("c", &|step| step.undo = Undo::By(Effect::default())),
            digest("c", &|step| step.on_failure = OnFailure::Ask),
            digest("c", &|step| step.attempts = 9),
        ];
        let all: BTreeSet<&String> = others.iter().chain([&plain]).collect();
        assert_eq!(all.len(), others.len() + 1);
    }
}
