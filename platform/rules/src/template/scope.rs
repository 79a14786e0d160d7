//! What is known at load of the variables and fields that a template names.

/// The fields of an alert's data, and the variables that stand for them.
pub(crate) const ROOT: [(&str, &str); 4] = [
    ("Labels", "labels"),
    ("Value", "value"),
    ("ExternalLabels", "externalLabels"),
    ("ExternalURL", "externalURL"),
];

/// The variables that are declared at a place, and what `.` is there.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    variables: Vec<String>,
    /// Whether `.` is an alert's data; otherwise it is a sample or any other value.
    pub(crate) dot_is_root: bool,
}

impl Scope {
    pub(crate) fn new() -> Self {
        let variables = ROOT
            .iter()
            .map(|(_, variable)| (*variable).to_owned())
            .chain([String::new()])
            .collect();
        Self {
            variables,
            dot_is_root: true,
        }
    }

    pub(crate) fn declare(&mut self, name: &str) {
        self.variables.push(name.to_owned());
    }

    /// Whether the variable is there and has the fields.
    pub(crate) fn variable(&self, name: &str, fields: &[String]) -> Result<(), String> {
        if !self.variables.iter().any(|each| each == name) {
            return Err(format!("the variable ${name} is not declared here"));
        }
        if name.is_empty() {
            Self::root(fields)
        } else {
            Ok(())
        }
    }

    /// Whether `.` has the fields.
    pub(crate) fn dot(&self, fields: &[String]) -> Result<(), String> {
        if self.dot_is_root {
            Self::root(fields)
        } else {
            Ok(())
        }
    }

    fn root(fields: &[String]) -> Result<(), String> {
        match fields.first() {
            Some(first) if ROOT.iter().any(|(field, _)| field == first) => Ok(()),
            Some(first) => Err(format!(
                "an alert's data has no .{first}: it has .Labels, .Value, .ExternalLabels and .ExternalURL"
            )),
            None => {
                Err("all of an alert's data is no value: name a field of it, such as .Labels.job".to_owned())
            }
        }
    }
}
