//! Configuration and secrets: values of the experiment, of the environment, and of the command line.

use base::config::Env;
use serde_json::{Map, Value};

use crate::experiment::document::{Experiment, Invalid};

/// What variables stand for.
#[derive(Debug, Clone, Default)]
pub struct Vars {
    /// By name; secrets after configuration, which wins.
    pub(super) values: Map<String, Value>,
    /// What is never to be written.
    pub(super) hidden: Vec<String>,
}

impl Vars {
    /// Looks everything up. `given` is what the command line says of
    /// configuration, as `NAME=VALUE` or `NAME:TYPE=VALUE`.
    ///
    /// # Errors
    /// When the environment lacks a variable, or a value is not of its type.
    pub fn load(experiment: &Experiment, given: &[String], env: &dyn Env) -> Result<Self, Invalid> {
        let mut vars = Self::default();
        for (name, value) in &experiment.secrets {
            vars.secret(name, value, env)?;
        }
        for (name, value) in &experiment.configuration {
            let value = match value.get("type").and_then(Value::as_str) {
                Some("env") => looked_up(name, value, env)?,
                Some("probe") => {
                    return Err(Invalid(format!(
                        "configuration {name} comes from a probe, which is not supported: give it by --var"
                    )));
                }
                _ => value.clone(),
            };
            vars.values.insert(name.clone(), value);
        }
        for pair in given {
            let split = pair.split_once('=');
            let (name, value) = split.ok_or_else(|| Invalid(format!("--var {pair} is not NAME=VALUE")))?;
            let (name, kind) = name
                .split_once(':')
                .map_or((name, None), |(name, kind)| (name, Some(kind)));
            vars.values.insert(name.to_owned(), typed(name, kind, value)?);
        }
        Ok(vars)
    }

    /// Secrets stand in groups; what is used is the name within the group.
    fn secret(&mut self, name: &str, value: &Value, env: &dyn Env) -> Result<(), Invalid> {
        match value {
            Value::Object(fields) => match fields.get("type").and_then(Value::as_str) {
                Some("env") => {
                    let value = looked_up(name, value, env)?;
                    self.hide(name, value);
                    Ok(())
                }
                Some("vault") => Err(Invalid(format!(
                    "secret {name} comes from a vault server, which is not supported: put it into the environment"
                ))),
                _ => fields
                    .iter()
                    .try_for_each(|(inner, value)| self.secret(inner, value, env)),
            },
            value => {
                self.hide(name, value.clone());
                Ok(())
            }
        }
    }

    fn hide(&mut self, name: &str, value: Value) {
        let text = match &value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if !text.is_empty() {
            self.hidden.push(text);
        }
        self.values.insert(name.to_owned(), value);
    }
}

fn looked_up(name: &str, value: &Value, env: &dyn Env) -> Result<Value, Invalid> {
    let key = value.get("key").and_then(Value::as_str);
    let key = key.ok_or_else(|| Invalid(format!("{name} is of the environment and names no key")))?;
    let kind = value.get("env_var_type").and_then(Value::as_str);
    match (env.get(key), value.get("default")) {
        (Some(text), _) => typed(name, kind, &text),
        (None, Some(Value::String(text))) => typed(name, kind, text),
        (None, Some(other)) => Ok(other.clone()),
        (None, None) => Err(Invalid(format!(
            "{name} is of the environment, which has no variable {key}"
        ))),
    }
}

/// The text itself is never part of a message: it may be a secret.
fn typed(name: &str, kind: Option<&str>, text: &str) -> Result<Value, Invalid> {
    let wrong = |what: &str| Invalid(format!("the value of {name} is not {what}"));
    match kind {
        None | Some("str" | "string" | "bytes") => Ok(Value::from(text)),
        Some("int" | "integer") => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| wrong("a whole number")),
        Some("float" | "number") => text
            .trim()
            .parse::<f64>()
            .map(Value::from)
            .map_err(|_| wrong("a number")),
        Some("bool") => Ok(Value::from(
            !["false", "0", "no"].contains(&text.to_lowercase().as_str()),
        )),
        Some("json") => serde_json::from_str(text).map_err(|_| wrong("JSON")),
        Some(other) => Err(Invalid(format!("{name} is of no type '{other}'"))),
    }
}

#[cfg(test)]
mod tests {
    use base::config::MapEnv;
    use serde_json::json;

    use super::*;

    fn experiment(configuration: &Value, secrets: &Value) -> Experiment {
        Experiment::read(json!({ "title": "t", "description": "d", "method": [],
            "configuration": configuration, "secrets": secrets }))
        .unwrap()
    }

    #[test]
    fn values_come_from_the_environment_with_their_type_and_the_command_line_wins() {
        let env = MapEnv(
            [
                ("PORT".to_owned(), "8080".to_owned()),
                ("TOKEN".to_owned(), "hush".to_owned()),
            ]
            .into(),
        );
        let configuration = json!({
            "plain": "x",
            "port": { "type": "env", "key": "PORT", "env_var_type": "int" },
            "host": { "type": "env", "key": "NONE", "default": "localhost" },
            "given": "before",
        });
        let secrets = json!({ "group": { "token": { "type": "env", "key": "TOKEN" }, "pin": 1234 } });
        let given = ["given=after", "counted:int=3"].map(str::to_owned);
        let vars = Vars::load(&experiment(&configuration, &secrets), &given, &env).unwrap();
        assert_eq!(vars.values["port"], json!(8080));
        assert_eq!(vars.values["host"], json!("localhost"));
        assert_eq!(vars.values["given"], json!("after"));
        assert_eq!(vars.values["counted"], json!(3));
        assert_eq!(vars.values["token"], json!("hush"));
        let mut hidden = vars.hidden;
        hidden.sort();
        assert_eq!(hidden, ["1234", "hush"]);
    }

    #[test]
    fn what_the_environment_lacks_is_named_and_what_it_has_is_not_shown() {
        let env = MapEnv([("PORT".to_owned(), "secret text".to_owned())].into());
        let missing = json!({ "a": { "type": "env", "key": "NONE" } });
        let error = Vars::load(&experiment(&missing, &json!({})), &[], &env).unwrap_err();
        assert!(error.to_string().contains("NONE"), "{error}");
        let wrong = json!({ "a": { "type": "env", "key": "PORT", "env_var_type": "int" } });
        let error = Vars::load(&experiment(&wrong, &json!({})), &[], &env).unwrap_err();
        assert!(!error.to_string().contains("secret text"), "{error}");
    }
}
