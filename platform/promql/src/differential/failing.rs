//! Queries that the data do not allow.

use rand::Rng as _;

use super::generate::Generator;

impl Generator {
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
}
