//! What other queries may use and this subset does not have, so that its absence is named, not guessed at.

const UNSUPPORTED: &str = "this function of Prometheus 2.42 is not part of the supported subset";
const NATIVE: &str =
    "native histograms are not supported; histogram_quantile takes the buckets of a classic one";
const LATER: &str = "this came after Prometheus 2.42, whose language is spoken here";

/// In Prometheus 2.42, not here.
pub(crate) const OF_THE_VERSION: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "deg",
    "holt_winters",
    "pi",
    "rad",
    "sin",
    "sinh",
    "tan",
    "tanh",
];

/// In Prometheus 2.42, of native histograms only.
pub(crate) const OF_HISTOGRAMS: &[&str] = &["histogram_count", "histogram_fraction", "histogram_sum"];

/// In later versions.
pub(crate) const OF_LATER: &[&str] = &[
    "double_exponential_smoothing",
    "end",
    "first_over_time",
    "histogram_avg",
    "histogram_quantiles",
    "histogram_stddev",
    "histogram_stdvar",
    "info",
    "limit_ratio",
    "limitk",
    "mad_over_time",
    "range",
    "sort_by_label",
    "sort_by_label_desc",
    "start",
    "step",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
];

pub(crate) fn reason(name: &str) -> Option<&'static str> {
    let lists = [
        (OF_THE_VERSION, UNSUPPORTED),
        (OF_HISTOGRAMS, NATIVE),
        (OF_LATER, LATER),
    ];
    let found = lists.iter().find(|(list, _)| list.contains(&name));
    found.map(|(_, reason)| *reason)
}
