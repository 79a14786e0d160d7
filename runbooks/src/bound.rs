//! A plan with its values: what is run, and what an approval is for.

use std::collections::BTreeMap;
use std::sync::Arc;

use saga::{Effect, OnFailure, Output};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::digest::{self, DigestError};
use crate::parameter::{Kind, ValueError, Values};
use crate::plan::{Failing, Look, Plan, Step, Undo};
use crate::template::{Part, Template, parts};

/// Why a plan and values are no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// A value.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// No digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// What is kept with the run cannot be read, or is of another form.
    #[error("the run was begun by another version of this program")]
    Context,
    /// The steps are none of a saga.
    #[error("the plan cannot be run: {0}")]
    Plan(#[from] saga::plan::PlanError),
}

/// A plan with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The plan.
    pub plan: Plan,
    /// The values of its parameters.
    pub values: Values,
    /// Who begins it.
    pub by: String,
}

impl Bound {
    /// Checks the values.
    ///
    /// # Errors
    /// [`BindError::Value`].
    pub fn new(plan: Plan, given: &BTreeMap<String, String>, by: &str) -> Result<Self, BindError> {
        let values = Values::of(&plan.parameters, given)?;
        let by = by.to_owned();
        Ok(Self { plan, values, by })
    }

    /// As it is kept with a run: all that a resumption needs, whatever has become of the page since.
    #[must_use]
    pub fn context(&self) -> Value {
        json!(self)
    }

    /// Reads what was kept, and checks the values again.
    ///
    /// # Errors
    /// [`BindError::Context`].
    pub fn of_context(context: &str) -> Result<Self, BindError> {
        let kept: Self = serde_json::from_str(context).map_err(|_| BindError::Context)?;
        if kept.plan.format != crate::plan::FORMAT {
            return Err(BindError::Context);
        }
        let again = Values::of(&kept.plan.parameters, kept.values.all());
        match again {
            Ok(values) if values == kept.values => Ok(kept),
            _ => Err(BindError::Context),
        }
    }

    /// The digest of plan and parameters together: what a run is bound to.
    ///
    /// # Errors
    /// Never for a compiled plan.
    pub fn digest(&self) -> Result<String, DigestError> {
        digest::of(&json!({ "plan": self.plan.hash()?, "parameters": self.values }))
    }

    /// What an approval is bound to: this step of this run, with this plan and these parameters.
    ///
    /// # Errors
    /// Never for a compiled plan.
    pub fn approval_digest(&self, run: &str, step: &str) -> Result<String, DigestError> {
        digest::of(&json!({ "run": run, "step": step, "bound": self.digest()? }))
    }

    /// The steps as a saga has them.
    ///
    /// # Errors
    /// Never for a compiled plan.
    pub fn saga(&self) -> Result<Arc<saga::Plan>, BindError> {
        let steps = self.plan.steps.iter().map(saga_step).collect();
        Ok(Arc::new(saga::Plan::new(&self.digest()?, steps)?))
    }

    /// One step.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.plan.steps.iter().find(|step| step.id == id)
    }

    /// A word of a command, or an expression: each value as it is.
    pub(crate) fn plain(&self, text: &Template) -> String {
        filled(text, |name| self.values.get(name).to_owned())
    }

    /// The words of a command.
    pub(crate) fn words(&self, argv: &[Template]) -> Vec<String> {
        argv.iter().map(|word| self.plain(word)).collect()
    }

    /// An address: one of type url as it is, all others with what is special in an address taken from them.
    pub(crate) fn address(&self, url: &Template) -> String {
        filled(url, |name| {
            let value = self.values.get(name);
            let is_url = |parameter: &&crate::parameter::Parameter| {
                parameter.name == name && parameter.kind == Kind::Url
            };
            match self.plan.parameters.iter().find(is_url) {
                Some(_) => value.trim_end_matches('/').to_owned(),
                None => encoded(value),
            }
        })
    }

    /// A body: values stand within its texts; a text that is nothing but a whole number's name becomes a number.
    pub(crate) fn body(&self, body: &Value) -> Value {
        match body {
            Value::String(text) => self.member(text),
            Value::Array(items) => items.iter().map(|item| self.body(item)).collect(),
            Value::Object(members) => {
                let each = members
                    .iter()
                    .map(|(name, member)| (name.clone(), self.body(member)));
                Value::Object(each.collect())
            }
            other => other.clone(),
        }
    }

    fn member(&self, text: &str) -> Value {
        if let [Part::Name(name, _)] = parts(text).as_slice()
            && let Some(parameter) = self
                .plan
                .parameters
                .iter()
                .find(|parameter| parameter.name == *name)
            && matches!(parameter.kind, Kind::Integer { .. })
            && let Ok(number) = self.values.get(name).parse::<i64>()
        {
            return json!(number);
        }
        json!(self.plain(&Template(text.to_owned())))
    }

    /// A text for people, with what earlier steps answered.
    pub(crate) fn text(&self, text: &Template, outputs: &BTreeMap<String, Output>) -> String {
        filled(text, |name| match name.strip_prefix("steps.") {
            None => self.values.get(name).to_owned(),
            Some(path) => {
                let (step, member) = path.split_once('.').unwrap_or((path, ""));
                let value = outputs.get(step).and_then(|output| output.value().get(member));
                // The same as in a reader's eyes: a text without its quotes.
                match value {
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                    None => "?".to_owned(),
                }
            }
        })
    }
}

fn filled(text: &Template, mut value: impl FnMut(&str) -> String) -> String {
    let Ok(text) = text.fill(|name| Ok::<_, std::convert::Infallible>(value(name)));
    text
}

fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn saga_step(step: &Step) -> saga::Step {
    let effect = |idempotent: bool, verify: &Option<Look>| Effect {
        idempotent,
        verifies: verify.is_some(),
    };
    let asks = matches!(step.does.kind(), "wait-until" | "human" | "approval");
    saga::Step {
        act: effect(step.idempotent, &step.verify),
        undo: match &step.undo {
            Undo::Nothing { .. } => saga::Undo::Nothing,
            Undo::Never { why } => saga::Undo::Never(why.clone()),
            Undo::Block {
                idempotent, verify, ..
            } => saga::Undo::By(effect(*idempotent, verify)),
        },
        on_failure: match step.on_failure {
            Failing::Ask => OnFailure::Ask,
            Failing::Undo => OnFailure::Undo,
        },
        // To look or to ask once more does no harm, however often whoever asked has died meanwhile.
        attempts: if asks { u32::MAX } else { saga::plan::ATTEMPTS },
        ..saga::Step::new(&step.id)
    }
}
