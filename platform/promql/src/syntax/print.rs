//! An expression as text again, normalised: one way of writing each thing.

use std::fmt::{self, Display, Formatter};

use super::duration::Duration;
use super::number::Number;
use super::tree::{Aggregate, At, Binary, Expr, Node, Selector, Shift, Subquery};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Number(value) => Number(*value).fmt(f),
            Node::Text(value) => write_quoted(f, value),
            Node::Selector(selector) => {
                selector.fmt(f)?;
                selector.shift.fmt(f)
            }
            Node::Range(selector, range) => {
                write!(f, "{selector}[{}]", Duration(*range))?;
                selector.shift.fmt(f)
            }
            Node::Subquery(subquery) => subquery.fmt(f),
            Node::Paren(inner) => write!(f, "({inner})"),
            Node::Sign { minus, of } => write!(f, "{}{of}", if *minus { "-" } else { "+" }),
            Node::Binary(binary) => binary.fmt(f),
            Node::Aggregate(aggregate) => aggregate.fmt(f),
            Node::Call(call) => {
                write!(f, "{}(", call.name)?;
                write_list(f, &call.arguments)?;
                f.write_str(")")
            }
        }
    }
}

fn write_list<T: Display>(f: &mut Formatter<'_>, all: &[T]) -> fmt::Result {
    for (at, each) in all.iter().enumerate() {
        write!(f, "{}{each}", if at == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn write_quoted(f: &mut Formatter<'_>, value: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in value.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_quoted(f, self.0)
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or_default())?;
        if self.matchers.is_empty() && self.name.is_some() {
            return Ok(());
        }
        let written = |each: &super::tree::Written| {
            format!("{}{}{}", each.matcher.name, each.operator, Quoted(&each.value))
        };
        let mut all: Vec<String> = self.matchers.iter().map(written).collect();
        all.sort();
        write!(f, "{{{}}}", all.join(","))
    }
}

impl Display for Shift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.at {
            // Within ±9e15, which a float holds exactly.
            Some(At::Time(time)) => write!(f, " @ {:.3}", time as f64 / 1000.0)?,
            Some(At::Start) => f.write_str(" @ start()")?,
            Some(At::End) => f.write_str(" @ end()")?,
            None => {}
        }
        match self.offset {
            0 => Ok(()),
            back if back < 0 => write!(f, " offset -{}", Duration(-back)),
            offset => write!(f, " offset {}", Duration(offset)),
        }
    }
}

impl Display for Subquery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}:", self.of, Duration(self.range))?;
        if let Some(step) = self.step {
            Duration(step).fmt(f)?;
        }
        write!(f, "]{}", self.shift)
    }
}

impl Display for Binary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.left, self.operator)?;
        if self.bool {
            f.write_str(" bool")?;
        }
        if let Some(matching) = &self.matching {
            f.write_str(if matching.on { " on (" } else { " ignoring (" })?;
            write_list(f, &matching.labels)?;
            f.write_str(")")?;
            if let Some(group) = &matching.group {
                f.write_str(if group.left {
                    " group_left ("
                } else {
                    " group_right ("
                })?;
                write_list(f, &group.include)?;
                f.write_str(")")?;
            }
        }
        write!(f, " {}", self.right)
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.by.name())?;
        if let Some(grouped) = &self.grouping {
            f.write_str(if grouped.without { " without (" } else { " by (" })?;
            write_list(f, &grouped.labels)?;
            f.write_str(") ")?;
        }
        f.write_str("(")?;
        if let Some(parameter) = &self.parameter {
            write!(f, "{parameter}, ")?;
        }
        write!(f, "{})", self.of)
    }
}
