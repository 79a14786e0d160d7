//! The words of one action: pipelines, commands and values.

use super::call::{Function, check, named};
use super::lex::{Token, Word};
use super::parse::{DEEPEST, Result, bad};
use super::scope::Scope;
use super::tree::{Assignment, Command, Operand, Pipeline};

/// The words of one action.
pub(super) struct Words<'w> {
    words: &'w [Token],
    at: usize,
    /// Where the action begins.
    offset: usize,
    depth: usize,
}

impl<'w> Words<'w> {
    pub(super) const fn new(words: &'w [Token], offset: usize) -> Self {
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
    pub(super) fn action(&mut self, scope: &mut Scope) -> Result<Pipeline> {
        let variable = self.assignment(scope)?;
        let mut pipeline = self.pipeline(scope)?;
        if let Some(variable) = variable.as_ref().filter(|variable| variable.declares) {
            scope.declare(&variable.name);
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
    pub(super) fn pipeline(&mut self, scope: &Scope) -> Result<Pipeline> {
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
        match self.peek() {
            Some(Word::Name(name)) if !matches!(name.as_str(), "true" | "false" | "nil") => {
                self.at += 1;
                let function = named(name).or_else(|reason| bad(offset, reason))?;
                return self.call(function, scope, piped, offset);
            }
            _ => {}
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

    /// The values of a function whose name began at `offset`.
    fn call(&mut self, function: Function, scope: &Scope, piped: bool, offset: usize) -> Result<Command> {
        let mut operands = Vec::new();
        self.skip_space();
        let place = if matches!(self.peek(), None | Some(Word::Pipe | Word::Close)) {
            offset
        } else {
            self.offset()
        };
        while !matches!(self.peek(), None | Some(Word::Pipe | Word::Close)) {
            operands.push(self.operand(scope)?);
            self.skip_space();
        }
        check(function, &mut operands, piped).or_else(|reason| bad(place, reason))?;
        Ok(Command::Call(function, operands))
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
