//! The grammar: what may follow an expression, `[…]`, `offset` and `@`.

use super::duration::duration;
use super::number::number;
use super::operator::{Arithmetic, Operator};
use super::parse::{Parser, grown};
use super::token::{Keyword, Kind};
use super::tree::{At, Expr, Node, Shift, Subquery};
use crate::rejected::Fault;

const MINUS: Kind = Kind::Operator(Operator::Arithmetic(Arithmetic::Subtract));
const PLUS: Kind = Kind::Operator(Operator::Arithmetic(Arithmetic::Add));

impl Parser<'_> {
    /// With everything that follows it; these bind most strongly.
    pub(super) fn modified(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
        loop {
            expr = match self.kind() {
                Kind::OpenBracket => self.bracketed(expr)?,
                Kind::Keyword(Keyword::Offset) => self.offset(expr)?,
                Kind::At => self.at(expr)?,
                _ => return Ok(expr),
            };
        }
    }

    fn duration(&mut self) -> Result<i64, Fault> {
        let token = self.expect(&Kind::Duration, "a duration such as 5m")?;
        duration(self.word(&token)).map_err(|reason| Fault::new(token.from, reason))
    }

    fn bracketed(&mut self, expr: Expr) -> Result<Expr, Fault> {
        let bracket = self.advance().from;
        let range = self.duration()?;
        if self.take(&Kind::Colon) {
            let step = if self.kind() == &Kind::Duration {
                Some(self.duration()?)
            } else {
                None
            };
            self.expect(&Kind::CloseBracket, "a duration or \"]\"")?;
            let (from, height) = (expr.from, expr.height);
            let subquery = Subquery {
                of: expr,
                range,
                step,
                shift: Shift::default(),
            };
            return grown(Node::Subquery(Box::new(subquery)), from, height);
        }
        self.expect(&Kind::CloseBracket, "\":\" or \"]\"")?;
        match expr.node {
            Node::Selector(selector) if selector.shift == Shift::default() => {
                grown(Node::Range(selector, range), expr.from, 1)
            }
            Node::Selector(_) => Err(Fault::new(
                bracket,
                "offset and @ come after the range, not before it",
            )),
            _ => Err(Fault::new(
                bracket,
                "only a selector has a range; of another expression write [range:step]",
            )),
        }
    }

    fn offset(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
        self.advance();
        let back = self.take(&MINUS);
        let length = self.duration()?;
        let from = expr.from;
        let shift = shift(&mut expr, "offset")?;
        if shift.offset != 0 {
            return Err(Fault::new(from, "offset is given twice"));
        }
        shift.offset = if back { -length } else { length };
        Ok(expr)
    }

    fn at(&mut self, mut expr: Expr) -> Result<Expr, Fault> {
        self.advance();
        let at = match self.kind() {
            Kind::Keyword(which @ (Keyword::Start | Keyword::End)) => {
                let at = if *which == Keyword::Start {
                    At::Start
                } else {
                    At::End
                };
                self.advance();
                self.expect(&Kind::OpenParen, "\"()\"")?;
                self.expect(&Kind::CloseParen, "\")\"")?;
                at
            }
            _ => At::Time(self.timestamp(expr.from)?),
        };
        let from = expr.from;
        let shift = shift(&mut expr, "@")?;
        if shift.at.is_some() {
            return Err(Fault::new(from, "@ is given twice"));
        }
        shift.at = Some(at);
        Ok(expr)
    }

    /// Seconds as they are written, in milliseconds.
    fn timestamp(&mut self, from: usize) -> Result<i64, Fault> {
        let minus = self.take(&MINUS);
        if !minus {
            self.take(&PLUS);
        }
        let token = self.expect(&Kind::Number, "a time in seconds, start() or end()")?;
        let seconds = number(self.word(&token)).map_err(|reason| Fault::new(token.from, reason))?;
        let milliseconds = (if minus { -seconds } else { seconds } * 1000.0).round();
        // Of a time beyond the year 287,396 nothing is stored; the bound keeps sums of times within 64 bits.
        if milliseconds.is_nan() || milliseconds.abs() > 9e15 {
            return Err(Fault::new(from, "the time of @ is out of bounds"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "within ±9e15, as just checked")]
        Ok(milliseconds as i64)
    }
}

fn shift<'a>(expr: &'a mut Expr, what: &str) -> Result<&'a mut Shift, Fault> {
    match &mut expr.node {
        Node::Selector(selector) | Node::Range(selector, _) => Ok(&mut selector.shift),
        Node::Subquery(subquery) => Ok(&mut subquery.shift),
        _ => Err(Fault::new(
            expr.from,
            format!("{what} belongs to a selector or a subquery; this is neither"),
        )),
    }
}
