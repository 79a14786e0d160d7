//! Queries by a seeded grammar: aggregations.

use rand::Rng as _;

use super::generate::Generator;
use crate::syntax::token::Aggregator;

impl Generator {
    pub(super) fn grouping(&mut self, kind: &'static str) -> String {
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

    pub(super) fn aggregate(&mut self, by: Aggregator, depth: u32) -> String {
        let grouping = match self.rng.random_range(0..3) {
            0 => String::new(),
            1 => self.grouping("by"),
            _ => self.grouping("without"),
        };
        self.aggregate_with(by, &grouping, depth)
    }

    pub(super) fn aggregate_with(&mut self, by: Aggregator, grouping: &str, depth: u32) -> String {
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
}
