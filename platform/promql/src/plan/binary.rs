//! Lowers what stands on both sides of an operator.

use super::lower::{Lowered, Lowering, names};
use super::node::{Cardinality, Matched, Operation, Scalar, SetOperation, Vector, WithScalar};
use crate::grouping::Grouping;
use crate::mutant::planted;
use crate::query::Kind;
use crate::rejected::Fault;
use crate::syntax::operator::{Operator, Set};
use crate::syntax::tree::{Binary, Matching};

impl Lowering {
    pub(super) fn binary(&mut self, from: usize, binary: &Binary) -> Result<Lowered, Fault> {
        let left = self.any(&binary.left)?;
        let right = self.any(&binary.right)?;
        let scalars = left.kind() == Kind::Scalar && right.kind() == Kind::Scalar;
        match binary.operator {
            Operator::Comparison(_) if scalars && !binary.bool => {
                return Err(Fault::new(
                    binary.at,
                    "between two scalars a comparison needs bool",
                ));
            }
            Operator::Arithmetic(_) | Operator::Set(_) if binary.bool => {
                return Err(Fault::new(binary.at, "bool belongs to a comparison"));
            }
            _ => {}
        }
        if let Some(matching) = &binary.matching
            && let Some(group) = &matching.group
            && matching.on
            && group.include.iter().any(|each| matching.labels.contains(each))
        {
            return Err(Fault::new(
                binary.at,
                "a label cannot be both matched on and taken from the other side",
            ));
        }
        for (side, expr) in [(&left, &binary.left), (&right, &binary.right)] {
            if !matches!(side.kind(), Kind::Scalar | Kind::Vector) {
                let kind = side.kind();
                return Err(Fault::new(
                    expr.from,
                    format!("an operator takes scalars and vectors, not a {kind}"),
                ));
            }
        }
        let operation = match binary.operator {
            Operator::Arithmetic(arithmetic) => Operation::Arithmetic(arithmetic),
            Operator::Comparison(comparison) => Operation::Comparison(comparison, binary.bool),
            Operator::Set(operator) => return set(from, binary, operator, left, right),
        };
        let matched = binary.matching.as_ref();
        Ok(match (left, right) {
            (Lowered::Vector(left), Lowered::Vector(right)) => {
                Lowered::Vector(Vector::Matched(Box::new(Matched {
                    operation,
                    left,
                    right,
                    grouping: grouping(matched),
                    cardinality: cardinality(matched),
                })))
            }
            _ if matched.is_some() => return Err(unmatched(from)),
            (Lowered::Scalar(left), Lowered::Scalar(right)) => {
                Lowered::Scalar(Scalar::Binary(operation, Box::new((left, right))))
            }
            (Lowered::Vector(vector), Lowered::Scalar(scalar)) => {
                with_scalar(operation, vector, scalar, false)
            }
            (Lowered::Scalar(scalar), Lowered::Vector(vector)) => {
                with_scalar(operation, vector, scalar, true)
            }
            _ => return Err(Fault::new(from, "an operator takes scalars and vectors")),
        })
    }
}

fn with_scalar(operation: Operation, vector: Vector, scalar: Scalar, swapped: bool) -> Lowered {
    Lowered::Vector(Vector::WithScalar(Box::new(WithScalar {
        operation,
        vector,
        scalar,
        swapped,
    })))
}

fn set(from: usize, binary: &Binary, operator: Set, left: Lowered, right: Lowered) -> Result<Lowered, Fault> {
    let matching = binary.matching.as_ref();
    let (Lowered::Vector(left), Lowered::Vector(right)) = (left, right) else {
        return Err(Fault::new(
            from,
            "and, or and unless take vectors, not scalars; write vector(…)",
        ));
    };
    if matching.is_some_and(|matching| matching.group.is_some()) {
        return Err(Fault::new(
            from,
            "and, or and unless always match many to many, without group_left or group_right",
        ));
    }
    Ok(Lowered::Vector(Vector::Set(Box::new(SetOperation {
        operator,
        left,
        right,
        grouping: grouping(matching),
    }))))
}

fn unmatched(from: usize) -> Fault {
    Fault::new(from, "on and ignoring match two vectors; here is a scalar")
}

fn grouping(matching: Option<&Matching>) -> Grouping {
    match matching {
        Some(matching) if matching.on => Grouping::by(matching.labels.iter().map(String::as_str)),
        Some(matching) => Grouping::without(matching.labels.iter().map(String::as_str)),
        None => Grouping::without([]),
    }
}

fn cardinality(matching: Option<&Matching>) -> Cardinality {
    match matching.and_then(|matching| matching.group.as_ref()) {
        None => Cardinality::OneToOne,
        Some(_) if planted("group_left is one to one") => Cardinality::OneToOne,
        Some(group) if group.left => Cardinality::ManyToOne(names(&group.include)),
        Some(group) => Cardinality::OneToMany(names(&group.include)),
    }
}
