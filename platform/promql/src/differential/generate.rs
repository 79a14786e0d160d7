//! Queries by a seeded grammar: of the right types, about the series that there are.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng};

use super::data::{END, START};
use crate::plan::function::{FUNCTIONS, Function, Over, Signature};
use crate::query::Kind;
use crate::syntax::token::Aggregator;

/// Names, and their labels with values.
const METRICS: &[(&str, &[(&str, &[&str])])] = &[
    (
        "requests_total",
        &[
            ("job", &["api", "db", "none"]),
            ("instance", &["0", "1", "2"]),
            ("code", &["200", "500"]),
        ],
    ),
    (
        "temperature",
        &[("room", &["a", "b", "c", "d", "e"]), ("floor", &["1", "2"])],
    ),
    ("rare", &[("room", &["f", "g", "h"])]),
    ("level", &[("room", &["a", "b"])]),
    (
        "special",
        &[(
            "kind",
            &[
                "zero",
                "one",
                "third",
                "negative",
                "nan",
                "inf",
                "minus-inf",
                "tiny",
                "huge",
                "minus-zero",
            ],
        )],
    ),
    ("limit", &[("job", &["api", "db"]), ("code", &["200", "500"])]),
    (
        "build_info",
        &[("job", &["api", "db", "web"]), ("version", &["1.2.3", "0.9"])],
    ),
    ("target_temperature", &[("floor", &["1", "2"])]),
    (
        "moment",
        &[("which", &["leap", "before", "epoch", "old", "none"])],
    ),
    ("twin_a", &[("kind", &["x", "y"])]),
    ("twin_c", &[("kind", &["x", "y"])]),
];

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

    /// An operator between a vector and something.
    fn between(&mut self, operator: &'static str, bool: &str) -> String {
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

    /// A vector that an operator can stand beside.
    fn operand(&mut self) -> String {
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

    fn call(&mut self, signature: &'static Signature, depth: u32) -> String {
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

    fn argument(&mut self, function: Function, kind: Kind, depth: u32) -> String {
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

    fn range_for(&mut self, function: Function) -> String {
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

    fn range(&mut self) -> String {
        if self.chance(0.12) {
            self.subquery(false)
        } else {
            self.range_with(None, None)
        }
    }

    fn stored_range(&mut self) -> String {
        self.range_with(None, None)
    }

    fn range_with(&mut self, name: Option<&'static str>, shift: Option<&'static str>) -> String {
        self.tag("range selector");
        let selector = self.plain_selector(name, None);
        let range = self.pick(&[
            "15s",
            "30s",
            "1m",
            "90s",
            "2m",
            "5m",
            "10m",
            "14m30s",
            "1m1s500ms",
        ]);
        let shift = self.shift(shift);
        format!("{selector}[{range}]{shift}")
    }

    fn subquery(&mut self, without_step: bool) -> String {
        let inner = match self.rng.random_range(0..5) {
            0 => "temperature".to_owned(),
            1 => self.range_call(),
            2 => format!("({} * 2)", self.plain_selector(None, None)),
            3 => format!("sum by (job) ({})", self.range_call()),
            _ => self.selector(),
        };
        let range = self.pick(&["1m", "5m", "7m", "10m"]);
        let step = if without_step {
            ""
        } else {
            self.pick(&["15s", "30s", "1m", "2m", "37s"])
        };
        self.tag(if without_step {
            "subquery without step"
        } else {
            "subquery"
        });
        // The narrower tag is one of the wider as well: either way it is a subquery.
        self.tag("subquery");
        let shift = self.shift(None);
        format!("{inner}[{range}:{step}]{shift}")
    }

    fn range_call(&mut self) -> String {
        let name = self.pick(&["rate", "increase", "delta", "max_over_time", "last_over_time"]);
        self.tags
            .extend(FUNCTIONS.iter().map(|each| each.name).find(|each| *each == name));
        let range = self.range_with(Some("requests_total"), None);
        format!("{name}({range})")
    }

    pub(super) fn selector(&mut self) -> String {
        self.selector_with(None, None)
    }

    fn selector_with(&mut self, operator: Option<&'static str>, shift: Option<&'static str>) -> String {
        self.tag("selector");
        let selector = self.plain_selector(None, operator);
        let shift = self.shift(shift);
        format!("{selector}{shift}")
    }

    fn plain_selector(&mut self, name: Option<&'static str>, operator: Option<&'static str>) -> String {
        let (name, labels) = match name {
            Some(name) => *METRICS.iter().find(|(each, _)| *each == name).unwrap(),
            None => self.pick(METRICS),
        };
        let mut matchers = Vec::new();
        if operator.is_some() || self.chance(0.4) {
            matchers.push(self.matcher(labels, operator));
        }
        if self.chance(0.15) {
            matchers.push(self.matcher(labels, None));
        }
        if self.chance(0.1) {
            self.tag("=");
            matchers.push(format!("__name__=\"{name}\""));
            return format!("{{{}}}", matchers.join(","));
        }
        match matchers.as_slice() {
            [] => name.to_owned(),
            all => format!("{name}{{{}}}", all.join(", ")),
        }
    }

    fn matcher(&mut self, labels: &[(&str, &[&str])], operator: Option<&'static str>) -> String {
        let (label, values) = self.pick(labels);
        let operator = operator.unwrap_or_else(|| self.pick(&["=", "!=", "=~", "!~"]));
        self.tag(operator);
        let (one, other) = (self.pick(values), self.pick(values));
        let value = match operator {
            "=" | "!=" if self.chance(0.1) => String::new(),
            "=" | "!=" => one.to_owned(),
            _ => match self.rng.random_range(0..7) {
                0 => format!("{one}|{other}"),
                1 => ".+".to_owned(),
                2 => one[..1].to_owned(),
                3 => format!("{}.*", &one[..1]),
                4 => format!("(?i){}", one.to_uppercase()),
                5 => "[a-z0-4]+".to_owned(),
                _ => r"[^\\d]+|2.*".to_owned(),
            },
        };
        format!("{label}{operator}\"{value}\"")
    }

    fn shift(&mut self, wanted: Option<&'static str>) -> String {
        let mut parts = Vec::new();
        let offset = match wanted {
            Some("offset") => Some(false),
            Some("negative offset") => Some(true),
            _ => self.chance(0.15).then(|| self.chance(0.3)),
        };
        if let Some(negative) = offset {
            self.tag(if negative { "negative offset" } else { "offset" });
            let length = self.pick(&["15s", "1m", "5m", "90s", "12m", "250ms"]);
            parts.push(format!("offset {}{length}", if negative { "-" } else { "" }));
        }
        let at = match wanted {
            Some(at @ ("@ time" | "@ start()" | "@ end()")) => Some(at),
            _ => self
                .chance(0.04)
                .then(|| self.pick(&["@ time", "@ start()", "@ end()"])),
        };
        if let Some(at) = at {
            self.tag(at);
            let time = START / 1000 + self.rng.random_range(0..3600);
            let text = if at == "@ time" {
                format!("@ {time}{}", self.pick(&["", ".25", ".5"]))
            } else {
                at.to_owned()
            };
            let place = if self.chance(0.5) { 0 } else { parts.len() };
            parts.insert(place, text);
        }
        parts
            .iter()
            .fold(String::new(), |all, part| format!("{all} {part}"))
    }

    fn grouping(&mut self, kind: &'static str) -> String {
        self.tag(kind);
        let labels = self.pick(&[
            "job",
            "code",
            "job, code",
            "instance",
            "room",
            "floor",
            "kind",
            "job, instance,",
            "",
            "__name__",
            "version",
        ]);
        format!(" {kind} ({labels})")
    }

    fn aggregate(&mut self, by: Aggregator, depth: u32) -> String {
        let grouping = match self.rng.random_range(0..3) {
            0 => String::new(),
            1 => self.grouping("by"),
            _ => self.grouping("without"),
        };
        self.aggregate_with(by, &grouping, depth)
    }

    fn aggregate_with(&mut self, by: Aggregator, grouping: &str, depth: u32) -> String {
        let name = by.name();
        self.tag(name);
        let parameter = match by {
            Aggregator::TopK | Aggregator::BottomK => {
                self.pick(&["1, ", "2, ", "3, ", "5, ", "100, ", "0, ", "-1, ", "2.7, "])
            }
            Aggregator::Quantile => {
                self.pick(&["0.5, ", "0.9, ", "0, ", "1, ", "-1, ", "1.5, ", "NaN, ", "0.3, "])
            }
            Aggregator::CountValues => self.pick(&["\"value\", ", "\"job\", ", "'code', "]),
            _ => "",
        };
        let of = if self.chance(0.5) {
            let name = self.pick(&["requests_total", "temperature", "special", "limit", "temperature"]);
            name.to_owned()
        } else {
            self.vector(depth)
        };
        if self.chance(0.5) {
            format!("{name}{grouping} ({parameter}{of})")
        } else {
            format!("{name}({parameter}{of}){grouping}")
        }
    }

    fn set(&mut self, operator: &'static str) -> String {
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

    fn replace(&mut self, depth: u32) -> String {
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

    fn join(&mut self, depth: u32) -> String {
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

    fn histogram(&mut self) -> String {
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

    /// One that the data do not allow.
    pub(super) fn failing(&mut self, error: &str) -> String {
        let operator = self.pick(&["+", "-", "*", "/", "== bool", "<= bool"]);
        let shift = self.pick(&["", " offset 1m", " offset 30s"]);
        match error {
            "error: many to many" => {
                let (left, matching, right) = self.pick(&[
                    ("requests_total", "on (job)", "requests_total"),
                    ("requests_total", "on (job) group_left ()", "limit"),
                    ("limit", "on (job) group_right ()", "requests_total"),
                    ("temperature", "ignoring (room)", "temperature"),
                    ("requests_total", "ignoring (code)", "requests_total"),
                ]);
                format!("{left} {operator} {matching} {right}{shift}")
            }
            "error: many to one" => {
                let (left, matching, right) = self.pick(&[
                    ("requests_total", "on (job, code)", "limit"),
                    ("requests_total", "ignoring (instance)", "limit"),
                    ("temperature", "on (floor)", "target_temperature"),
                ]);
                format!("{left} {operator} {matching} {right}{shift}")
            }
            "error: not unique" => {
                let (left, matching, right) = self.pick(&[
                    (
                        "requests_total",
                        "on (job) group_left (code, instance)",
                        "build_info",
                    ),
                    ("build_info", "on (job) group_right (instance)", "requests_total"),
                    (
                        "temperature",
                        "on (floor) group_left (room)",
                        "target_temperature",
                    ),
                ]);
                format!("{left} {operator} {matching} {right}{shift}")
            }
            "error: same labels" => {
                let twins = format!("{{__name__=~\"twin_[{}]\"}}", self.pick(&["abc", "ac", "a-c"]));
                match self.rng.random_range(0..9) {
                    0 => format!("-{twins}"),
                    1 => format!("{twins} * 2"),
                    2 => format!("1 >= bool {twins}"),
                    3 => format!("rate({twins}[10m])"),
                    4 => format!("abs({twins})"),
                    5 => format!("label_replace(temperature{shift}, \"room\", \"x\", \"\", \"\")"),
                    6 => format!("histogram_quantile(0.5, {{__name__=~\".*_bucket\"}}{shift})"),
                    7 => format!("label_join(temperature{shift}, \"room\", \"x\")"),
                    _ => format!("twin_c {} on (__name__, kind) {twins}", self.pick(&["+", "*"])),
                }
            }
            _ => {
                let k = self.pick(&["NaN", "Inf", "1e19", "-Inf", "scalar(none)"]);
                format!("{}({k}, temperature{shift})", self.pick(&["topk", "bottomk"]))
            }
        }
    }

    /// A time of the hour, or a little after it.
    pub(super) fn time(&mut self) -> i64 {
        let step = self.pick(&[15_000, 15_000, 15_000, 5_000, 1_000, 250]);
        let at = self.rng.random_range(START + 600_000..END + 400_000);
        at - at % step
    }
}

pub(super) fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!= of values" | "<" | "<=" | ">" | ">=")
}

fn sign(operator: &str) -> &str {
    operator.strip_suffix(" of values").unwrap_or(operator)
}
