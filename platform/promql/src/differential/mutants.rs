//! A wrong behaviour in each construct, and that the cases of the construct see it.

use std::collections::BTreeSet;

use super::cases::Answered;
use super::constructs::{self, ERRORS};
use crate::Source;
use crate::mutant::plant;

/// The construct whose cases must see the fault, and the fault.
const MUTANTS: &[(&str, &str)] = &[
    ("=", "= is not asked"),
    ("!=", "!= is not asked"),
    ("=~", "=~ is not asked"),
    ("!~", "!~ is not asked"),
    ("selector", "lookback is four minutes"),
    ("selector", "lookback leaves out its oldest sample"),
    ("selector", "a stale marker is a value"),
    ("range selector", "a range leaves out its oldest sample"),
    ("range selector", "a range holds stale markers"),
    ("subquery", "a subquery's steps are not aligned"),
    ("subquery without step", "a subquery's steps are not aligned"),
    ("subquery without step", "the default step is thirty seconds"),
    ("offset", "an offset is ignored"),
    ("negative offset", "a negative offset looks back"),
    ("@ time", "@ is ignored"),
    ("@ start()", "@ is ignored"),
    ("@ start()", "start is end"),
    ("@ end()", "@ is ignored"),
    ("@ end()", "start is end"),
    ("number", "a number is without its fraction"),
    ("hexadecimal", "hexadecimal is decimal"),
    ("octal", "octal is decimal"),
    ("exponent", "an exponent is ignored"),
    ("NaN", "NaN is zero"),
    ("Inf", "Inf is one"),
    ("string", "a string keeps its quotes"),
    ("unary -", "a minus does nothing"),
    ("unary +", "a plus is a minus"),
    ("+", "+ subtracts"),
    ("-", "- is the other way round"),
    ("*", "* divides"),
    ("/", "/ is of whole numbers"),
    ("%", "% is never negative"),
    ("^", "^ is the other way round"),
    ("precedence", "^ leans left"),
    ("precedence", "and binds as or"),
    ("precedence", "* binds as +"),
    ("precedence", "a comparison binds as +"),
    ("precedence", "a sign binds more than ^"),
    ("atan2", "atan2 knows no quadrant"),
    ("==", "== is !="),
    ("!= of values", "!= is false for NaN"),
    ("<", "< is <="),
    ("<=", "<= is <"),
    (">", "> is >="),
    (">=", ">= is >"),
    ("bool", "bool filters"),
    ("bool", "bool keeps the name"),
    (">", "a comparison gives its right side"),
    ("-", "a scalar on the left is one on the right"),
    ("+", "a name stays"),
    ("and", "and takes everything on the left"),
    ("or", "or takes the left only"),
    ("unless", "unless is and"),
    ("on", "by and on take every label"),
    (
        "ignoring",
        "without and ignoring leave out the metric's name only",
    ),
    ("group_left", "group_left is one to one"),
    ("group_right", "group_right is group_left"),
    ("included labels", "an included label is left out"),
    ("by", "by and on take every label"),
    ("without", "without and ignoring leave out the metric's name only"),
    ("sum", "sum leaves out the last"),
    ("avg", "avg is the sum"),
    ("min", "min takes NaN"),
    ("max", "max is the least"),
    ("count", "count leaves out NaN"),
    ("stddev", "stddev is of a sample"),
    ("stdvar", "stdvar is the deviation"),
    ("group", "group counts"),
    ("topk", "topk keeps the least"),
    ("bottomk", "bottomk keeps the largest"),
    ("quantile", "quantile is the median"),
    ("quantile", "a quantile is the value below"),
    ("count_values", "count_values counts one each"),
    ("count_values", "count_values rounds"),
    ("abs", "abs does nothing"),
    ("ceil", "ceil is floor"),
    ("floor", "floor cuts off"),
    ("exp", "exp is of two"),
    ("ln", "ln is log2"),
    ("log2", "log2 is ln"),
    ("log10", "log10 is log2"),
    ("sqrt", "sqrt is cbrt"),
    ("sgn", "sgn of zero is one"),
    ("round", "round is away from zero"),
    ("clamp", "clamp takes bounds in any order"),
    ("clamp_min", "clamp_min is clamp_max"),
    ("clamp_max", "clamp_max forgets NaN"),
    ("minute", "minute is the second"),
    ("hour", "hour is of twelve"),
    ("day_of_week", "day_of_week begins on Monday"),
    ("day_of_month", "day_of_month begins at zero"),
    ("day_of_year", "day_of_year begins at zero"),
    ("days_in_month", "days_in_month is thirty"),
    ("month", "month begins at zero"),
    ("year", "year is of the century"),
    ("rate", "rate knows no resets"),
    ("rate", "a rate is not extended"),
    ("rate", "a counter may have been below zero"),
    ("increase", "increase knows no resets"),
    ("delta", "delta knows resets"),
    ("irate", "irate knows no resets"),
    ("idelta", "idelta is for each second"),
    ("deriv", "deriv is for each minute"),
    ("predict_linear", "predict_linear predicts nothing"),
    ("changes", "changes counts NaN after NaN"),
    ("resets", "resets counts what rises"),
    ("avg_over_time", "avg_over_time is of the ends"),
    ("min_over_time", "min_over_time is the first"),
    ("max_over_time", "max_over_time is the last"),
    ("sum_over_time", "sum_over_time leaves out the first"),
    ("count_over_time", "count_over_time counts one too many"),
    ("last_over_time", "last_over_time is the first"),
    ("last_over_time", "last_over_time drops the name"),
    ("present_over_time", "present_over_time counts"),
    ("stddev_over_time", "stddev_over_time is the variance"),
    ("stdvar_over_time", "stdvar_over_time is the deviation"),
    ("quantile_over_time", "a quantile is the value below"),
    ("absent", "absent has no labels"),
    ("absent_over_time", "absent_over_time has no labels"),
    ("histogram_quantile", "histogram_quantile gives the bound above"),
    ("histogram_quantile", "histogram_quantile takes counts that fall"),
    ("label_replace", "label_replace does not expand"),
    ("label_replace", "label_replace empties what does not match"),
    ("label_join", "label_join does not separate"),
    ("scalar", "scalar takes the first of many"),
    ("vector", "vector gives one"),
    ("time", "time is in milliseconds"),
    ("timestamp", "timestamp is the time of evaluation"),
    ("sort", "sort is sort_desc"),
    ("sort_desc", "sort_desc is sort"),
    ("error: many to many", "the one side may be many"),
    ("error: many to one", "many match one without group_left"),
    ("error: same labels", "labels may be there twice"),
    ("error: not unique", "the many need not differ"),
    ("error: no count", "any number is a count"),
];

pub(super) fn all_are_seen(source: &dyn Source, answered: &[Answered]) {
    let have: BTreeSet<&str> = MUTANTS.iter().map(|(construct, _)| *construct).collect();
    let without: Vec<_> = constructs::all()
        .into_iter()
        .chain(ERRORS.iter().copied())
        .filter(|each| !have.contains(each))
        .collect();
    assert!(without.is_empty(), "constructs without a mutant: {without:?}");
    let mut unseen = Vec::new();
    for (construct, fault) in MUTANTS {
        plant(fault);
        let mut cases = answered.iter().filter(|(case, _)| case.tags.contains(construct));
        let seen = cases.any(|(case, theirs)| case.difference(source, theirs).is_some());
        plant("");
        if !seen {
            unseen.push((construct, fault));
        }
    }
    println!("{} mutants, {} not seen", MUTANTS.len(), unseen.len());
    assert!(unseen.is_empty(), "mutants that no case sees: {unseen:?}");
}
