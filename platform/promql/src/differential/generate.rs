//! Queries by a seeded grammar: of the right types, about the series that there are.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng};

use super::data::{END, START};
use super::operators::{is_comparison, sign};
use crate::plan::function::{FUNCTIONS, Function, Signature};
use crate::syntax::token::Aggregator;

pub(super) struct Generator {
    pub(super) rng: StdRng,
    /// What the query that is being made uses.
    pub(super) tags: BTreeSet<&'static str>,
}
impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            tags: BTreeSet::new(),
        }
    }

    pub(super) fn tag(&mut self, tag: &'static str) {
        self.tags.insert(tag);
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        *all.choose(&mut self.rng).unwrap()
    }

    pub(super) fn chance(&mut self, of: f64) -> bool {
        self.rng.random_bool(of)
    }

    /// One that tells an operator or function by its name.
    pub(super) fn targeted(&mut self, construct: &'static str) -> String {
        if let Some(signature) = FUNCTIONS.iter().find(|each| each.name == construct) {
            return self.call(signature, 1);
        }
        if let Some((_, aggregator)) = Aggregator::ALL.iter().find(|(name, _)| *name == construct) {
            return self.aggregate(*aggregator, 1);
        }
        match construct {
            "=" | "!=" | "=~" | "!~" => self.selector_with(Some(construct), None),
            "selector" => self.selector(),
            "range selector" => self.stored_range(),
            "offset" | "negative offset" | "@ time" | "@ start()" | "@ end()" => {
                if self.chance(0.5) {
                    return self.selector_with(None, Some(construct));
                }
                let range = self.range_with(None, Some(construct));
                self.tag("sum_over_time");
                format!("sum_over_time({range})")
            }
            "subquery" | "subquery without step" => {
                let over = self.pick(&["sum_over_time", "max_over_time", "count_over_time", "rate"]);
                self.tags
                    .extend(FUNCTIONS.iter().map(|each| each.name).find(|name| *name == over));
                let subquery = self.subquery(construct == "subquery without step");
                format!("{over}({subquery})")
            }
            "number" | "hexadecimal" | "octal" | "exponent" | "NaN" | "Inf" => self.number_of(construct),
            "string" => {
                self.tag("string");
                self.pick(&[
                    "\"a\"",
                    "'it'",
                    "`raw \\n`",
                    "\"\\u4fe1\\x41\\101\\\"\"",
                    "'信贷'",
                    "\"\"",
                ])
                .to_owned()
            }
            "unary -" | "unary +" => {
                self.tag(construct);
                let inner = if self.chance(0.7) {
                    self.vector(1)
                } else {
                    self.scalar(1)
                };
                format!("{}({inner})", &construct[6..])
            }
            "precedence" => self.chain(),
            "and" | "or" | "unless" => self.set(construct),
            "on" | "ignoring" | "group_left" | "group_right" | "included labels" => loop {
                let before = self.tags.clone();
                let text = self.matched(None);
                if self.tags.contains(construct) {
                    return text;
                }
                self.tags = before;
            },
            "by" | "without" => {
                let (_, aggregator) = self.pick(&Aggregator::ALL);
                let grouping = self.grouping(construct);
                self.aggregate_with(aggregator, &grouping, 1)
            }
            "bool" => {
                let operator = self.pick(&["==", "!= of values", "<", "<=", ">", ">="]);
                self.tag("bool");
                self.between(operator, " bool")
            }
            operator => {
                let bool = if is_comparison(operator) && self.chance(0.3) {
                    self.tag("bool");
                    " bool"
                } else {
                    ""
                };
                self.between(operator, bool)
            }
        }
    }

    pub(super) fn vector(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.selector();
        }
        match self.rng.random_range(0..20) {
            0..=5 => self.selector(),
            6..=12 => loop {
                let signature = self.pick_function();
                if !matches!(signature.function, Function::Time | Function::Scalar) {
                    return self.call(signature, depth - 1);
                }
            },
            13..=15 => {
                let (_, aggregator) = self.pick(&Aggregator::ALL);
                self.aggregate(aggregator, depth - 1)
            }
            16 => {
                let operator = self.pick(&["and", "or", "unless"]);
                format!("({})", self.set(operator))
            }
            17 => format!("({})", self.matched(None)),
            18 => {
                self.tag("unary -");
                format!("-{}", self.selector())
            }
            _ => {
                let operator = self.pick(&[
                    "+",
                    "-",
                    "*",
                    "/",
                    "%",
                    "==",
                    "!= of values",
                    "<",
                    ">",
                    "<=",
                    ">=",
                ]);
                self.tag(operator);
                format!(
                    "({} {} {})",
                    self.vector(depth - 1),
                    sign(operator),
                    self.scalar(depth - 1)
                )
            }
        }
    }

    fn pick_function(&mut self) -> &'static Signature {
        FUNCTIONS.choose(&mut self.rng).unwrap()
    }

    pub(super) fn scalar(&mut self, depth: u32) -> String {
        match self.rng.random_range(0..12) {
            0 if depth > 0 => {
                self.tag("scalar");
                let inner = self.pick(&[
                    "limit{job=\"db\"}",
                    "special{kind=\"third\"}",
                    "temperature",
                    "none",
                ]);
                format!("scalar({inner})")
            }
            1 if depth > 0 => {
                let operator = self.pick(&["+", "-", "*", "/"]);
                self.tag(operator);
                format!("({} {operator} {})", self.scalar(0), self.scalar(0))
            }
            2 if depth > 0 => {
                let operator = self.pick(&["==", "!= of values", "<", ">", "<=", ">="]);
                self.tag(operator);
                self.tag("bool");
                format!("({} {} bool {})", self.scalar(0), sign(operator), self.scalar(0))
            }
            3 if depth > 0 => {
                self.tag("time");
                "(time() % 3600)".to_owned()
            }
            4 if depth > 0 => {
                self.tag("unary -");
                format!("-({})", self.scalar(0))
            }
            _ => {
                let kind = self.pick(&[
                    "number",
                    "number",
                    "number",
                    "hexadecimal",
                    "octal",
                    "exponent",
                    "NaN",
                    "Inf",
                ]);
                self.number_of(kind)
            }
        }
    }

    fn number_of(&mut self, kind: &'static str) -> String {
        self.tag(kind);
        let plain = match kind {
            "hexadecimal" => self.pick(&["0x1F", "0X0a", "0xff"]),
            "octal" => self.pick(&["010", "08", "0777", "00"]),
            "exponent" => self.pick(&["1e3", "25e-1", "1.5E+2", "1e-9"]),
            "NaN" => self.pick(&["NaN", "nan"]),
            "Inf" => self.pick(&["Inf", "inf", "-Inf", "+inf"]),
            _ => {
                return match self.rng.random_range(0..6) {
                    0 => self
                        .pick(&["0", "1", "-1", ".5", "1.", "0.125", "3600", "22.75"])
                        .to_owned(),
                    1 => format!("-{}", self.rng.random_range(0..30)),
                    2 => format!("{}.25", self.rng.random_range(0..30)),
                    3 => format!("{}.7", self.rng.random_range(0..5)),
                    _ => self.rng.random_range(0..40).to_string(),
                };
            }
        };
        plain.to_owned()
    }

    /// A time of the hour, or a little after it.
    pub(super) fn time(&mut self) -> i64 {
        let step = self.pick(&[15_000, 15_000, 15_000, 5_000, 1_000, 250]);
        let at = self.rng.random_range(START + 600_000..END + 400_000);
        at - at % step
    }
}
