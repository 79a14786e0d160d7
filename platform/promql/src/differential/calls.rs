//! Queries by a seeded grammar: calls of functions.

use rand::Rng as _;

use super::generate::Generator;
use crate::plan::function::{Function, Over, Signature};
use crate::query::Kind;

impl Generator {
    pub(super) fn call(&mut self, signature: &'static Signature, depth: u32) -> String {
        let name = signature.name;
        self.tag(name);
        match signature.function {
            Function::LabelReplace => return self.replace(depth),
            Function::LabelJoin => return self.join(depth),
            Function::HistogramQuantile => return self.histogram(),
            Function::Date(_) => {
                let of = match self.rng.random_range(0..5) {
                    0 => String::new(),
                    1 => self.vector(depth),
                    2 => format!("moment + {}", self.rng.random_range(-90_000_000..90_000_000)),
                    _ => "moment".to_owned(),
                };
                return format!("{name}({of})");
            }
            Function::Absent | Function::AbsentOverTime => {
                let of = self.pick(&[
                    "none",
                    "none{a=\"b\"}",
                    "none{a=\"b\",c!=\"d\"}",
                    "none{a=\"b\",a=\"c\"}",
                    "(none{a=\"信\"})",
                    "temperature",
                    "none{a=~\"b\",c=\"d\"}",
                    "requests_total{job=\"db\",instance=\"1\"}",
                    "{a=\"x\",__name__=\"none\"}",
                ]);
                if signature.function == Function::Absent {
                    let of = if self.chance(0.2) {
                        self.vector(depth)
                    } else {
                        of.to_owned()
                    };
                    return format!("{name}({of})");
                }
                let of = of.trim_matches(['(', ')']);
                let range = self.pick(&["[1m]", "[5m]", "[5m:1m]", "[10m] offset 5m"]);
                if range.contains(':') {
                    self.tag("subquery");
                }
                return format!("{name}({of}{range})");
            }
            Function::Scalar => {
                let of = self.pick(&[
                    "limit{job=\"db\"}",
                    "special{kind=\"third\"}",
                    "temperature",
                    "none",
                    "sum(limit)",
                ]);
                return format!("{name}({of})");
            }
            _ => {}
        }
        let most = signature.most.min(signature.arguments.len());
        let count = if signature.least == most || self.chance(0.5) {
            signature.least
        } else {
            most
        };
        let kinds = &signature.arguments[..count];
        let arguments: Vec<String> = kinds
            .iter()
            .map(|kind| self.argument(signature.function, *kind, depth))
            .collect();
        format!("{name}({})", arguments.join(", "))
    }

    pub(super) fn argument(&mut self, function: Function, kind: Kind, depth: u32) -> String {
        match (kind, function) {
            (Kind::Matrix, _) => self.range_for(function),
            (Kind::Scalar, Function::Over(Over::Quantile)) => self
                .pick(&["0.5", "0", "1", "0.9", "-1", "2", "NaN", "0.25", "0.333"])
                .to_owned(),
            (Kind::Scalar, Function::Over(_)) => self.pick(&["60", "3600", "-60", "0", "0.5"]).to_owned(),
            (Kind::Scalar, Function::Map(_)) if self.chance(0.7) => self
                .pick(&["0", "1", "-1", "20", "22.5", "0.5", "-3", "0.1", "5"])
                .to_owned(),
            (Kind::Scalar, _) => self.scalar(depth),
            (_, Function::Map(_)) if self.chance(0.6) => self.pick(&["special", "temperature"]).to_owned(),
            (_, Function::Timestamp) if self.chance(0.7) => self.selector(),
            _ => self.vector(depth),
        }
    }

    pub(super) fn range_for(&mut self, function: Function) -> String {
        let Function::Over(over) = function else {
            return self.range();
        };
        let names: &[&str] = match over {
            Over::Rate | Over::Increase | Over::Irate | Over::Resets => {
                &["requests_total", "requests_total", "limit"]
            }
            Over::Changes => &["temperature", "special", "level", "limit"],
            _ => return self.range(),
        };
        if self.chance(0.75) {
            let name = self.pick(names);
            return self.range_with(Some(name), None);
        }
        self.range()
    }

    pub(super) fn replace(&mut self, depth: u32) -> String {
        let (of, rest) = self.pick(&[
            ("build_info", r#""major", "$1", "version", "([0-9]+).*""#),
            (
                "build_info",
                r#""short", "v${1}-$2", "version", "(\\d+)\\.(\\d+).*""#,
            ),
            ("build_info", r#""path", "$name", "path", "/(?P<name>[a-z]+)/.*""#),
            ("build_info", r#""job", "", "job", "a.*""#),
            ("build_info", r#""__name__", "other", "job", "a.*""#),
            ("build_info", r#""x", "$0$$", "none", """#),
            ("build_info", r#""x", "y", "job", "b""#),
            ("temperature", r#""room", "$1$1", "room", "(.)""#),
            ("temperature", r#""pair", "${1}_$room", "floor", "(.*)""#),
        ]);
        let of = if self.chance(0.2) {
            self.vector(depth)
        } else {
            of.to_owned()
        };
        format!("label_replace({of}, {rest})")
    }

    pub(super) fn join(&mut self, depth: u32) -> String {
        let (of, rest) = self.pick(&[
            ("build_info", r#""both", "-", "job", "version""#),
            ("build_info", r#""both", ", ", "job", "none", "version""#),
            ("build_info", r#""none", ",""#),
            ("build_info", r#""job", "", "none""#),
            ("temperature", r#""__name__", ":", "floor", "room""#),
            ("temperature", r#""room", "+", "room", "room""#),
        ]);
        let of = if self.chance(0.2) {
            self.vector(depth)
        } else {
            of.to_owned()
        };
        format!("label_join({of}, {rest})")
    }

    pub(super) fn histogram(&mut self) -> String {
        let q = self.pick(&["0.5", "0.9", "0.99", "0", "1", "-1", "2", "NaN", "0.1", "0.333"]);
        let of = self.pick(&[
            "latency_bucket",
            "latency_bucket{job=\"api\"}",
            "rate(latency_bucket[5m])",
            "sum by (le) (rate(latency_bucket[10m]))",
            "sum by (job, le) (latency_bucket)",
            "increase(latency_bucket{job!=\"odd\"}[2m])",
            "latency_bucket{le!=\"+Inf\"}",
            "temperature",
        ]);
        if of.starts_with("rate") || of.contains("(rate") {
            self.tag("rate");
        }
        if of.starts_with("sum") {
            self.tag("sum");
        }
        format!("histogram_quantile({q}, {of})")
    }
}
