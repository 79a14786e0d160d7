//! Lowers the call of a function.

use super::fixed::is_fixed;
use super::function::{Function, Over, Signature, absence, find};
use super::labels::{is_name, of_absence};
use super::lower::{Lowered, Lowering};
use super::node::{Join, MapValues, OverWindow, Replace, Scalar, Vector};
use crate::pattern;
use crate::rejected::Fault;
use crate::syntax::tree::{Call, Expr, Node};

impl Lowering {
    pub(super) fn call(&mut self, from: usize, call: &Call) -> Result<Lowered, Fault> {
        let signature = find(&call.name).ok_or_else(|| Fault::new(from, absence(&call.name)))?;
        let given = call.arguments.len();
        if given < signature.least || given > signature.most {
            return Err(Fault::new(from, count(signature, given)));
        }
        let arguments = call.arguments.as_slice();
        let vector = match (signature.function, arguments) {
            (Function::Time, _) => return Ok(Lowered::Scalar(Scalar::Time)),
            (Function::Scalar, [of]) => {
                return Ok(Lowered::Scalar(Scalar::Of(Box::new(self.vector(of)?))));
            }
            (Function::Vector, [of]) => Vector::Constant(Box::new(self.scalar(of)?)),
            (Function::Timestamp, [of]) => self.timestamp(of)?,
            (Function::Sort { descending }, [of]) => Vector::Sort {
                descending,
                of: Box::new(self.vector(of)?),
            },
            (Function::Map(map), [of, parameters @ ..]) => {
                let of = self.vector(of)?;
                let parameters = parameters
                    .iter()
                    .map(|each| self.scalar(each))
                    .collect::<Result<_, _>>()?;
                Vector::Map(Box::new(MapValues { map, parameters, of }))
            }
            (Function::Date(part), []) => Vector::Date(part, None),
            (Function::Date(part), [of, ..]) => Vector::Date(part, Some(Box::new(self.vector(of)?))),
            (Function::Over(over), _) => self.over(from, over, arguments)?,
            (Function::Absent, [of]) => Vector::Absent(Box::new((self.vector(of)?, of_absence(of)))),
            (Function::AbsentOverTime, [of]) => {
                Vector::AbsentOver(Box::new((self.window(of)?, of_absence(of))))
            }
            (Function::HistogramQuantile, [q, of]) => {
                Vector::HistogramQuantile(Box::new((self.scalar(q)?, self.vector(of)?)))
            }
            (Function::LabelReplace, [of, target, template, source, pattern]) => {
                self.replace(of, target, template, source, pattern)?
            }
            (Function::LabelJoin, [of, target, separator, sources @ ..]) => {
                self.join(of, target, separator, sources)?
            }
            _ => return Err(Fault::new(from, count(signature, given))),
        };
        Ok(Lowered::Vector(vector))
    }

    /// Of a selector it is the time of its samples.
    fn timestamp(&mut self, of: &Expr) -> Result<Vector, Fault> {
        let bare = of.bare();
        if let Node::Selector(selector) = &bare.node {
            // Prometheus looks for the sample at one time among those that it took for another.
            if selector.shift.at.is_some() && selector.shift.offset != 0 {
                return Err(Fault::new(
                    bare.from,
                    "@ cannot fix the time of a timestamp beside an offset; add up what they say",
                ));
            }
            return Ok(Vector::Timestamp(self.slot(bare.from, selector, None)?));
        }
        Ok(Vector::Now(Box::new(self.vector(of)?)))
    }

    fn over(&mut self, from: usize, over: Over, arguments: &[Expr]) -> Result<Vector, Fault> {
        let (of, parameter) = match (over, arguments) {
            (Over::Quantile, [parameter, of]) | (Over::PredictLinear, [of, parameter]) => {
                (of, Some(parameter))
            }
            (_, [of, ..]) => (of, None),
            (_, []) => return Err(Fault::new(from, "a range belongs here")),
        };
        // In the order in which they are written, so that the first fault is the one that is told.
        let mut scalar = None;
        if let (Over::Quantile, Some(parameter)) = (over, parameter) {
            scalar = Some(self.scalar(parameter)?);
        }
        let window = self.window(of)?;
        if let (Over::PredictLinear, Some(parameter)) = (over, parameter) {
            scalar = Some(self.scalar(parameter)?);
        }
        let moves = over == Over::PredictLinear || parameter.is_some_and(|parameter| !is_fixed(parameter));
        if moves && is_fixed(of) {
            return Err(Fault::new(
                of.from,
                "@ cannot fix this range, because the rest of the call changes with time",
            ));
        }
        Ok(Vector::Over(Box::new(OverWindow {
            id: self.id(),
            over,
            parameter: scalar,
            window,
        })))
    }

    fn replace(
        &mut self,
        of: &Expr,
        target: &Expr,
        template: &Expr,
        source: &Expr,
        pattern: &Expr,
    ) -> Result<Vector, Fault> {
        let of = self.vector(of)?;
        let name = self.text(target)?;
        let template = self.text(template)?;
        let source = self.text(source)?;
        let text = self.text(pattern)?;
        let pattern = pattern::compile(&text)
            .map_err(|reason| Fault::new(pattern.from, format!("not a pattern: {reason}")))?;
        Ok(Vector::Replace(Box::new(Replace {
            of,
            target: label(target, name)?,
            template,
            source,
            pattern,
        })))
    }

    fn join(
        &mut self,
        of: &Expr,
        target: &Expr,
        separator: &Expr,
        sources: &[Expr],
    ) -> Result<Vector, Fault> {
        let of = self.vector(of)?;
        let name = self.text(target)?;
        let separator = self.text(separator)?;
        let mut names = Vec::new();
        for source in sources {
            let name = self.text(source)?;
            names.push(label(source, name)?);
        }
        Ok(Vector::Join(Box::new(Join {
            of,
            target: label(target, name)?,
            separator,
            sources: names,
        })))
    }
}

fn label(expr: &Expr, name: String) -> Result<String, Fault> {
    if is_name(&name) {
        Ok(name)
    } else {
        Err(Fault::new(expr.from, "this is no name of a label"))
    }
}

fn count(signature: &Signature, given: usize) -> String {
    let Signature {
        name, least, most, ..
    } = signature;
    let kinds: Vec<String> = signature.arguments.iter().map(ToString::to_string).collect();
    let kinds = kinds.join(", ");
    if least == most {
        format!("{name} takes {least} argument(s) ({kinds}), not {given}")
    } else if given < *least {
        format!("{name} takes at least {least} argument(s) ({kinds}), not {given}")
    } else {
        format!("{name} takes at most {most} argument(s) ({kinds}), not {given}")
    }
}
