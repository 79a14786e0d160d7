//! The values of pipelines.

use super::call::Function;
use super::expand::Run;
use super::functions::call;
use super::tree::{Command, Operand, Pipeline};
use super::value::Value;

impl Run<'_> {
    pub(super) fn pipeline(&self, pipeline: &Pipeline) -> Result<Value, String> {
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
