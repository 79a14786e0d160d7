//! Where and why a body cannot be read.

/// A body that is none of its format, or too much. It says where and which rule, never what stood there: a
/// label may hold what belongs in no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct Broken {
    /// From 1.
    pub line: usize,
    /// In bytes, from 1.
    pub column: usize,
    /// The rule.
    pub why: Why,
    /// Samples that were read before it.
    pub samples: usize,
}

/// The rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Neither a comment nor a name.
    #[error("a line begins with a metric's name or with #")]
    Start,
    /// `OpenMetrics` knows four.
    #[error("a comment is # HELP, # TYPE, # UNIT or # EOF here")]
    Comment,
    /// After HELP, TYPE and UNIT.
    #[error("a metric's name belongs here")]
    Name,
    /// After TYPE.
    #[error("this is no type of a metric")]
    Type,
    /// After UNIT.
    #[error("the metric's name does not end with this unit")]
    Unit,
    /// In braces.
    #[error("a label's name, a comma or }} belongs here")]
    LabelName,
    /// After a label's name.
    #[error("= belongs here")]
    Equals,
    /// After `=`.
    #[error("a label's value in quotation marks belongs here")]
    LabelValue,
    /// One of the labels' names, or the metric's own among them.
    #[error("a label is there twice")]
    Twice,
    /// Names and values of labels.
    #[error("this is not UTF-8")]
    Utf8,
    /// After name and labels.
    #[error("a number belongs here")]
    Value,
    /// After the value.
    #[error("a timestamp or the line's end belongs here")]
    Timestamp,
    /// Of any other metric.
    #[error("an exemplar belongs to a name that ends with _total or _bucket")]
    Exemplar,
    /// After all of it.
    #[error("the line's end belongs here")]
    LineEnd,
    /// `OpenMetrics` ends with it, so that half of a body is seen as half.
    #[error("the body does not end with # EOF")]
    NoEof,
    /// Behind it.
    #[error("nothing may follow # EOF")]
    AfterEof,
    /// [`super::Bounds::body`].
    #[error("the body is larger than its bound")]
    Body,
    /// [`super::Bounds::samples`].
    #[error("more samples than their bound")]
    Samples,
    /// [`super::Bounds::labels`].
    #[error("more labels than their bound")]
    Labels,
    /// [`super::Bounds::name`] and [`super::Bounds::value`].
    #[error("longer than its bound")]
    Long,
}
