//! Which provider an activity names.

use serde_json::{Map, Value};

use crate::experiment::document::{Invalid, object, text};
use crate::experiment::provider::{Failed, NAMES, http, native, process};
use crate::experiment::world::World;

/// What carries an activity out.
#[derive(Debug, Clone)]
pub enum Provider {
    /// A request.
    Http(Map<String, Value>),
    /// A program.
    Process(Map<String, Value>),
    /// A function of ours, by name.
    Native(String, Map<String, Value>),
}

impl Provider {
    pub(in crate::experiment) fn read(value: &Value) -> Result<Self, Invalid> {
        let fields = object(value, "a provider")?;
        let needed = |name: &str| {
            text(fields, name)
                .filter(|found| !found.is_empty())
                .ok_or_else(|| Invalid(format!("its provider requires a {name}")))
        };
        match needed("type")? {
            "http" => {
                needed("url")?;
                if fields
                    .get("headers")
                    .is_some_and(|headers| !headers.is_object() && !headers.is_null())
                {
                    return Err(Invalid("headers have to be an object".to_owned()));
                }
                Ok(Self::Http(fields.clone()))
            }
            "process" => {
                needed("path")?;
                Ok(Self::Process(fields.clone()))
            }
            "native" => Self::native(needed("func")?, fields),
            "python" if text(fields, "module") == Some("backstop") => Self::native(needed("func")?, fields),
            "python" => Err(Invalid(format!(
                "it calls the Python function {}.{}, and there is no Python here: use http, process, or native with one of {}",
                text(fields, "module").unwrap_or("?"),
                text(fields, "func").unwrap_or("?"),
                NAMES.join(", ")
            ))),
            other => Err(Invalid(format!(
                "there is no provider '{other}': use http, process or native"
            ))),
        }
    }

    fn native(func: &str, fields: &Map<String, Value>) -> Result<Self, Invalid> {
        if NAMES.contains(&func) {
            Ok(Self::Native(func.to_owned(), fields.clone()))
        } else {
            Err(Invalid(format!(
                "there is no native function '{func}': use {}",
                NAMES.join(", ")
            )))
        }
    }

    /// Carries it out; `extra` is what a tolerance hands to its probe.
    pub(in crate::experiment) async fn run(
        &self,
        activity: &str,
        extra: Option<&Value>,
        world: &World,
    ) -> Result<Value, Failed> {
        let filled = |fields: &Map<String, Value>| {
            let mut fields = fields.clone();
            if let Some(extra) = extra {
                let arguments = fields
                    .entry("arguments")
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(arguments) = arguments {
                    arguments.insert("value".to_owned(), extra.clone());
                }
            }
            match world.fill(&Value::Object(fields)) {
                Value::Object(fields) => fields,
                _ => Map::new(),
            }
        };
        match self {
            Self::Http(fields) => http::run(&filled(fields)).await,
            Self::Process(fields) => process::run(&filled(fields)).await,
            Self::Native(func, fields) => {
                let fields = filled(fields);
                let arguments = fields.get("arguments").cloned().unwrap_or_default();
                native::run(func, activity, arguments, world).await
            }
        }
    }
}
