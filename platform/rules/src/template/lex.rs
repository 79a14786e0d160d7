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

pub(super) fn bad(offset: usize, reason: impl Into<String>) -> BadTemplate {
    BadTemplate {
        offset,
        reason: reason.into(),
    }
}

/// A place in a template.
pub(super) struct Lexer<'t> {
    pub(super) all: &'t [char],
    pub(super) at: usize,
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
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

impl Lexer<'_> {
    pub(super) fn peek(&self, ahead: usize) -> Option<char> {
        self.all.get(self.at + ahead).copied()
    }

    pub(super) fn sees(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    pub(super) fn find(&self, text: &str) -> usize {
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
}
