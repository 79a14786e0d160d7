//! Matchers over labels, with Alertmanager's four operators and its way to write them.

use std::collections::BTreeMap;
use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest text of one matcher: a regular expression of this length is already unreadable.
const LONGEST: usize = 1024;
/// Most memory that a compiled expression may take: RE2's default is of this order.
const COMPILED: usize = 1 << 20;

/// Labels, sorted by name.
pub(crate) type Labels = BTreeMap<String, String>;

/// How a label's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    NotEqual,
    Like,
    NotLike,
}

/// One condition on one label; a label that is not there counts as empty.
#[derive(Clone)]
pub struct Matcher {
    name: String,
    op: Op,
    value: String,
    pattern: Option<Regex>,
}

impl Matcher {
    /// Reads `name="value"`, `name!="value"`, `name=~"pattern"` or `name!~"pattern"`; quotes may be left out.
    /// A pattern has to match the whole value.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a matcher has at most {LONGEST} bytes"));
        }
        let text = text.trim();
        let at = text
            .find(['=', '!'])
            .ok_or("a matcher is written name=\"value\", with =, !=, =~ or !~")?;
        let (name, rest) = text.split_at(at);
        let operators = [
            ("=~", Op::Like),
            ("!~", Op::NotLike),
            ("!=", Op::NotEqual),
            ("=", Op::Equal),
        ];
        let (op, value) = operators
            .iter()
            .find_map(|(sign, op)| rest.strip_prefix(sign).map(|value| (*op, value)))
            .ok_or("the operator of a matcher is one of =, !=, =~ and !~")?;
        let name = name.trim();
        if !is_name(name) {
            return Err("a label's name is letters, digits and _, and starts with no digit".to_owned());
        }
        Self::new(name, op, unquote(value.trim())?)
    }

    fn new(name: &str, op: Op, value: String) -> Result<Self, String> {
        let pattern = match op {
            Op::Equal | Op::NotEqual => None,
            Op::Like | Op::NotLike => Some(
                RegexBuilder::new(&format!("^(?s:{value})$"))
                    .size_limit(COMPILED)
                    .build()
                    .map_err(|_| "the pattern of a matcher is no regular expression")?,
            ),
        };
        Ok(Self {
            name: name.to_owned(),
            op,
            value,
            pattern,
        })
    }

    /// Whether these labels meet the condition.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        let like = || {
            self.pattern
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(value))
        };
        match self.op {
            Op::Equal => value == self.value,
            Op::NotEqual => value != self.value,
            Op::Like => like(),
            Op::NotLike => !like(),
        }
    }

    /// What it says, for order: Alertmanager sorts the matchers of a route before it names the route.
    fn order(&self) -> (&str, &str, u8) {
        (&self.name, &self.value, self.op as u8)
    }
}

/// Whether labels meet all the conditions.
pub(crate) fn all(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

/// Sorts as Alertmanager does.
pub(crate) fn sort(matchers: &mut [Matcher]) {
    matchers.sort_by(|a, b| a.order().cmp(&b.order()));
}

/// As Alertmanager names a route: `{a="b",c=~"d"}`.
pub(crate) fn key(matchers: &[Matcher]) -> String {
    let each: Vec<String> = matchers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", each.join(","))
}

/// Whether this may be the name of a label.
pub(crate) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn unquote(text: &str) -> Result<String, String> {
    let Some(inner) = text.strip_prefix('"') else {
        if text.contains('"') {
            return Err("a quote in a matcher stands at both ends of its value".to_owned());
        }
        return Ok(text.to_owned());
    };
    let inner = inner
        .strip_suffix('"')
        .ok_or("the value of a matcher ends with its quote")?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Err("a quote within a matcher's value is written \\\"".to_owned()),
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some(escaped @ ('"' | '\\')) => value.push(escaped),
                // As Alertmanager has it: a backslash before anything else is itself, for patterns.
                Some(other) => {
                    value.push('\\');
                    value.push(other);
                }
                None => return Err("a matcher's value ends in a backslash".to_owned()),
            },
            other => value.push(other),
        }
    }
    Ok(value)
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.op {
            Op::Equal => "=",
            Op::NotEqual => "!=",
            Op::Like => "=~",
            Op::NotLike => "!~",
        };
        let escaped = self
            .value
            .replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('"', "\\\"");
        write!(f, "{}{sign}\"{escaped}\"", self.name)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Matcher {}

impl Serialize for Matcher {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn each_operator_and_an_absent_label() {
        let down = labels(&[("severity", "critical"), ("job", "db-1")]);
        let holds = |text: &str| Matcher::parse(text).unwrap().matches(&down);
        assert!(holds(r#"severity="critical""#) && holds("severity = critical"));
        assert!(!holds(r#"severity!="critical""#));
        assert!(
            holds(r#"job=~"db-.+""#) && !holds(r#"job=~"db""#),
            "a pattern matches the whole value"
        );
        assert!(!holds(r#"job!~"db-.+""#) && holds(r#"job!~"web-.+""#));
        assert!(holds(r#"missing="""#) && holds("missing!=x") && !holds("missing=x"));
    }

    #[test]
    fn a_matcher_reads_what_it_writes() {
        for text in [r#"a="b""#, r#"a!="\"q\"""#, r#"a=~"x|y\\.z""#, r#"a!~"\n""#] {
            assert_eq!(Matcher::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_cannot_be_a_matcher_says_so() {
        for text in [
            "",
            "severity",
            "=x",
            "1a=b",
            "a=\"b",
            "a=b\"",
            "a=~\"(\"",
            "a!b",
            "a=\"b\\\"",
        ] {
            assert!(Matcher::parse(text).is_err(), "{text}");
        }
        assert!(Matcher::parse(&format!("a={}", "x".repeat(2000))).is_err());
    }
}
