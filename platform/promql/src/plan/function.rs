//! The functions of the subset, and what they take.

use super::foreign;
use crate::query::Kind::{self, Matrix, Scalar, String, Vector};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Map(Map),
    Date(Part),
    Over(Over),
    Absent,
    AbsentOverTime,
    HistogramQuantile,
    LabelReplace,
    LabelJoin,
    Scalar,
    Vector,
    Time,
    Timestamp,
    Sort { descending: bool },
}

/// Of each value alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Map {
    Abs,
    Ceil,
    Floor,
    Round,
    Clamp,
    ClampMin,
    ClampMax,
    Exp,
    Ln,
    Log2,
    Log10,
    Sqrt,
    Sgn,
}

/// Of a time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Minute,
    Hour,
    DayOfWeek,
    DayOfMonth,
    DayOfYear,
    DaysInMonth,
    Month,
    Year,
}

/// Of the samples of a series in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Rate,
    Increase,
    Delta,
    Irate,
    Idelta,
    Deriv,
    PredictLinear,
    Changes,
    Resets,
    Avg,
    Min,
    Max,
    Sum,
    Count,
    Last,
    Present,
    Stddev,
    Stdvar,
    Quantile,
}

/// A function's name, what it is, the types of its arguments, how many must be given, and how many may be.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) function: Function,
    pub(crate) arguments: &'static [Kind],
    pub(crate) least: usize,
    pub(crate) most: usize,
}

const fn all(name: &'static str, function: Function, arguments: &'static [Kind]) -> Signature {
    some(name, function, arguments, arguments.len(), arguments.len())
}

const fn some(
    name: &'static str,
    function: Function,
    arguments: &'static [Kind],
    least: usize,
    most: usize,
) -> Signature {
    Signature {
        name,
        function,
        arguments,
        least,
        most,
    }
}

const fn map(name: &'static str, map: Map) -> Signature {
    all(name, Function::Map(map), &[Vector])
}

const fn over(name: &'static str, over: Over) -> Signature {
    all(name, Function::Over(over), &[Matrix])
}

const fn date(name: &'static str, part: Part) -> Signature {
    some(name, Function::Date(part), &[Vector], 0, 1)
}

pub(crate) const FUNCTIONS: &[Signature] = &[
    map("abs", Map::Abs),
    map("ceil", Map::Ceil),
    map("floor", Map::Floor),
    map("exp", Map::Exp),
    map("ln", Map::Ln),
    map("log2", Map::Log2),
    map("log10", Map::Log10),
    map("sqrt", Map::Sqrt),
    map("sgn", Map::Sgn),
    some("round", Function::Map(Map::Round), &[Vector, Scalar], 1, 2),
    all("clamp", Function::Map(Map::Clamp), &[Vector, Scalar, Scalar]),
    all("clamp_min", Function::Map(Map::ClampMin), &[Vector, Scalar]),
    all("clamp_max", Function::Map(Map::ClampMax), &[Vector, Scalar]),
    date("minute", Part::Minute),
    date("hour", Part::Hour),
    date("day_of_week", Part::DayOfWeek),
    date("day_of_month", Part::DayOfMonth),
    date("day_of_year", Part::DayOfYear),
    date("days_in_month", Part::DaysInMonth),
    date("month", Part::Month),
    date("year", Part::Year),
    over("rate", Over::Rate),
    over("increase", Over::Increase),
    over("delta", Over::Delta),
    over("irate", Over::Irate),
    over("idelta", Over::Idelta),
    over("deriv", Over::Deriv),
    all(
        "predict_linear",
        Function::Over(Over::PredictLinear),
        &[Matrix, Scalar],
    ),
    over("changes", Over::Changes),
    over("resets", Over::Resets),
    over("avg_over_time", Over::Avg),
    over("min_over_time", Over::Min),
    over("max_over_time", Over::Max),
    over("sum_over_time", Over::Sum),
    over("count_over_time", Over::Count),
    over("last_over_time", Over::Last),
    over("present_over_time", Over::Present),
    over("stddev_over_time", Over::Stddev),
    over("stdvar_over_time", Over::Stdvar),
    all(
        "quantile_over_time",
        Function::Over(Over::Quantile),
        &[Scalar, Matrix],
    ),
    all("absent", Function::Absent, &[Vector]),
    all("absent_over_time", Function::AbsentOverTime, &[Matrix]),
    all(
        "histogram_quantile",
        Function::HistogramQuantile,
        &[Scalar, Vector],
    ),
    all(
        "label_replace",
        Function::LabelReplace,
        &[Vector, String, String, String, String],
    ),
    some(
        "label_join",
        Function::LabelJoin,
        &[Vector, String, String, String],
        3,
        usize::MAX,
    ),
    all("scalar", Function::Scalar, &[Vector]),
    all("vector", Function::Vector, &[Scalar]),
    all("time", Function::Time, &[]),
    all("timestamp", Function::Timestamp, &[Vector]),
    all("sort", Function::Sort { descending: false }, &[Vector]),
    all("sort_desc", Function::Sort { descending: true }, &[Vector]),
];

pub(crate) fn find(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|each| each.name == name)
}

/// Why there is no function of this name.
pub(crate) fn absence(name: &str) -> std::string::String {
    foreign::reason(name).map_or_else(
        || "no function of Prometheus 2.42 has this name".to_owned(),
        str::to_owned,
    )
}
