//! Queries by a seeded grammar: what stands on both sides of an operator.

use rand::Rng as _;

use super::generate::Generator;
use crate::parse;

impl Generator {
    /// An operator between a vector and something.
    pub(super) fn between(&mut self, operator: &'static str, bool: &str) -> String {
        self.tag(operator);
        let sign = sign(operator);
        match self.rng.random_range(0..4) {
            0 => format!("{} {sign}{bool} {}", self.operand(), self.scalar(1)),
            1 => format!("{} {sign}{bool} {}", self.scalar(1), self.operand()),
            2 if bool.is_empty() && is_comparison(operator) => self.matched(Some(operator)),
            2 => format!("{} {sign}{bool} {}", self.scalar(1), self.scalar(1)),
            _ if bool.is_empty() => self.matched(Some(operator)),
            _ => format!("temperature {sign}{bool} temperature offset 2m"),
        }
    }

    /// Operators in a row, without parentheses.
    pub(super) fn chain(&mut self) -> String {
        const SETS: [&str; 6] = ["and", "or", "unless", "and", "or", ">"];
        const NUMBERS: [&str; 11] = ["+", "-", "*", "/", "^", "^", "^", ">", ">", "and", "or"];
        self.tag("precedence");
        let sets = self.chance(0.4);
        let operands: &[&str] = if sets {
            &[
                "limit",
                "limit{job=\"db\"}",
                "limit{code=\"500\"}",
                "none",
                "limit{code=\"200\"}",
                "7",
            ]
        } else {
            &["limit", "limit", "3", "2", "0.5", "-2", "-limit"]
        };
        loop {
            let mut text = self.pick(operands).to_owned();
            let mut used = Vec::new();
            for _ in 0..self.rng.random_range(2..5) {
                let operator = if sets {
                    self.pick(&SETS)
                } else {
                    self.pick(&NUMBERS)
                };
                let operand = self.pick(operands);
                used.push(operator);
                text = format!("{text} {operator} {operand}");
            }
            // Of the wrong types as often as not.
            if parse(&text).is_ok() {
                self.tags.extend(used);
                return text;
            }
        }
    }

    /// A vector that an operator can stand beside.
    pub(super) fn operand(&mut self) -> String {
        let plain = self.pick(&[
            "special",
            "temperature",
            "limit",
            "requests_total",
            "level",
            "rare",
        ]);
        if self.chance(0.6) {
            plain.to_owned()
        } else {
            format!("({})", self.vector(1))
        }
    }

    pub(super) fn set(&mut self, operator: &'static str) -> String {
        self.tag(operator);
        let (left, matching, right) = self.pick(&[
            ("requests_total", " on (job, code)", "limit"),
            ("requests_total", " on (job)", "build_info"),
            ("requests_total", " ignoring (instance)", "limit > 4"),
            ("temperature > 20", "", "temperature < 23"),
            ("temperature", "", "temperature offset 10m > 21"),
            ("temperature", " on (floor)", "target_temperature"),
            ("twin_a", "", "twin_c"),
            ("twin_a", " on ()", "vector(1)"),
            ("limit{job=\"db\"}", "", "limit"),
            ("none", "", "temperature"),
            (
                "rate(requests_total[5m]) > 0.2",
                " on (job)",
                "limit{code=\"500\"}",
            ),
        ]);
        if matching.starts_with(" on") {
            self.tag("on");
        } else if matching.starts_with(" ign") {
            self.tag("ignoring");
        }
        if self.chance(0.3) {
            return format!("{right} {operator}{matching} {left}");
        }
        format!("{left} {operator}{matching} {right}")
    }

    /// An operator between two vectors that can be matched.
    pub(super) fn matched(&mut self, operator: Option<&'static str>) -> String {
        let operator = operator.unwrap_or_else(|| {
            self.pick(&[
                "+",
                "-",
                "*",
                "/",
                "%",
                "^",
                "atan2",
                "==",
                "!= of values",
                "<",
                "<=",
                ">",
                ">=",
            ])
        });
        self.tag(operator);
        let bool = if is_comparison(operator) && self.chance(0.3) {
            self.tag("bool");
            " bool"
        } else {
            ""
        };
        let (left, matching, right) = self.pick(&[
            ("requests_total", "on (job, code) group_left ()", "limit"),
            ("requests_total", "ignoring (instance) group_left", "limit"),
            ("limit", "on (job, code) group_right ()", "requests_total"),
            ("limit", "ignoring (instance) group_right", "requests_total"),
            (
                "requests_total",
                "on (job) group_left (version, path)",
                "build_info",
            ),
            (
                "build_info",
                "on (job) group_right (version, zone)",
                "requests_total",
            ),
            (
                "temperature",
                "on (floor) group_left (zone)",
                "target_temperature",
            ),
            (
                "temperature",
                "ignoring (room) group_left (zone, room)",
                "sum by (floor, zone) (target_temperature)",
            ),
            (
                "target_temperature",
                "on (floor) group_right (zone)",
                "temperature",
            ),
            ("temperature", "", "temperature offset 1m"),
            ("temperature", "on (room)", "temperature offset 5m"),
            ("temperature", "ignoring (floor)", "temperature offset 3m"),
            ("twin_a", "", "twin_c"),
            ("twin_b", "on (kind)", "twin_c"),
            ("twin_c", "on (kind, __name__)", "twin_c offset 1m"),
            ("sum by (job, code) (requests_total)", "", "limit"),
            (
                "limit",
                "ignoring (none)",
                "count by (code, job) (requests_total)",
            ),
            ("special", "on (kind)", "special{kind!=\"one\"}"),
            ("requests_total", "", "requests_total offset 30s"),
        ]);
        if matching.starts_with("on") {
            self.tag("on");
        } else if matching.starts_with("ign") {
            self.tag("ignoring");
        }
        if matching.contains("group_left") {
            self.tag("group_left");
        }
        if matching.contains("group_right") {
            self.tag("group_right");
        }
        if matching.contains("zone") || matching.contains("version") {
            self.tag("included labels");
        }
        format!("{left} {}{bool} {matching} {right}", sign(operator))
    }
}

pub(super) fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!= of values" | "<" | "<=" | ">" | ">=")
}

pub(super) fn sign(operator: &str) -> &str {
    operator.strip_suffix(" of values").unwrap_or(operator)
}
