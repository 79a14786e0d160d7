//! `label_replace` and `label_join`.

use super::names::{Elements, unique};
use super::template::expand;
use crate::error::EvalError;
use crate::mutant::planted;
use crate::plan::node::{Join, Replace};

pub(super) fn replace(replace: &Replace, mut vector: Elements) -> Result<Elements, EvalError> {
    for (labels, _) in &mut vector {
        if let Some(captures) = replace.pattern.captures(labels.get(&replace.source)) {
            let value = if planted("label_replace does not expand") {
                replace.template.clone()
            } else {
                expand(&replace.template, &replace.pattern, &captures)
            };
            *labels = labels.with(&replace.target, &value);
        } else if planted("label_replace empties what does not match") {
            *labels = labels.with(&replace.target, "");
        }
    }
    unique(vector)
}

pub(super) fn join(join: &Join, mut vector: Elements) -> Result<Elements, EvalError> {
    let separator = if planted("label_join does not separate") {
        ""
    } else {
        &join.separator
    };
    for (labels, _) in &mut vector {
        let values: Vec<&str> = join.sources.iter().map(|source| labels.get(source)).collect();
        let value = values.join(separator);
        *labels = labels.with(&join.target, &value);
    }
    unique(vector)
}
