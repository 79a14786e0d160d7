//! Reading one word of an action.

use super::BadTemplate;
use super::lex::{Lexer, Word, bad, is_space};

impl Lexer<'_> {
    pub(super) fn word(&mut self) -> Result<Word, BadTemplate> {
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
