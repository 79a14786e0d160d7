//! The grammar: what an expression begins with.

use super::number::number;
use super::parse::{Parser, grown};
use super::token::{Aggregator, Keyword, Kind, Token};
use super::tree::{Aggregate, Call, Expr, Grouped, Node, Selector, Shift, Written};
use crate::Matcher;
use crate::plan::function;
use crate::rejected::Fault;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Result<Expr, Fault> {
        let opens = self.kind_after() == &Kind::OpenParen;
        let grouped = matches!(self.kind_after(), Kind::Keyword(Keyword::By | Keyword::Without));
        let kind = self.kind().clone();
        match kind {
            Kind::Keyword(Keyword::Aggregator(by)) if opens || grouped => self.aggregate(by),
            Kind::Name if opens => self.call(),
            Kind::OpenBrace => self.selector(None),
            kind if kind.names_metric() => {
                let name = self.advance();
                self.selector(Some(&name))
            }
            Kind::Number => {
                let token = self.advance();
                let value = number(self.word(&token)).map_err(|reason| Fault::new(token.from, reason))?;
                grown(Node::Number(value), token.from, 0)
            }
            Kind::Text(value) => {
                let from = self.advance().from;
                grown(Node::Text(value), from, 0)
            }
            Kind::OpenParen => {
                let from = self.advance().from;
                let inner = self.expr(0)?;
                self.expect(&Kind::CloseParen, "an operator or \")\"")?;
                let height = inner.height;
                grown(Node::Paren(Box::new(inner)), from, height)
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn selector(&mut self, name: Option<&Token>) -> Result<Expr, Fault> {
        let from = name.map_or(self.peek().from, |name| name.from);
        let name = name.map(|name| self.word(name).to_owned());
        let mut matchers = Vec::new();
        if self.take(&Kind::OpenBrace) && !self.take(&Kind::CloseBrace) {
            loop {
                matchers.push(self.matcher()?);
                let comma = self.take(&Kind::Comma);
                if self.take(&Kind::CloseBrace) {
                    break;
                }
                if !comma {
                    return Err(self.unexpected("\",\" or \"}\""));
                }
            }
        }
        let selector = Selector {
            name,
            matchers,
            shift: Shift::default(),
        };
        grown(Node::Selector(selector), from, 0)
    }

    fn matcher(&mut self) -> Result<Written, Fault> {
        let label = self.expect(&Kind::Name, "the name of a label")?;
        let Some(operator) = self.kind().matcher() else {
            return Err(self.unexpected("=, !=, =~ or !~"));
        };
        self.advance();
        let Kind::Text(value) = self.kind().clone() else {
            return Err(self.unexpected("a string in quotes"));
        };
        self.advance();
        let matcher = Matcher::new(self.word(&label), operator, &value)
            .map_err(|error| Fault::new(label.from, error.to_string()))?;
        Ok(Written {
            matcher,
            operator,
            value,
        })
    }

    fn call(&mut self) -> Result<Expr, Fault> {
        let token = self.advance();
        let name = self.word(&token).to_owned();
        let arguments = self.arguments()?;
        if function::find(&name).is_none() {
            return Err(Fault::new(token.from, function::absence(&name)));
        }
        let height = arguments.iter().map(|each| each.height).max().unwrap_or(0);
        grown(Node::Call(Call { name, arguments }), token.from, height)
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Fault> {
        self.expect(&Kind::OpenParen, "\"(\"")?;
        let mut all = Vec::new();
        if self.take(&Kind::CloseParen) {
            return Ok(all);
        }
        loop {
            all.push(self.expr(0)?);
            let comma = self.peek().from;
            if self.take(&Kind::CloseParen) {
                return Ok(all);
            }
            if !self.take(&Kind::Comma) {
                return Err(self.unexpected("an operator, \",\" or \")\""));
            }
            if self.kind() == &Kind::CloseParen {
                return Err(Fault::new(comma, "a comma after the last argument"));
            }
        }
    }

    fn grouping(&mut self) -> Result<Option<Grouped>, Fault> {
        let without = match self.kind() {
            Kind::Keyword(Keyword::By) => false,
            Kind::Keyword(Keyword::Without) => true,
            _ => return Ok(None),
        };
        self.advance();
        let labels = self.labels()?;
        Ok(Some(Grouped { without, labels }))
    }

    fn aggregate(&mut self, by: Aggregator) -> Result<Expr, Fault> {
        let from = self.advance().from;
        let before = self.grouping()?;
        let mut arguments = self.arguments()?;
        let grouping = if before.is_some() {
            before
        } else if matches!(self.kind(), Kind::Bad(_)) {
            return Err(self.unexpected("an operator"));
        } else {
            self.grouping()?
        };
        let wanted = if by.has_parameter() { 2 } else { 1 };
        let given = arguments.len();
        let (Some(of), true) = (arguments.pop(), given == wanted) else {
            let name = by.name();
            return Err(Fault::new(
                from,
                format!("{name} takes {wanted} argument(s), not {given}"),
            ));
        };
        let parameter = arguments.pop();
        let height = parameter.as_ref().map_or(0, |each| each.height).max(of.height);
        let node = Node::Aggregate(Box::new(Aggregate {
            by,
            grouping,
            parameter,
            of,
        }));
        grown(node, from, height)
    }
}
