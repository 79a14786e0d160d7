//! What a template computes with.

use promql::Labels;

use super::number;

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Labels by name; one that is not there is the empty text.
    Map(Labels),
    /// What a query found.
    Samples(Vec<(Labels, f64)>),
    Sample(Labels, f64),
}

impl Value {
    /// As Go calls its type.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Bool(_) => "bool",
            Self::Map(_) => "map[string]string",
            Self::Samples(_) => "template.queryResult",
            Self::Sample(..) => "*template.sample",
        }
    }

    /// What `if` goes by: whether it is not empty.
    pub(crate) fn holds(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Bool(truth) => *truth,
            Self::Map(labels) => !labels.is_empty(),
            Self::Samples(samples) => !samples.is_empty(),
            Self::Sample(..) => true,
        }
    }

    /// As an action writes it.
    pub(crate) fn written(&self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Int(number) => Ok(number.to_string()),
            Self::Float(value) => Ok(number::shortest(*value)),
            Self::Bool(truth) => Ok(truth.to_string()),
            Self::Map(labels) => {
                let pairs: Vec<String> = labels
                    .iter()
                    .map(|(name, value)| format!("{name}:{value}"))
                    .collect();
                Ok(format!("map[{}]", pairs.join(" ")))
            }
            Self::Samples(_) | Self::Sample(..) => {
                Err("samples cannot be written: use first, value or label".to_owned())
            }
        }
    }

    /// A field of it.
    pub(crate) fn field(&self, name: &str) -> Result<Self, String> {
        match (self, name) {
            (Self::Map(labels), _) => Ok(Self::Text(labels.get(name).to_owned())),
            (Self::Sample(labels, _), "Labels") => Ok(Self::Map(labels.clone())),
            (Self::Sample(_, value), "Value") => Ok(Self::Float(*value)),
            _ => Err(format!(
                "can't evaluate field {name} in type {}",
                self.type_name()
            )),
        }
    }

    /// Where a function wants a text.
    pub(crate) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(format!(
                "wrong type for value; expected string; got {}",
                self.type_name()
            )),
        }
    }

    /// Where a function takes texts for numbers, too.
    pub(crate) fn number(&self) -> Result<f64, String> {
        match self {
            Self::Float(number) => Ok(*number),
            Self::Int(number) => Ok(*number as f64),
            Self::Text(text) => text
                .parse()
                .map_err(|_| format!("parsing {text:?}: invalid syntax")),
            _ => Err(format!("can't convert {} to float", self.type_name())),
        }
    }
}
