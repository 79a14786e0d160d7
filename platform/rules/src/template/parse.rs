//! From words to a tree; whatever is outside of the subset is refused here.

use super::BadTemplate;
use super::call::{Function, check, named};
use super::lex::{Piece, Token, Word, pieces};
use super::scope::Scope;
use super::tree::{Assignment, Command, Operand, Part, Pipeline};

/// Conditions within conditions and parentheses within parentheses; people cannot read even half of it.
const DEEPEST: usize = 20;

type Result<T> = std::result::Result<T, BadTemplate>;

fn bad<T>(offset: usize, reason: impl Into<String>) -> Result<T> {
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

/// The words of one action.
struct Words<'w> {
    words: &'w [Token],
    at: usize,
    /// Where the action begins.
    offset: usize,
    depth: usize,
}

impl<'w> Words<'w> {
    const fn new(words: &'w [Token], offset: usize) -> Self {
        Self {
            words,
            at: 0,
            offset,
            depth: 0,
        }
    }

    fn peek(&self) -> Option<&'w Word> {
        self.words.get(self.at).map(|token| &token.word)
    }

    fn offset(&self) -> usize {
        self.words.get(self.at).map_or(self.offset, |token| token.offset)
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Word::Space) {
            self.at += 1;
        }
    }

    /// A pipeline, or what a variable becomes.
    fn action(&mut self, scope: &mut Scope) -> Result<Pipeline> {
        let variable = self.assignment(scope)?;
        let mut pipeline = self.pipeline(scope)?;
        if let Some(variable) = &variable {
            if variable.declares {
                scope.declare(&variable.name);
            }
        }
        pipeline.variable = variable;
        Ok(pipeline)
    }

    fn assignment(&mut self, scope: &Scope) -> Result<Option<Assignment>> {
        let start = self.at;
        if let Some(Word::Variable(name)) = self.peek() {
            let offset = self.offset();
            self.at += 1;
            self.skip_space();
            let declares = match self.peek() {
                Some(Word::Declare) => true,
                Some(Word::Assign) => false,
                _ => {
                    self.at = start;
                    return Ok(None);
                }
            };
            if name.is_empty() {
                return bad(offset, "a variable needs a name after its $");
            }
            if !declares {
                let known = scope.variable(name, &[]);
                known.or_else(|reason| bad(offset, reason))?;
            }
            self.at += 1;
            return Ok(Some(Assignment {
                name: name.clone(),
                declares,
            }));
        }
        Ok(None)
    }

    /// To the end of the words.
    fn pipeline(&mut self, scope: &Scope) -> Result<Pipeline> {
        let pipeline = self.commands(scope)?;
        if self.at < self.words.len() {
            return bad(self.offset(), "this does not belong here");
        }
        Ok(pipeline)
    }

    /// To the end of the words or a closing parenthesis.
    fn commands(&mut self, scope: &Scope) -> Result<Pipeline> {
        let mut commands = Vec::new();
        loop {
            self.skip_space();
            commands.push(self.command(scope, !commands.is_empty())?);
            self.skip_space();
            if self.peek() != Some(&Word::Pipe) {
                return Ok(Pipeline {
                    variable: None,
                    commands,
                });
            }
            self.at += 1;
        }
    }

    fn command(&mut self, scope: &Scope, piped: bool) -> Result<Command> {
        let offset = self.offset();
        if let Some(Word::Name(name)) = self.peek() {
            if !matches!(name.as_str(), "true" | "false" | "nil") {
                self.at += 1;
                let function: Function = named(name).or_else(|reason| bad(offset, reason))?;
                let mut operands = Vec::new();
                let mut places = Vec::new();
                self.skip_space();
                while !matches!(self.peek(), None | Some(Word::Pipe | Word::Close)) {
                    places.push(self.offset());
                    operands.push(self.operand(scope)?);
                    self.skip_space();
                }
                let place = if operands.is_empty() {
                    offset
                } else {
                    *places.first().unwrap_or(&offset)
                };
                check(function, &mut operands, piped).or_else(|reason| bad(place, reason))?;
                return Ok(Command::Call(function, operands));
            }
        }
        let operand = self.operand(scope)?;
        if piped {
            return bad(offset, "only a function can be given a value by `|`");
        }
        self.skip_space();
        match self.peek() {
            None | Some(Word::Pipe | Word::Close) => Ok(Command::Operand(operand)),
            Some(_) => bad(self.offset(), "only a function can be given values"),
        }
    }

    fn fields(&mut self) -> Vec<String> {
        let mut fields = Vec::new();
        while let Some(Word::Field(name)) = self.peek() {
            fields.push(name.clone());
            self.at += 1;
        }
        fields
    }

    fn operand(&mut self, scope: &Scope) -> Result<Operand> {
        let offset = self.offset();
        let Some(word) = self.peek() else {
            return bad(offset, "a value is missing");
        };
        if !matches!(word, Word::Field(_)) {
            self.at += 1;
        }
        let operand = match word {
            Word::Dot => {
                scope.dot(&[]).or_else(|reason| bad(offset, reason))?;
                Operand::Dot(Vec::new())
            }
            Word::Field(_) => {
                let fields = self.fields();
                scope.dot(&fields).or_else(|reason| bad(offset, reason))?;
                Operand::Dot(fields)
            }
            Word::Variable(name) => {
                let fields = self.fields();
                scope
                    .variable(name, &fields)
                    .or_else(|reason| bad(offset, reason))?;
                Operand::Variable(name.clone(), fields)
            }
            Word::Text(text) => Operand::Text(text.clone()),
            Word::Int(number) => Operand::Int(*number),
            Word::Float(number) => Operand::Float(*number),
            Word::Name(name) if matches!(name.as_str(), "true" | "false") => Operand::Bool(name == "true"),
            Word::Open => {
                if self.depth >= DEEPEST {
                    return bad(offset, format!("nested more than {DEEPEST} deep"));
                }
                self.depth += 1;
                let inner = self.commands(scope)?;
                self.depth -= 1;
                if self.peek() != Some(&Word::Close) {
                    return bad(offset, "this parenthesis is not closed");
                }
                self.at += 1;
                Operand::Pipeline(Box::new(inner), self.fields())
            }
            Word::Name(name) => {
                return bad(
                    offset,
                    format!("{name:?} cannot be given as a value: put it in parentheses"),
                );
            }
            Word::Close | Word::Pipe | Word::Declare | Word::Assign | Word::Space => {
                return bad(offset, "a value is missing before this");
            }
        };
        // What follows a value without white space belongs to nothing.
        match self.peek() {
            None | Some(Word::Space | Word::Pipe | Word::Close) => Ok(operand),
            Some(_) => bad(self.offset(), "white space is missing before this"),
        }
    }
}
