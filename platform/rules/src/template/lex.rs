//! Texts and actions, and the words of an action.

use super::BadTemplate;

/// A word of an action with the number of its first character.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) offset: usize,
    pub(crate) word: Word,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    /// A name: of a function, a keyword, a boolean.
    Name(String),
    /// `$`, `$x`.
    Variable(String),
    /// `.x`.
    Field(String),
    /// `.`
    Dot,
    Text(String),
    Int(i64),
    Float(f64),
    Open,
    Close,
    Pipe,
    Declare,
    Assign,
    /// White space, which tells `.a.b` from `.a .b`.
    Space,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    /// The number of its first character, and its words.
    Action(usize, Vec<Token>),
}

/// Annotations are a few lines; a longer one is a mistake.
const LONGEST: usize = 16 << 10;

fn bad(offset: usize, reason: impl Into<String>) -> BadTemplate {
    BadTemplate {
        offset,
        reason: reason.into(),
    }
}

struct Lexer<'t> {
    all: &'t [char],
    at: usize,
}

/// The pieces of a template.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, BadTemplate> {
    if text.len() > LONGEST {
        return Err(bad(0, format!("longer than {LONGEST} bytes")));
    }
    let all: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { all: &all, at: 0 };
    let mut pieces = Vec::new();
    let mut trim = false;
    loop {
        let begins = lexer.find("{{");
        let mut between: String = all.get(lexer.at..begins).unwrap_or_default().iter().collect();
        if trim {
            between = between.trim_start_matches(is_space).to_owned();
        }
        lexer.at = begins;
        if begins == all.len() {
            pieces.push(Piece::Text(between));
            return Ok(pieces);
        }
        lexer.at += 2;
        if lexer.sees("-") && lexer.peek(1).is_some_and(is_space) {
            between = between.trim_end_matches(is_space).to_owned();
            lexer.at += 1;
        }
        pieces.push(Piece::Text(between));
        if let Some(words) = lexer.action(begins)? {
            pieces.push(Piece::Action(begins, words));
        }
        trim = lexer.all.get(lexer.at.saturating_sub(3)) == Some(&'-')
            && lexer
                .all
                .get(lexer.at.saturating_sub(4))
                .copied()
                .is_some_and(is_space);
    }
}

/// Go's: no other character is white space to a template.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.all.get(self.at + ahead).copied()
    }

    fn sees(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn find(&self, text: &str) -> usize {
        let mut probe = Lexer {
            all: self.all,
            at: self.at,
        };
        while probe.at < probe.all.len() && !probe.sees(text) {
            probe.at += 1;
        }
        probe.at
    }

    /// Past the end of the action; `None` for a comment.
    fn action(&mut self, begins: usize) -> Result<Option<Vec<Token>>, BadTemplate> {
        let before = self.at;
        self.at += self.spaces();
        if self.sees("/*") {
            self.at = self.find("*/") + 2;
            self.at += self.spaces();
            if self.sees("-") {
                self.at += 1;
            }
            if !self.sees("}}") {
                return Err(bad(begins, "a comment must end with `*/}}`"));
            }
            self.at += 2;
            return Ok(None);
        }
        self.at = before;
        let mut words = Vec::new();
        loop {
            if self.sees("}}") {
                self.at += 2;
                return Ok(Some(words));
            }
            if self.peek(0).is_some_and(is_space) && self.sees_trimmed_end() {
                while !self.sees("}}") {
                    self.at += 1;
                }
                continue;
            }
            let offset = self.at;
            if self.at >= self.all.len() {
                return Err(bad(begins, "this action has no `}}`"));
            }
            let word = self.word()?;
            words.push(Token { offset, word });
        }
    }

    fn spaces(&self) -> usize {
        (0..)
            .take_while(|ahead| self.peek(*ahead).is_some_and(is_space))
            .count()
    }

    fn sees_trimmed_end(&self) -> bool {
        let probe = Lexer {
            all: self.all,
            at: self.at + self.spaces(),
        };
        probe.sees("-}}")
    }

    fn word(&mut self) -> Result<Word, BadTemplate> {
        let offset = self.at;
        let Some(c) = self.peek(0) else {
            return Err(bad(offset, "the template ends here"));
        };
        let single = match c {
            '(' => Some(Word::Open),
            ')' => Some(Word::Close),
            '|' => Some(Word::Pipe),
            '=' => Some(Word::Assign),
            _ => None,
        };
        if let Some(word) = single {
            self.at += 1;
            return Ok(word);
        }
        match c {
            c if is_space(c) => {
                while self.peek(0).is_some_and(is_space) {
                    self.at += 1;
                }
                Ok(Word::Space)
            }
            ':' if self.sees(":=") => {
                self.at += 2;
                Ok(Word::Declare)
            }
            '"' => self.quoted(offset),
            '`' => {
                self.at += 1;
                let end = self.find("`");
                let text = self.all.get(self.at..end).unwrap_or_default().iter().collect();
                if end == self.all.len() {
                    return Err(bad(offset, "this text has no closing back quote"));
                }
                self.at = end + 1;
                Ok(Word::Text(text))
            }
            '.' if !self.peek(1).is_some_and(|c| c.is_ascii_digit()) => {
                self.at += 1;
                let name = self.name();
                Ok(if name.is_empty() {
                    Word::Dot
                } else {
                    Word::Field(name)
                })
            }
            '$' => {
                self.at += 1;
                Ok(Word::Variable(self.name()))
            }
            c if c.is_ascii_digit() || matches!(c, '+' | '-' | '.') => self.number(offset),
            c if c.is_alphabetic() || c == '_' => Ok(Word::Name(self.name())),
            c => Err(bad(offset, format!("{c:?} does not belong in an action"))),
        }
    }

    fn name(&mut self) -> String {
        let length =
            (0..).take_while(|ahead| self.peek(*ahead).is_some_and(|c| c.is_alphanumeric() || c == '_'));
        let end = self.at + length.count();
        let name = self.all.get(self.at..end).unwrap_or_default().iter().collect();
        self.at = end;
        name
    }

    fn number(&mut self, offset: usize) -> Result<Word, BadTemplate> {
        let belongs = |c: char, before: Option<char>| {
            c.is_ascii_alphanumeric()
                || c == '.'
                || (matches!(c, '+' | '-') && matches!(before, None | Some('e' | 'E')))
        };
        let mut text = String::new();
        while let Some(c) = self.peek(0).filter(|c| belongs(*c, text.chars().last())) {
            text.push(c);
            self.at += 1;
        }
        let int = text.parse().map(Word::Int).ok();
        let float = || {
            text.parse()
                .map(Word::Float)
                .ok()
                .filter(|_| text.contains(|c: char| c.is_ascii_digit()))
        };
        int.or_else(float)
            .ok_or_else(|| bad(offset, format!("{text:?} is no number of the subset")))
    }

    fn quoted(&mut self, offset: usize) -> Result<Word, BadTemplate> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek(0).filter(|c| *c != '\n') else {
                return Err(bad(offset, "this text has no closing quote"));
            };
            self.at += 1;
            match c {
                '"' => return Ok(Word::Text(text)),
                '\\' => {
                    let escaped = self.peek(0);
                    self.at += 1;
                    text.push(match escaped {
                        Some('n') => '\n',
                        Some('t') => '\t',
                        Some('r') => '\r',
                        Some(c @ ('"' | '\\')) => c,
                        _ => {
                            return Err(bad(
                                self.at - 2,
                                "of escapes the subset has \\n, \\t, \\r, \\\" and \\\\",
                            ));
                        }
                    });
                }
                c => text.push(c),
            }
        }
    }
}
