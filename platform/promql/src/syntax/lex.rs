//! From a text to its words, by the rules of Prometheus 2.42.

use super::number;
use super::operator::{Arithmetic, Comparison, Operator};
use super::token::{Kind, Token, keyword};
use super::unquote::unquote;

/// All words; the last is [`Kind::End`] or [`Kind::Bad`].
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        at: 0,
        parens: 0,
        in_braces: false,
        bracket: Bracket::Closed,
    };
    let mut all = Vec::new();
    loop {
        let token = lexer.next();
        let last = matches!(token.kind, Kind::End | Kind::Bad(_));
        all.push(token);
        if last {
            return all;
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    parens: usize,
    in_braces: bool,
    bracket: Bracket,
}

#[derive(PartialEq)]
enum Bracket {
    Closed,
    /// A duration must follow.
    Opened,
    Open,
    AfterColon,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Token {
        self.skip();
        let from = self.at;
        let kind = self.kind().unwrap_or_else(Kind::Bad);
        Token {
            kind,
            from,
            to: self.at,
        }
    }

    /// Spaces and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let mut trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            // After a bracket a comment is none.
            if trimmed.starts_with('#') && self.bracket != Bracket::Opened {
                trimmed = trimmed.trim_start_matches(|c| c != '\n' && c != '\r');
            }
            if trimmed.len() == rest.len() {
                return;
            }
            self.at += rest.len() - trimmed.len();
        }
    }

    fn kind(&mut self) -> Result<Kind, String> {
        if self.bracket == Bracket::Opened {
            self.bracket = Bracket::Open;
            return self.duration();
        }
        let Some(c) = self.rest().chars().next() else {
            return self.end();
        };
        if c == '"' || c == '\'' || c == '`' {
            return self.string(c);
        }
        if self.in_braces {
            return self.in_braces(c);
        }
        if c.is_ascii_digit() || (c == '.' && self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit()))
        {
            let (kind, length) = number::word(self.rest())?;
            self.at += length;
            return Ok(kind);
        }
        if c.is_ascii_alphabetic() || c == '_' || (c == ':' && self.bracket == Bracket::Closed) {
            return self.name(c);
        }
        self.sign(c)
    }

    fn end(&self) -> Result<Kind, String> {
        if self.in_braces {
            Err("the text ends within braces".to_owned())
        } else if self.parens > 0 {
            Err("a parenthesis is not closed".to_owned())
        } else if self.bracket != Bracket::Closed {
            Err("a bracket is not closed".to_owned())
        } else {
            Ok(Kind::End)
        }
    }

    /// What must follow a bracket.
    fn duration(&mut self) -> Result<Kind, String> {
        match number::word(self.rest()) {
            Ok((Kind::Duration, length)) => {
                self.at += length;
                Ok(Kind::Duration)
            }
            _ => Err("a duration such as 5m belongs here".to_owned()),
        }
    }

    fn string(&mut self, quote: char) -> Result<Kind, String> {
        let (text, length) = unquote(self.rest(), quote)?;
        self.at += length;
        Ok(Kind::Text(text))
    }

    fn in_braces(&mut self, c: char) -> Result<Kind, String> {
        let rest = self.rest();
        let (kind, length) = match c {
            ',' => (Kind::Comma, 1),
            '}' => {
                self.in_braces = false;
                (Kind::CloseBrace, 1)
            }
            '=' if rest.starts_with("=~") => (Kind::Matches, 2),
            '=' => (Kind::Is, 1),
            '!' if rest.starts_with("!~") => (Kind::MatchesNot, 2),
            '!' if rest.starts_with("!=") => (Kind::Operator(Operator::Comparison(Comparison::NotEqual)), 2),
            c if c.is_ascii_alphabetic() || c == '_' => (Kind::Name, word(rest, false)),
            _ => return Err("this cannot stand within braces".to_owned()),
        };
        self.at += length;
        Ok(kind)
    }

    fn name(&mut self, c: char) -> Result<Kind, String> {
        if self.bracket != Bracket::Closed {
            return Err(format!("{c} cannot stand within brackets"));
        }
        let length = word(self.rest(), true);
        let word = self.rest().get(..length).unwrap_or_default();
        let kind = keyword(word).unwrap_or(if word.contains(':') {
            Kind::Metric
        } else {
            Kind::Name
        });
        self.at += length;
        Ok(kind)
    }

    fn sign(&mut self, c: char) -> Result<Kind, String> {
        let two = self.rest().chars().nth(1);
        let (kind, length) = match c {
            ',' => (Kind::Comma, 1),
            '@' => (Kind::At, 1),
            '(' => {
                self.parens += 1;
                (Kind::OpenParen, 1)
            }
            ')' => {
                self.parens = self
                    .parens
                    .checked_sub(1)
                    .ok_or("a parenthesis that opens nowhere")?;
                (Kind::CloseParen, 1)
            }
            '{' => {
                self.in_braces = true;
                (Kind::OpenBrace, 1)
            }
            '[' if self.bracket == Bracket::Closed => {
                self.bracket = Bracket::Opened;
                (Kind::OpenBracket, 1)
            }
            ']' if self.bracket != Bracket::Closed => {
                self.bracket = Bracket::Closed;
                (Kind::CloseBracket, 1)
            }
            ':' if self.bracket == Bracket::Open => {
                self.bracket = Bracket::AfterColon;
                (Kind::Colon, 1)
            }
            _ => operator(c, two)?,
        };
        self.at += length;
        Ok(kind)
    }
}

/// How long the name is that begins here.
fn word(rest: &str, colons: bool) -> usize {
    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':')))
        .unwrap_or(rest.len())
}

fn operator(c: char, two: Option<char>) -> Result<(Kind, usize), String> {
    let arithmetic = |which| (Kind::Operator(Operator::Arithmetic(which)), 1);
    let comparison = |which, length| (Kind::Operator(Operator::Comparison(which)), length);
    Ok(match (c, two) {
        ('+', _) => arithmetic(Arithmetic::Add),
        ('-', _) => arithmetic(Arithmetic::Subtract),
        ('*', _) => arithmetic(Arithmetic::Multiply),
        ('/', _) => arithmetic(Arithmetic::Divide),
        ('%', _) => arithmetic(Arithmetic::Modulo),
        ('^', _) => arithmetic(Arithmetic::Power),
        ('=', Some('=')) => comparison(Comparison::Equal, 2),
        ('=', Some('~')) => return Err("=~ belongs within braces".to_owned()),
        ('=', _) => (Kind::Is, 1),
        ('!', Some('=')) => comparison(Comparison::NotEqual, 2),
        ('<', Some('=')) => comparison(Comparison::LessOrEqual, 2),
        ('<', _) => comparison(Comparison::Less, 1),
        ('>', Some('=')) => comparison(Comparison::GreaterOrEqual, 2),
        ('>', _) => comparison(Comparison::Greater, 1),
        _ => return Err("no word of the language begins so".to_owned()),
    })
}
