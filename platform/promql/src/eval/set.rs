//! `and`, `or`, `unless`.

use std::collections::HashSet;

use super::names::{Element, Elements};
use super::run::{Run, Times};
use crate::error::EvalError;
use crate::mutant::planted;
use crate::plan::node::SetOperation;
use crate::syntax::operator::Set;

impl Run<'_> {
    pub(super) fn set(&self, set: &SetOperation, at: i64, times: Times) -> Result<Elements, EvalError> {
        let left = self.vector(&set.left, at, times)?;
        let right = self.vector(&set.right, at, times)?;
        let keys = |of: &[Element], there: &[Element], wanted: bool| -> Vec<bool> {
            let there: HashSet<_> = there.iter().map(|(labels, _)| set.grouping.key(labels)).collect();
            of.iter()
                .map(|(labels, _)| there.contains(&set.grouping.key(labels)) == wanted)
                .collect()
        };
        Ok(match set.operator {
            Set::And if planted("and takes everything on the left") => left,
            Set::And => {
                let kept = keys(&left, &right, true);
                keep(left, &kept)
            }
            Set::Unless if planted("unless is and") => {
                let kept = keys(&left, &right, true);
                keep(left, &kept)
            }
            Set::Unless => {
                let kept = keys(&left, &right, false);
                keep(left, &kept)
            }
            Set::Or if planted("or takes the left only") => left,
            Set::Or => {
                let kept = keys(&right, &left, false);
                let mut all = left;
                all.extend(keep(right, &kept));
                all
            }
        })
    }
}

fn keep(vector: Elements, kept: &[bool]) -> Elements {
    let paired = vector.into_iter().zip(kept);
    paired
        .filter(|(_, kept)| **kept)
        .map(|(element, _)| element)
        .collect()
}
