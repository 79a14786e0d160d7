//! Running a template.

use promql::Labels;

use super::BadTemplate;
use super::call::Function;
use super::functions::{Ask, call};
use super::parse::parse;
use super::tree::{Command, Operand, Part, Pipeline};
use super::value::Value;

/// What becomes of a template is a page's text; a longer one comes of a query that finds thousands.
const LONGEST: usize = 64 << 10;

/// A template of the subset.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

/// What a template is about.
pub struct Data<'a> {
    /// Of the series, its name among them.
    pub labels: &'a Labels,
    /// Of the series.
    pub value: f64,
    /// Of the whole installation.
    pub external_labels: &'a Labels,
    /// Where the installation is reached from outside.
    pub external_url: &'a str,
    /// Answers the queries of a template, at the time of the evaluation.
    pub ask: &'a dyn Fn(&str) -> Result<Vec<(Labels, f64)>, String>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The first character that does not fit.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        parse(text).map(|parts| Self { parts })
    }

    /// Its text if nothing of it depends on anything.
    #[must_use]
    pub fn constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Its text without its actions.
    #[must_use]
    pub fn literal(&self) -> String {
        fn collect(parts: &[Part], text: &mut String) {
            for part in parts {
                match part {
                    Part::Text(more) => text.push_str(more),
                    Part::Action(_) => {}
                    Part::If(branches, otherwise) => {
                        branches.iter().for_each(|(_, parts)| collect(parts, text));
                        collect(otherwise, text);
                    }
                    Part::With(_, parts, otherwise) | Part::Range(_, parts, otherwise) => {
                        collect(parts, text);
                        collect(otherwise, text);
                    }
                }
            }
        }
        let mut text = String::new();
        collect(&self.parts, &mut text);
        text
    }

    /// The text that becomes of it.
    ///
    /// # Errors
    /// A value that has not the type that is needed, a query that fails, more than 64 KiB of text.
    pub fn expand(&self, data: &Data<'_>) -> Result<String, String> {
        if let Some(text) = self.constant() {
            return Ok(text.to_owned());
        }
        let mut run = Run {
            data,
            ask: data.ask,
            variables: Vec::new(),
            dot: None,
            written: String::new(),
        };
        run.parts(&self.parts)?;
        Ok(run.written)
    }
}

struct Run<'a> {
    data: &'a Data<'a>,
    ask: Ask<'a>,
    variables: Vec<(String, Value)>,
    /// `.`, unless it is all of the data.
    dot: Option<Value>,
    written: String,
}

impl Run<'_> {
    fn parts(&mut self, parts: &[Part]) -> Result<(), String> {
        parts.iter().try_for_each(|part| self.part(part))
    }

    fn part(&mut self, part: &Part) -> Result<(), String> {
        match part {
            Part::Text(text) => self.write(text),
            Part::Action(pipeline) => {
                let value = self.pipeline(pipeline)?;
                match &pipeline.variable {
                    None => self.write(&value.written()?),
                    Some(variable) => {
                        let known = self
                            .variables
                            .iter_mut()
                            .rev()
                            .find(|(name, _)| *name == variable.name);
                        match known.filter(|_| !variable.declares) {
                            Some((_, held)) => *held = value,
                            None => self.variables.push((variable.name.clone(), value)),
                        }
                        Ok(())
                    }
                }
            }
            Part::If(branches, otherwise) => {
                for (condition, parts) in branches {
                    if self.pipeline(condition)?.holds() {
                        return self.block(None, parts);
                    }
                }
                self.block(None, otherwise)
            }
            Part::With(pipeline, parts, otherwise) => {
                let value = self.pipeline(pipeline)?;
                if value.holds() {
                    self.block(Some(value), parts)
                } else {
                    self.block(None, otherwise)
                }
            }
            Part::Range(pipeline, parts, otherwise) => self.range(pipeline, parts, otherwise),
        }
    }

    fn range(&mut self, pipeline: &Pipeline, parts: &[Part], otherwise: &[Part]) -> Result<(), String> {
        let each: Vec<Value> = match self.pipeline(pipeline)? {
            Value::Samples(samples) => samples
                .into_iter()
                .map(|(labels, value)| Value::Sample(labels, value))
                .collect(),
            Value::Map(labels) => labels
                .iter()
                .map(|(_, value)| Value::Text(value.to_owned()))
                .collect(),
            other => return Err(format!("range can't iterate over {}", other.type_name())),
        };
        if each.is_empty() {
            return self.block(None, otherwise);
        }
        each.into_iter()
            .try_for_each(|value| self.block(Some(value), parts))
    }

    /// Variables that are declared in a block end with it, and so does its `.`.
    fn block(&mut self, dot: Option<Value>, parts: &[Part]) -> Result<(), String> {
        let known = self.variables.len();
        let before = self.dot.clone();
        if dot.is_some() {
            self.dot = dot;
        }
        let done = self.parts(parts);
        self.variables.truncate(known);
        self.dot = before;
        done
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        if self.written.len() + text.len() > LONGEST {
            return Err(format!("more than {LONGEST} bytes of text"));
        }
        self.written.push_str(text);
        Ok(())
    }

    fn pipeline(&self, pipeline: &Pipeline) -> Result<Value, String> {
        let mut piped: Option<Value> = None;
        for command in &pipeline.commands {
            piped = Some(match command {
                Command::Operand(operand) => self.operand(operand)?,
                Command::Call(function, operands) => self.call(*function, operands, piped)?,
            });
        }
        piped.ok_or_else(|| "a value is missing".to_owned())
    }

    fn call(&self, function: Function, operands: &[Operand], piped: Option<Value>) -> Result<Value, String> {
        if matches!(function, Function::And | Function::Or) {
            return self.short(function, operands, piped);
        }
        if let Some((Operand::Pattern(pattern), rest)) = operands.split_first() {
            let rest = self.operands(rest, piped)?;
            let text = |at: usize| {
                rest.get(at)
                    .ok_or_else(|| "a value is missing".to_owned())
                    .and_then(Value::text)
            };
            return match function {
                Function::Match => Ok(Value::Bool(pattern.is_match(text(0)?))),
                _ => Ok(Value::Text(pattern.replace_all(text(1)?, text(0)?).into_owned())),
            };
        }
        call(function, &self.operands(operands, piped)?, self.ask)
            .map_err(|reason| format!("error calling {function:?}: {reason}"))
    }

    fn operands(&self, operands: &[Operand], piped: Option<Value>) -> Result<Vec<Value>, String> {
        let mut values: Vec<Value> = operands
            .iter()
            .map(|operand| self.operand(operand))
            .collect::<Result<_, _>>()?;
        values.extend(piped);
        Ok(values)
    }

    /// The first value that decides; those after it are not computed.
    fn short(&self, function: Function, operands: &[Operand], piped: Option<Value>) -> Result<Value, String> {
        let mut last = None;
        for operand in operands {
            let value = self.operand(operand)?;
            if value.holds() == (function == Function::Or) {
                return Ok(value);
            }
            last = Some(value);
        }
        piped.or(last).ok_or_else(|| "a value is missing".to_owned())
    }

    fn operand(&self, operand: &Operand) -> Result<Value, String> {
        match operand {
            Operand::Dot(fields) => match &self.dot {
                Some(value) => walk(value.clone(), fields),
                None => self.root(fields),
            },
            Operand::Variable(name, fields) => self.variable(name, fields),
            Operand::Text(text) => Ok(Value::Text(text.clone())),
            Operand::Pattern(pattern) => Ok(Value::Text(pattern.as_str().to_owned())),
            Operand::Int(number) => Ok(Value::Int(*number)),
            Operand::Float(number) => Ok(Value::Float(*number)),
            Operand::Bool(truth) => Ok(Value::Bool(*truth)),
            Operand::Pipeline(pipeline, fields) => walk(self.pipeline(pipeline)?, fields),
        }
    }

    fn variable(&self, name: &str, fields: &[String]) -> Result<Value, String> {
        if name.is_empty() {
            return self.root(fields);
        }
        if let Some((_, value)) = self.variables.iter().rev().find(|(each, _)| each == name) {
            return walk(value.clone(), fields);
        }
        let found = super::scope::ROOT.iter().find(|(_, variable)| *variable == name);
        let (field, _) = found.ok_or_else(|| format!("undefined variable: ${name}"))?;
        walk(self.field(field)?, fields)
    }

    fn root(&self, fields: &[String]) -> Result<Value, String> {
        let (first, rest) = fields.split_first().ok_or("all of the data is no value")?;
        walk(self.field(first)?, rest)
    }

    fn field(&self, name: &str) -> Result<Value, String> {
        Ok(match name {
            "Labels" => Value::Map(self.data.labels.clone()),
            "Value" => Value::Float(self.data.value),
            "ExternalLabels" => Value::Map(self.data.external_labels.clone()),
            "ExternalURL" => Value::Text(self.data.external_url.to_owned()),
            _ => return Err(format!("can't evaluate field {name}")),
        })
    }
}

fn walk(value: Value, fields: &[String]) -> Result<Value, String> {
    fields.iter().try_fold(value, |value, field| value.field(field))
}
