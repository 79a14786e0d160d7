//! The words of a query.

use super::operator::{Arithmetic, Comparison, Operator, Set};

/// A word, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Its first byte in the text.
    pub(crate) from: usize,
    /// The byte after its last one.
    pub(crate) to: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// The end of the text.
    End,
    /// What cannot be a word, and why; nothing follows it.
    Bad(String),
    /// A name without a colon.
    Name,
    /// A name with one: of a metric only.
    Metric,
    Number,
    Duration,
    /// A string, without its quotes and escapes.
    Text(String),
    Operator(Operator),
    Keyword(Keyword),
    OpenParen,
    CloseParen,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    At,
    /// `=`
    Is,
    /// `=~`
    Matches,
    /// `!~`
    MatchesNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Aggregator(Aggregator),
    Offset,
    By,
    Without,
    On,
    Ignoring,
    GroupLeft,
    GroupRight,
    Bool,
    Start,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregator {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Stddev,
    Stdvar,
    Group,
    TopK,
    BottomK,
    Quantile,
    CountValues,
}

impl Aggregator {
    pub(crate) const ALL: [(&'static str, Self); 12] = [
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("count", Self::Count),
        ("stddev", Self::Stddev),
        ("stdvar", Self::Stdvar),
        ("group", Self::Group),
        ("topk", Self::TopK),
        ("bottomk", Self::BottomK),
        ("quantile", Self::Quantile),
        ("count_values", Self::CountValues),
    ];

    pub(crate) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, each)| *each == self);
        found.map_or("", |(name, _)| *name)
    }

    /// Whether it takes a parameter before what it aggregates.
    pub(crate) const fn has_parameter(self) -> bool {
        matches!(
            self,
            Self::TopK | Self::BottomK | Self::Quantile | Self::CountValues
        )
    }
}

/// What a word means beyond being a name; case does not count.
pub(crate) fn keyword(word: &str) -> Option<Kind> {
    let word = word.to_ascii_lowercase();
    if let Some((_, aggregator)) = Aggregator::ALL.iter().find(|(name, _)| *name == word) {
        return Some(Kind::Keyword(Keyword::Aggregator(*aggregator)));
    }
    Some(match word.as_str() {
        "and" => Kind::Operator(Operator::Set(Set::And)),
        "or" => Kind::Operator(Operator::Set(Set::Or)),
        "unless" => Kind::Operator(Operator::Set(Set::Unless)),
        "atan2" => Kind::Operator(Operator::Arithmetic(Arithmetic::Atan2)),
        "offset" => Kind::Keyword(Keyword::Offset),
        "by" => Kind::Keyword(Keyword::By),
        "without" => Kind::Keyword(Keyword::Without),
        "on" => Kind::Keyword(Keyword::On),
        "ignoring" => Kind::Keyword(Keyword::Ignoring),
        "group_left" => Kind::Keyword(Keyword::GroupLeft),
        "group_right" => Kind::Keyword(Keyword::GroupRight),
        "bool" => Kind::Keyword(Keyword::Bool),
        "start" => Kind::Keyword(Keyword::Start),
        "end" => Kind::Keyword(Keyword::End),
        "inf" | "nan" => Kind::Number,
        _ => return None,
    })
}

impl Kind {
    /// Whether a metric may be called so, at the start of an expression.
    pub(crate) const fn names_metric(&self) -> bool {
        match self {
            Self::Name | Self::Metric | Self::Operator(Operator::Set(_)) => true,
            Self::Keyword(keyword) => matches!(
                keyword,
                Keyword::Aggregator(_)
                    | Keyword::Offset
                    | Keyword::By
                    | Keyword::Without
                    | Keyword::Start
                    | Keyword::End
            ),
            _ => false,
        }
    }

    /// Whether a label may be called so in `by (…)` and its like; `without` is none, as in Prometheus.
    pub(crate) const fn names_label(&self) -> bool {
        match self {
            Self::Name | Self::Operator(Operator::Set(_) | Operator::Arithmetic(Arithmetic::Atan2)) => true,
            Self::Keyword(keyword) => !matches!(keyword, Keyword::Without),
            _ => false,
        }
    }

    /// The operator of a matcher.
    pub(crate) const fn matcher(&self) -> Option<&'static str> {
        match self {
            Self::Is => Some("="),
            Self::Operator(Operator::Comparison(Comparison::NotEqual)) => Some("!="),
            Self::Matches => Some("=~"),
            Self::MatchesNot => Some("!~"),
            _ => None,
        }
    }
}
