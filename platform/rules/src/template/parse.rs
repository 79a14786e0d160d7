//! From words to a tree; whatever is outside of the subset is refused here.

use super::BadTemplate;
use super::lex::{Piece, Token, Word, pieces};
use super::scope::Scope;
use super::tree::Part;
use super::words::Words;

/// Conditions within conditions and parentheses within parentheses; people cannot read even half of it.
pub(super) const DEEPEST: usize = 20;

pub(super) type Result<T> = std::result::Result<T, BadTemplate>;

pub(super) fn bad<T>(offset: usize, reason: impl Into<String>) -> Result<T> {
    Err(BadTemplate {
        offset,
        reason: reason.into(),
    })
}

/// The parts of a template.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>> {
    let pieces = pieces(text)?;
    let mut blocks = Blocks {
        pieces: pieces.into_iter(),
        depth: 0,
    };
    let (parts, end) = blocks.parts(&mut Scope::new())?;
    match end {
        None => Ok(parts),
        Some(end) => bad(
            end.offset,
            format!("{{{{{}}}}} without what it belongs to", end.keyword),
        ),
    }
}

/// What closed a block: `end`, or `else` with what follows it.
struct End {
    offset: usize,
    keyword: &'static str,
    rest: Vec<Token>,
}

struct Blocks {
    pieces: std::vec::IntoIter<Piece>,
    depth: usize,
}

impl Blocks {
    fn parts(&mut self, scope: &mut Scope) -> Result<(Vec<Part>, Option<End>)> {
        let mut parts = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (offset, words) = match piece {
                Piece::Text(text) => {
                    if !text.is_empty() {
                        parts.push(Part::Text(text));
                    }
                    continue;
                }
                Piece::Action(offset, words) => (offset, trimmed(words)),
            };
            let keyword = match words.first().map(|token| &token.word) {
                Some(Word::Name(name)) => name.clone(),
                _ => String::new(),
            };
            let rest = || trimmed(words.iter().skip(1).cloned().collect());
            match keyword.as_str() {
                "if" => parts.push(self.branches(offset, rest(), scope)?),
                "with" | "range" => parts.push(self.of_each(offset, &keyword, rest(), scope)?),
                "end" => {
                    return Ok((
                        parts,
                        Some(End {
                            offset,
                            keyword: "end",
                            rest: rest(),
                        }),
                    ));
                }
                "else" => {
                    return Ok((
                        parts,
                        Some(End {
                            offset,
                            keyword: "else",
                            rest: rest(),
                        }),
                    ));
                }
                "define" | "template" | "block" | "break" | "continue" => {
                    return bad(offset, format!("{keyword:?} is outside of the subset"));
                }
                _ => parts.push(Part::Action(Words::new(&words, offset).action(scope)?)),
            }
        }
        Ok((parts, None))
    }

    /// What is inside of a block whose variables end with it.
    fn inner(&mut self, offset: usize, scope: &Scope, root: bool) -> Result<(Vec<Part>, End)> {
        if self.depth >= DEEPEST {
            return bad(offset, format!("nested more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let mut scope = scope.clone();
        scope.dot_is_root &= root;
        let (parts, end) = self.parts(&mut scope)?;
        self.depth -= 1;
        match end {
            Some(end) => Ok((parts, end)),
            None => bad(offset, "this has no {{end}}"),
        }
    }

    fn branches(&mut self, offset: usize, condition: Vec<Token>, scope: &Scope) -> Result<Part> {
        let mut branches = Vec::new();
        let mut condition = condition;
        loop {
            let pipeline = Words::new(&condition, offset).pipeline(scope)?;
            let (parts, end) = self.inner(offset, scope, true)?;
            branches.push((pipeline, parts));
            if end.keyword == "end" {
                return Ok(Part::If(branches, Vec::new()));
            }
            match end.rest.split_first() {
                None => {
                    let (otherwise, end) = self.inner(end.offset, scope, true)?;
                    must_end(&end)?;
                    return Ok(Part::If(branches, otherwise));
                }
                Some((first, rest)) if first.word == Word::Name("if".to_owned()) => {
                    condition = trimmed(rest.to_vec())
                }
                Some((first, _)) => return bad(first.offset, "after `else` the subset has `if` or nothing"),
            }
        }
    }

    fn of_each(&mut self, offset: usize, keyword: &str, words: Vec<Token>, scope: &Scope) -> Result<Part> {
        let pipeline = Words::new(&words, offset).pipeline(scope)?;
        let (parts, end) = self.inner(offset, scope, false)?;
        let otherwise = if end.keyword == "else" {
            if let Some(first) = end.rest.first() {
                return bad(
                    first.offset,
                    format!("after the `else` of `{keyword}` the subset has nothing"),
                );
            }
            let (otherwise, end) = self.inner(end.offset, scope, true)?;
            must_end(&end)?;
            otherwise
        } else {
            Vec::new()
        };
        Ok(match keyword {
            "with" => Part::With(pipeline, parts, otherwise),
            _ => Part::Range(pipeline, parts, otherwise),
        })
    }
}

fn must_end(end: &End) -> Result<()> {
    if end.keyword == "end" {
        Ok(())
    } else {
        bad(end.offset, "a second `else`")
    }
}

fn trimmed(mut words: Vec<Token>) -> Vec<Token> {
    let first = words
        .iter()
        .position(|token| token.word != Word::Space)
        .unwrap_or(words.len());
    words.drain(..first);
    while words.last().is_some_and(|token| token.word == Word::Space) {
        words.pop();
    }
    words
}
