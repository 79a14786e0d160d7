//! A template as a tree.

use regex::Regex;

use super::call::Function;

/// A part of a template.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Written as it is.
    Text(String),
    /// Written, unless its value goes to a variable.
    Action(Pipeline),
    /// `if`, `else if`, `else`: the first whose condition holds.
    If(Vec<(Pipeline, Vec<Part>)>, Vec<Part>),
    /// Of what is not empty, which is `.` meanwhile; else the other.
    With(Pipeline, Vec<Part>, Vec<Part>),
    /// For each sample, which is `.` meanwhile; the other if there is none.
    Range(Pipeline, Vec<Part>, Vec<Part>),
}

/// Commands, each of which is given the value of the one before.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    /// `$x := …` or `$x = …`.
    pub(crate) variable: Option<Assignment>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    /// `:=`, a new variable; otherwise another value of one.
    pub(crate) declares: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// A value as it is.
    Operand(Operand),
    /// A function of values, the last of which may be the pipeline's.
    Call(Function, Vec<Operand>),
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    /// `.`, or fields of it.
    Dot(Vec<String>),
    /// `$x`, or fields of it.
    Variable(String, Vec<String>),
    Text(String),
    /// A pattern that is known at load.
    Pattern(Regex),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// In parentheses, or fields of that.
    Pipeline(Box<Pipeline>, Vec<String>),
}
