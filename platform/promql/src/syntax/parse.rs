//! The grammar: expressions and what stands between them.

use super::lex::tokens;
use super::operator::{Arithmetic, Operator, POWER};
use super::token::{Keyword, Kind, Token};
use super::tree::{Binary, Expr, Group, Matching, Node};
use crate::mutant::planted;
use crate::rejected::Fault;

/// A query of people is far shorter; longer ones are refused before they are read.
const LONGEST: usize = 64 * 1024;

/// A query of people nests ten deep. It is walked by recursion, so its depth is bounded by the stack: at this
/// one it fits several times into the 2 MiB of a thread.
pub(crate) const DEEPEST: usize = 100;

/// The whole text as one expression.
pub(crate) fn parse(text: &str) -> Result<Expr, Fault> {
    if text.len() > LONGEST {
        return Err(Fault::new(0, format!("the query is longer than {LONGEST} bytes")));
    }
    let mut parser = Parser {
        text,
        tokens: tokens(text),
        at: 0,
        depth: 0,
    };
    if parser.kind() == &Kind::End {
        return Err(Fault::new(0, "there is no expression"));
    }
    let expr = parser.expr(0)?;
    match parser.kind() {
        Kind::End => Ok(expr),
        _ => Err(parser.unexpected("an operator or the end")),
    }
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    /// The word that comes next.
    pub(super) fn peek(&self) -> &Token {
        // The lexer's last word is never consumed, so there is always one.
        const NONE: &Token = &Token {
            kind: Kind::End,
            from: 0,
            to: 0,
        };
        self.tokens.get(self.at).unwrap_or(NONE)
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.peek().kind
    }

    /// The kind of the word after the next.
    pub(super) fn kind_after(&self) -> &Kind {
        self.tokens
            .get(self.at + 1)
            .map_or(&Kind::End, |token| &token.kind)
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        if !matches!(token.kind, Kind::End | Kind::Bad(_)) {
            self.at += 1;
        }
        token
    }

    /// Consumes the next word if it is this one.
    pub(super) fn take(&mut self, kind: &Kind) -> bool {
        let is = self.kind() == kind;
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn expect(&mut self, kind: &Kind, what: &str) -> Result<Token, Fault> {
        if self.kind() == kind {
            Ok(self.advance())
        } else {
            Err(self.unexpected(what))
        }
    }

    pub(super) fn word(&self, token: &Token) -> &str {
        self.text.get(token.from..token.to).unwrap_or_default()
    }

    /// What is wrong with the next word where this was expected.
    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        let token = self.peek();
        let reason = match &token.kind {
            Kind::Bad(reason) => reason.clone(),
            Kind::End => format!("the text ends; expected {wanted}"),
            _ => format!("expected {wanted}"),
        };
        Fault::new(token.from, reason)
    }

    /// Of operators that bind at least so strongly.
    pub(super) fn expr(&mut self, strength: u8) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(self.peek().from, too_deep()));
        }
        let mut left = self.signed()?;
        while let Kind::Operator(operator) = *self.kind() {
            if operator.strength() < strength {
                break;
            }
            left = self.binary(left, operator)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn binary(&mut self, left: Expr, operator: Operator) -> Result<Expr, Fault> {
        let at = self.advance().from;
        let bool = self.take(&Kind::Keyword(Keyword::Bool));
        let matching = self.matching()?;
        let own = operator.strength();
        let right = self.expr(if operator.leans_right() { own } else { own + 1 })?;
        let from = left.from;
        let height = left.height.max(right.height);
        let node = Node::Binary(Box::new(Binary {
            left,
            operator,
            at,
            bool,
            matching,
            right,
        }));
        grown(node, from, height)
    }

    fn matching(&mut self) -> Result<Option<Matching>, Fault> {
        let on = match self.kind() {
            Kind::Keyword(Keyword::On) => true,
            Kind::Keyword(Keyword::Ignoring) => false,
            _ => return Ok(None),
        };
        self.advance();
        let labels = self.labels()?;
        let left = match self.kind() {
            Kind::Keyword(Keyword::GroupLeft) => Some(true),
            Kind::Keyword(Keyword::GroupRight) => Some(false),
            _ => None,
        };
        let mut group = None;
        if let Some(left) = left {
            self.advance();
            let listed = self.kind() == &Kind::OpenParen;
            let include = if listed { self.labels()? } else { Vec::new() };
            group = Some(Group { left, include });
        }
        Ok(Some(Matching { on, labels, group }))
    }

    /// `(a, b)`; the last may be followed by a comma.
    pub(super) fn labels(&mut self) -> Result<Vec<String>, Fault> {
        self.expect(&Kind::OpenParen, "\"(\" and names of labels")?;
        let mut labels = Vec::new();
        while !self.take(&Kind::CloseParen) {
            if !self.kind().names_label() {
                return Err(self.unexpected("the name of a label"));
            }
            let name = self.advance();
            labels.push(self.word(&name).to_owned());
            if !self.take(&Kind::Comma) && self.kind() != &Kind::CloseParen {
                return Err(self.unexpected("\",\" or \")\""));
            }
        }
        Ok(labels)
    }

    /// With the signs before it; only `^` binds more strongly.
    fn signed(&mut self) -> Result<Expr, Fault> {
        let minus = match self.kind() {
            Kind::Operator(Operator::Arithmetic(Arithmetic::Subtract)) => true,
            Kind::Operator(Operator::Arithmetic(Arithmetic::Add)) => false,
            _ => {
                let primary = self.primary()?;
                return self.modified(primary);
            }
        };
        let from = self.advance().from;
        let of = self.expr(if planted("a sign binds more than ^") {
            POWER + 1
        } else {
            POWER
        })?;
        if let Node::Number(value) = of.node {
            let node = Node::Number(if minus { -value } else { value });
            return grown(node, from, 0);
        }
        let height = of.height;
        let of = Box::new(of);
        grown(Node::Sign { minus, of }, from, height)
    }
}

/// A node over others of this height.
pub(super) fn grown(node: Node, from: usize, below: usize) -> Result<Expr, Fault> {
    let height = below + 1;
    if height > DEEPEST {
        return Err(Fault::new(from, too_deep()));
    }
    Ok(Expr { node, from, height })
}

fn too_deep() -> String {
    format!("more than {DEEPEST} expressions within each other, or operators in a row; record a part of it")
}
