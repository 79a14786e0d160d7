//! What an experiment says, read so far that only what happens while it runs can go wrong.

use serde_json::{Map, Value};

use crate::experiment::provider::Provider;
use crate::experiment::tolerance::Tolerance;

/// Why a document is no experiment that can be run here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// A whole experiment.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// As it was read.
    pub raw: Value,
    /// What it is about.
    pub title: String,
    /// Named values.
    pub configuration: Map<String, Value>,
    /// Named values that are never shown.
    pub secrets: Map<String, Value>,
    /// What should hold.
    pub hypothesis: Option<Hypothesis>,
    /// What is done.
    pub method: Vec<Activity>,
    /// What is done at the end.
    pub rollbacks: Vec<Activity>,
}

/// The steady-state hypothesis.
#[derive(Debug, Clone)]
pub struct Hypothesis {
    /// What it claims.
    pub title: String,
    /// How it is tested; each has a tolerance.
    pub probes: Vec<Activity>,
}

/// A probe or an action.
#[derive(Debug, Clone)]
pub struct Activity {
    /// As it was read.
    pub raw: Value,
    /// Its name.
    pub name: String,
    /// `probe` or `action`.
    pub kind: String,
    /// What carries it out.
    pub provider: Provider,
    /// What a probe may return.
    pub tolerance: Option<Tolerance>,
    /// Seconds to wait before, or a variable.
    pub before: Value,
    /// Seconds to wait after, or a variable.
    pub after: Value,
    /// Whether the next one does not wait for it.
    pub background: bool,
}

impl Experiment {
    /// Reads one. Everything that can be known before it runs is checked.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(raw: Value) -> Result<Self, Invalid> {
        let whole = object(&raw, "an experiment")?;
        for name in ["title", "description"] {
            if text(whole, name).is_none_or(str::is_empty) {
                return Err(Invalid(format!("an experiment requires a {name}")));
            }
        }
        if whole.contains_key("controls") {
            return Err(Invalid(
                "controls run Python around activities, and there is none here".to_owned(),
            ));
        }
        let named = Named::collect(whole);
        let list = |name: &str| -> Result<Vec<Activity>, Invalid> {
            match whole.get(name) {
                None | Some(Value::Null) => Ok(Vec::new()),
                Some(Value::Array(items)) => named.activities(items, name, false),
                Some(_) => Err(Invalid(format!("{name} has to be a list of activities"))),
            }
        };
        if !whole.contains_key("method") {
            return Err(Invalid(
                "an experiment requires a method, which may be empty".to_owned(),
            ));
        }
        let map = |name: &str| -> Result<Map<String, Value>, Invalid> {
            whole
                .get(name)
                .map_or(Ok(Map::new()), |value| object(value, name).cloned())
        };
        Ok(Self {
            title: text(whole, "title").unwrap_or_default().to_owned(),
            configuration: map("configuration")?,
            secrets: map("secrets")?,
            hypothesis: named.hypothesis(whole.get("steady-state-hypothesis"))?,
            method: list("method")?,
            rollbacks: list("rollbacks")?,
            raw,
        })
    }

    /// All activities, for whoever has to know what may happen.
    pub fn activities(&self) -> impl Iterator<Item = &Activity> {
        let probes = self.hypothesis.iter().flat_map(|hypothesis| &hypothesis.probes);
        probes.chain(&self.method).chain(&self.rollbacks)
    }
}

/// The activities that others may refer to by name.
struct Named(Map<String, Value>);

impl Named {
    fn collect(whole: &Map<String, Value>) -> Self {
        let probes = whole
            .get("steady-state-hypothesis")
            .and_then(|hypothesis| hypothesis.get("probes"));
        let lists = [probes, whole.get("method"), whole.get("rollbacks")];
        let all = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
        Self(
            all.filter_map(|activity| Some((activity.get("name")?.as_str()?.to_owned(), activity.clone())))
                .collect(),
        )
    }

    fn hypothesis(&self, found: Option<&Value>) -> Result<Option<Hypothesis>, Invalid> {
        let Some(found) = found.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let found = object(found, "steady-state-hypothesis")?;
        let title = text(found, "title").filter(|title| !title.is_empty());
        let title = title.ok_or_else(|| Invalid("a hypothesis requires a title".to_owned()))?;
        let probes = match found.get("probes") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(probes)) => self.activities(probes, "steady-state-hypothesis.probes", true)?,
            Some(_) => return Err(Invalid("probes have to be a list".to_owned())),
        };
        Ok(Some(Hypothesis {
            title: title.to_owned(),
            probes,
        }))
    }

    fn activities(&self, items: &[Value], list: &str, tolerances: bool) -> Result<Vec<Activity>, Invalid> {
        let numbered = items.iter().enumerate();
        numbered
            .map(|(at, item)| {
                let place = |why: Invalid| Invalid(format!("{list}[{at}]: {why}"));
                let activity = Activity::read(self.meant(item).map_err(place)?).map_err(place)?;
                if tolerances && activity.tolerance.is_none() {
                    return Err(place(Invalid(format!(
                        "probe '{}' of a hypothesis requires a tolerance",
                        activity.name
                    ))));
                }
                Ok(activity)
            })
            .collect()
    }

    fn meant<'a>(&'a self, item: &'a Value) -> Result<&'a Value, Invalid> {
        match item.get("ref") {
            None => Ok(item),
            Some(Value::String(name)) => self
                .0
                .get(name)
                .ok_or_else(|| Invalid(format!("there is no activity '{name}' to refer to"))),
            Some(_) => Err(Invalid("a ref has to be a name".to_owned())),
        }
    }
}

impl Activity {
    pub(super) fn read(raw: &Value) -> Result<Self, Invalid> {
        let fields = object(raw, "an activity")?;
        let name = text(fields, "name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Invalid("an activity must have a name".to_owned()))?;
        let about = |why: Invalid| Invalid(format!("'{name}': {why}"));
        let kind = text(fields, "type").filter(|kind| matches!(*kind, "probe" | "action"));
        let kind = kind.ok_or_else(|| about(Invalid("its type has to be probe or action".to_owned())))?;
        let provider = fields.get("provider").unwrap_or(&Value::Null);
        let pauses = fields.get("pauses").unwrap_or(&Value::Null);
        let pause = |which: &str| -> Result<Value, Invalid> {
            let value = pauses.get(which).cloned().unwrap_or(Value::Null);
            match &value {
                Value::Null | Value::Number(_) => Ok(value),
                Value::String(text) if text.starts_with("${") && text.ends_with('}') => Ok(value),
                _ => Err(about(Invalid(format!(
                    "the pause {which} has to be a number of seconds or a variable"
                )))),
            }
        };
        let background = match fields.get("background") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => return Err(about(Invalid("background has to be true or false".to_owned()))),
        };
        let tolerance = fields.get("tolerance").filter(|value| !value.is_null());
        Ok(Self {
            raw: raw.clone(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            provider: Provider::read(provider).map_err(about)?,
            tolerance: tolerance.map(Tolerance::read).transpose().map_err(about)?,
            before: pause("before")?,
            after: pause("after")?,
            background,
        })
    }
}

pub(super) fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, Invalid> {
    value
        .as_object()
        .ok_or_else(|| Invalid(format!("{what} has to be an object")))
}

pub(super) fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}
