//! Reads what is sent as Go's decoder does: the first JSON value, keys in any case, unknown ones ignored, `null` as if
//! it were not there.

use serde_json::{Map, Value};

use crate::proxy::api::problem::Problem;
use crate::proxy::server::Settings;
use crate::proxy::toxic::{EXPIRES, KINDS, Kind, Stream, Toxic};

/// Longest name of a proxy or toxic, in bytes: it stands in paths and labels.
const LONGEST: usize = 256;

/// The fields of an object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        match first(body)? {
            Value::Object(fields) => Ok(Self(fields)),
            // Go decodes it into nothing.
            Value::Null => Ok(Self(Map::new())),
            other => Err(wrong("an object", &other)),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let exact = self.0.get(name);
        let any_case = || {
            let mut fields = self.0.iter();
            fields
                .find(|(field, _)| field.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        exact.or_else(any_case).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(Problem::bad_body(&format!(
                "{name} is longer than {LONGEST} bytes"
            ))),
            Some(other) => Err(wrong(&format!("a string for {name}"), other)),
        }
    }

    fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(wrong(&format!("true or false for {name}"), other)),
        }
    }

    fn share(&self, name: &str) -> Result<Option<f32>, Problem> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let share = value
            .as_number()
            .and_then(|number| number.to_string().parse().ok());
        share
            .map(Some)
            .ok_or_else(|| wrong(&format!("a number for {name}"), value))
    }

    fn object(&self, name: &str) -> Result<Self, Problem> {
        match self.get(name) {
            None => Ok(Self(Map::new())),
            Some(Value::Object(fields)) => Ok(Self(fields.clone())),
            Some(other) => Err(wrong(&format!("an object for {name}"), other)),
        }
    }

    fn whole(&self, name: &str) -> Result<Option<i64>, Problem> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        value
            .as_i64()
            .map(Some)
            .ok_or_else(|| wrong(&format!("a whole number for {name}"), value))
    }

    /// What a proxy becomes; what is not named stays as it was.
    pub(super) fn settings(&self, before: Settings) -> Result<Settings, Problem> {
        Ok(Settings {
            name: self.text("name")?.unwrap_or(before.name),
            listen: self.text("listen")?.unwrap_or(before.listen),
            upstream: self.text("upstream")?.unwrap_or(before.upstream),
            enabled: self.flag("enabled")?.unwrap_or(before.enabled),
        })
    }

    /// A toxic that is to be added.
    pub(super) fn toxic(&self) -> Result<Toxic, Problem> {
        let kind = self.text("type")?.unwrap_or_default();
        let stream = self.text("stream")?.unwrap_or_else(|| "downstream".to_owned());
        let toxicity = self.share("toxicity")?.unwrap_or(1.0);
        let name = self.text("name")?.filter(|name| !name.is_empty());
        let attributes = self.object("attributes")?;
        let name = name.unwrap_or_else(|| format!("{kind}_{stream}"));
        let stream = Stream::parse(&stream).ok_or_else(Problem::stream)?;
        let kind = attributes.kind(&kind, &Map::new())?.ok_or_else(Problem::kind)?;
        Ok(Toxic {
            name,
            stream,
            toxicity,
            kind,
            expires_in_ms: attributes.whole(EXPIRES)?.unwrap_or(0),
        })
    }

    /// Changes a toxic's attributes and toxicity, which is all that can be changed.
    pub(super) fn change(&self, toxic: &mut Toxic) -> Result<(), Problem> {
        let attributes = self.object("attributes")?;
        let changed = attributes.kind(toxic.kind.name(), &toxic.kind.attributes())?;
        toxic.kind = changed.ok_or_else(Problem::kind)?;
        toxic.toxicity = self.share("toxicity")?.unwrap_or(toxic.toxicity);
        toxic.expires_in_ms = attributes.whole(EXPIRES)?.unwrap_or(toxic.expires_in_ms);
        Ok(())
    }

    /// The kind of this name with these attributes; what is not named is as before.
    fn kind(&self, name: &str, before: &Map<String, Value>) -> Result<Option<Kind>, Problem> {
        let known = KINDS
            .iter()
            .find(|(kind, _)| *kind == name)
            .map_or(&[][..], |(_, names)| names);
        let mut values = before.clone();
        for attribute in known {
            if let Some(value) = self.whole(attribute)? {
                values.insert((*attribute).to_owned(), value.into());
            }
        }
        Ok(Kind::of(name, |attribute| {
            values.get(attribute).and_then(Value::as_i64).unwrap_or(0)
        }))
    }
}

/// The proxies of a list, all of them valid.
pub(super) fn list(body: &[u8]) -> Result<Vec<Settings>, Problem> {
    let Value::Array(proxies) = first(body)? else {
        return Err(Problem::bad_body("a list of proxies is needed"));
    };
    let numbered = proxies.into_iter().zip(1..);
    numbered
        .map(|(proxy, number): (Value, u32)| {
            let fields = match proxy {
                Value::Object(fields) => Fields(fields),
                other => return Err(wrong("an object", &other)),
            };
            let settings = fields.settings(fresh())?;
            for (name, value) in [("name", &settings.name), ("upstream", &settings.upstream)] {
                if value.is_empty() {
                    return Err(Problem::missing(&format!("{name} at proxy {number}")));
                }
            }
            Ok(settings)
        })
        .collect()
}

/// A proxy of which nothing was said: it is enabled.
pub(super) fn fresh() -> Settings {
    Settings {
        name: String::new(),
        listen: String::new(),
        upstream: String::new(),
        enabled: true,
    }
}

fn first(body: &[u8]) -> Result<Value, Problem> {
    match serde_json::Deserializer::from_slice(body).into_iter().next() {
        None => Err(Problem::bad_body("EOF")),
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(Problem::bad_body(&error.to_string())),
    }
}

fn wrong(needed: &str, found: &Value) -> Problem {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Problem::bad_body(&format!("{needed} is needed, not {found}"))
}
