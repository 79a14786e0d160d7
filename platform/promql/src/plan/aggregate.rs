//! Lowers an aggregation.

use super::fixed::is_fixed;
use super::labels::is_name;
use super::lower::Lowering;
use super::node::{Aggregate, Parameter};
use crate::grouping::Grouping;
use crate::rejected::Fault;
use crate::syntax::token::Aggregator;
use crate::syntax::tree;

impl Lowering {
    pub(super) fn aggregate(&mut self, from: usize, written: &tree::Aggregate) -> Result<Aggregate, Fault> {
        let of = self.vector(&written.of)?;
        let mut label = None;
        let parameter = match &written.parameter {
            None => Parameter::None,
            Some(parameter) if written.by == Aggregator::CountValues => {
                let name = self.text(parameter)?;
                if !is_name(&name) {
                    return Err(Fault::new(parameter.from, "this is no name of a label"));
                }
                label = Some(name.clone());
                Parameter::Label(name.into())
            }
            Some(parameter) => {
                let scalar = self.scalar(parameter)?;
                if is_fixed(&written.of) && !is_fixed(parameter) {
                    return Err(Fault::new(
                        from,
                        "the parameter changes with time and what is aggregated does not; fix both or none",
                    ));
                }
                Parameter::Scalar(scalar)
            }
        };
        let grouping = match &written.grouping {
            Some(grouped) if grouped.without => Grouping::without(grouped.labels.iter().map(String::as_str)),
            Some(grouped) => Grouping::by(grouped.labels.iter().map(String::as_str).chain(label.as_deref())),
            None => Grouping::by(label.as_deref()),
        };
        Ok(Aggregate {
            by: written.by,
            grouping,
            parameter,
            of,
        })
    }
}
