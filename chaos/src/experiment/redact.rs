//! Keeps secrets out of what is written, as they are and as they stand in addresses.

use serde_json::Value;

const MASK: &str = "***";
/// A shorter one is masked where it is a whole text only: it would tear other words apart, and be guessed anyway.
const WITHIN: usize = 3;
/// Names of fields are what readers of a journal look for; a secret as long as this is none of them.
const WITHIN_NAMES: usize = 12;

/// What must not be written.
#[derive(Debug, Clone, Default)]
pub(super) struct Redactor {
    /// The longest first, so that one that holds another is masked whole.
    hidden: Vec<String>,
}

impl Redactor {
    pub(super) fn new(secrets: &[String]) -> Self {
        let mut hidden: Vec<String> = secrets
            .iter()
            .flat_map(|secret| [secret.clone(), lease::segment(secret)])
            .collect();
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        hidden.dedup();
        Self { hidden }
    }

    pub(super) fn text(&self, text: &str) -> String {
        if self.hidden.iter().any(|secret| secret == text) {
            return MASK.to_owned();
        }
        self.replaced(text, WITHIN)
    }

    fn replaced(&self, text: &str, least: usize) -> String {
        let long = self.hidden.iter().filter(|secret| secret.len() >= least);
        long.fold(text.to_owned(), |text, secret| {
            text.replace(secret.as_str(), MASK)
        })
    }

    /// A document with every secret masked.
    pub(super) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text)),
            Value::Array(list) => list.iter().map(|one| self.value(one)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (self.replaced(name, WITHIN_NAMES), self.value(value)))
                .collect(),
            Value::Number(number) if self.hidden.contains(&number.to_string()) => Value::from(MASK),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_in_texts_names_numbers_and_addresses() {
        let secrets = ["p w", "1234", "p w2", "a long secret", "x"].map(str::to_owned);
        let redactor = Redactor::new(&secrets);
        let value =
            json!({ "a long secret": ["p w2!", 1234, 12], "url": "http://h/?k=p%20w", "x": ["x", "six"] });
        let masked = json!({ "***": ["***!", "***", 12], "url": "http://h/?k=***", "x": ["***", "six"] });
        assert_eq!(redactor.value(&value), masked);
    }
}
