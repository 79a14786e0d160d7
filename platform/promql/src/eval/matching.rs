//! An operator between two vectors: which elements belong together, and what the outcome is called.

use std::collections::{HashMap, HashSet};

use super::arithmetic::compute;
use super::names::{Element, Elements, unique, unnamed};
use super::run::{Run, Times};
use crate::error::EvalError;
use crate::mutant::planted;
use crate::plan::node::{Cardinality, Matched, Operation};
use crate::{Labels, NAME};

impl Run<'_> {
    pub(super) fn matched(&self, matched: &Matched, at: i64, times: Times) -> Result<Elements, EvalError> {
        let left = self.vector(&matched.left, at, times)?;
        let right = self.vector(&matched.right, at, times)?;
        if left.is_empty() || right.is_empty() {
            return Ok(Vec::new());
        }
        let swapped =
            matches!(matched.cardinality, Cardinality::OneToMany(_)) && !planted("group_right is group_left");
        let out = if swapped {
            pair(matched, &right, &left, swapped)?
        } else {
            pair(matched, &left, &right, swapped)?
        };
        if matched.may_collide() && !planted("the many need not differ") {
            unique(out)
        } else {
            Ok(out)
        }
    }
}

/// For each of the many, what it gives with its one.
fn pair(matched: &Matched, many: &[Element], one: &[Element], swapped: bool) -> Result<Elements, EvalError> {
    let grouping = &matched.grouping;
    let mut ones = HashMap::with_capacity(one.len());
    for (at, (labels, _)) in one.iter().enumerate() {
        let before = ones.insert(grouping.key(labels), at);
        if before.is_some() && !planted("the one side may be many") {
            let side = if swapped { "left" } else { "right" };
            return Err(EvalError::ManyToMany { side });
        }
    }
    let single = matches!(matched.cardinality, Cardinality::OneToOne);
    let mut used = vec![false; one.len()];
    let mut names = HashSet::new();
    let mut out = Vec::with_capacity(many.len());
    for (labels, value) in many {
        let Some((at, (other, other_value))) = ones
            .get(&grouping.key(labels))
            .and_then(|at| one.get(*at).map(|element| (*at, element)))
        else {
            continue;
        };
        let (left, right) = if swapped {
            (*other_value, *value)
        } else {
            (*value, *other_value)
        };
        let Some(outcome) = compute(matched.operation, left, right) else {
            continue;
        };
        let name = matched.name(labels, other);
        if single {
            if used.get(at) == Some(&true) && !planted("many match one without group_left") {
                return Err(EvalError::ManyToOne);
            }
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
        } else if !names.insert((at, name.clone())) && !planted("the many need not differ") {
            return Err(EvalError::NotUnique);
        }
        out.push((name, outcome));
    }
    Ok(out)
}

impl Matched {
    /// Whether two outcomes may have the same labels. Of one to one they are told apart by what was matched,
    /// unless the name was, and goes.
    fn may_collide(&self) -> bool {
        !matches!(self.cardinality, Cardinality::OneToOne)
            || (self.grouping.is_named() && self.grouping.names(NAME))
    }

    fn name(&self, many: &Labels, one: &Labels) -> Labels {
        let drops = match self.operation {
            Operation::Arithmetic(_) => self.operation.drops_names(),
            // What bool makes nameless is made so at the end, after the included labels.
            Operation::Comparison(..) => false,
        };
        let (include, single) = match &self.cardinality {
            Cardinality::OneToOne => (&[][..], true),
            Cardinality::ManyToOne(include) | Cardinality::OneToMany(include) => (include.as_slice(), false),
        };
        let keeps = |name: &str| {
            let grouped = if !single {
                true
            } else if self.grouping.is_named() {
                self.grouping.counts(name)
            } else {
                name == NAME || self.grouping.counts(name)
            };
            grouped && !(drops && name == NAME)
        };
        let mut labels = if many.iter().all(|(name, _)| keeps(name)) {
            many.clone()
        } else {
            many.only(keeps)
        };
        for name in include {
            if !planted("an included label is left out") {
                labels = labels.with(name, one.get(name));
            }
        }
        if !drops && self.operation.drops_names() {
            labels = unnamed(&labels);
        }
        labels
    }
}
