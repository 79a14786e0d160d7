//! Running a template.

use promql::Labels;

use super::BadTemplate;
use super::functions::Ask;
use super::parse::parse;
use super::tree::{Part, Pipeline};
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
    pub ask: Ask<'a>,
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

/// A run of a template.
pub(super) struct Run<'a> {
    pub(super) data: &'a Data<'a>,
    pub(super) ask: Ask<'a>,
    pub(super) variables: Vec<(String, Value)>,
    /// `.`, unless it is all of the data.
    pub(super) dot: Option<Value>,
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
        // Moved, not copied: it may be all that a query found, and this a round of a loop over it.
        let before = dot.map(|dot| self.dot.replace(dot));
        let done = self.parts(parts);
        self.variables.truncate(known);
        if let Some(before) = before {
            self.dot = before;
        }
        done
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        if self.written.len() + text.len() > LONGEST {
            return Err(format!("more than {LONGEST} bytes of text"));
        }
        self.written.push_str(text);
        Ok(())
    }
}
