//! What people sent back: a message with a code, or a key that they pressed during a call.

use serde::Deserialize;

use super::json;
use crate::ack::Way;
use crate::config::Config;
use crate::error::NotifyError;

/// Longest body.
const BODY: usize = 16 * 1024;
/// Longest message that is looked at.
const TEXT: usize = 1000;

/// What a gateway hands back.
#[derive(Debug, Clone, Deserialize)]
pub struct Reply {
    /// What was written.
    #[serde(default)]
    text: String,
    /// The `{key}` of the page that was called or sent.
    #[serde(default)]
    key: String,
    /// The key that was pressed.
    #[serde(default)]
    digit: String,
    /// From which address.
    #[serde(default)]
    from: String,
}

/// For what somebody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// The code of a page.
    Code(String),
    /// The key of a page.
    Key(String),
}

/// An answer that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// For what.
    pub about: About,
    /// How.
    pub way: Way,
    /// Which person has this address; `None` for an address of nobody.
    pub person: Option<String>,
}

/// The key that says yes on a telephone.
const YES: &str = "1";

/// Reads what a gateway handed back for a channel.
///
/// # Errors
/// [`NotifyError::Invalid`] for what is no answer.
pub fn parse(config: &Config, channel: &str, body: &[u8]) -> Result<Answered, NotifyError> {
    let reply: Reply = json(body, BODY)?;
    let person = person(config, channel, &reply.from);
    if !reply.digit.is_empty() {
        if reply.digit != YES || reply.key.is_empty() || reply.key.len() > 64 {
            return Err(NotifyError::invalid("digit", "1, with the key of the page"));
        }
        // Keys of further addresses of one page end in their number.
        let key: String = reply.key.chars().take(36).collect();
        return Ok(Answered {
            about: About::Key(key),
            way: Way::Keypress,
            person,
        });
    }
    let code = code(&reply.text)
        .ok_or_else(|| NotifyError::invalid("text", "ACK and the eight digits of the page"))?;
    Ok(Answered {
        about: About::Code(code),
        way: Way::Reply,
        person,
    })
}

/// The code in a message: its only run of digits that has eight.
fn code(text: &str) -> Option<String> {
    let text = text.get(..TEXT).unwrap_or(text);
    let runs = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 8);
    let runs: Vec<&str> = runs.collect();
    match runs.as_slice() {
        [code] => Some((*code).to_owned()),
        _ => None,
    }
}

/// Whose address it is, compared by its last eleven digits: gateways write country codes as they like.
fn person(config: &Config, channel: &str, from: &str) -> Option<String> {
    let digits = |text: &str| -> String {
        let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        digits.iter().skip(digits.len().saturating_sub(11)).collect()
    };
    let wanted = digits(from);
    if wanted.len() < 7 {
        return None;
    }
    let holds = |(_, person): &(&String, &crate::rota::Person)| {
        let contacts = person
            .contacts
            .iter()
            .filter(|contact| contact.channel == channel);
        contacts
            .filter_map(|contact| contact.to.lines().ok())
            .flatten()
            .any(|line| digits(&line) == wanted)
    };
    config.people.iter().find(holds).map(|(id, _)| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_people_write_it() {
        assert_eq!(code("ACK 12345678"), Some("12345678".to_owned()));
        assert_eq!(code("ack:12345678。收到"), Some("12345678".to_owned()));
        assert_eq!(code("12345678"), Some("12345678".to_owned()));
        for bad in ["", "ACK", "ACK 1234567", "ACK 123456789", "12345678 87654321"] {
            assert_eq!(code(bad), None, "{bad}");
        }
        assert_eq!(code(&"长".repeat(2000)), None);
    }
}
