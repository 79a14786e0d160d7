//! Queries by a seeded grammar: selectors, ranges and subqueries of the series that there are.

use rand::Rng as _;

use super::data::START;
use super::generate::Generator;
use crate::plan::function::FUNCTIONS;

type Label = (&'static str, &'static [&'static str]);
type Metric = (&'static str, &'static [Label]);

/// Names, and their labels with values.
const METRICS: &[Metric] = &[
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

impl Generator {
    pub(super) fn range(&mut self) -> String {
        if self.chance(0.12) {
            self.subquery(false)
        } else {
            self.range_with(None, None)
        }
    }

    pub(super) fn stored_range(&mut self) -> String {
        self.range_with(None, None)
    }

    pub(super) fn range_with(&mut self, name: Option<&'static str>, shift: Option<&'static str>) -> String {
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

    pub(super) fn subquery(&mut self, without_step: bool) -> String {
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

    pub(super) fn range_call(&mut self) -> String {
        let name = self.pick(&["rate", "increase", "delta", "max_over_time", "last_over_time"]);
        self.tags
            .extend(FUNCTIONS.iter().map(|each| each.name).find(|each| *each == name));
        let range = self.range_with(Some("requests_total"), None);
        format!("{name}({range})")
    }

    pub(super) fn selector(&mut self) -> String {
        self.selector_with(None, None)
    }

    pub(super) fn selector_with(
        &mut self,
        operator: Option<&'static str>,
        shift: Option<&'static str>,
    ) -> String {
        self.tag("selector");
        let selector = self.plain_selector(None, operator);
        let shift = self.shift(shift);
        format!("{selector}{shift}")
    }

    pub(super) fn plain_selector(
        &mut self,
        name: Option<&'static str>,
        operator: Option<&'static str>,
    ) -> String {
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

    pub(super) fn matcher(&mut self, labels: &[Label], operator: Option<&'static str>) -> String {
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

    pub(super) fn shift(&mut self, wanted: Option<&'static str>) -> String {
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
}
