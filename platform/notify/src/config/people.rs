//! Checks who can be reached, who is on call, and who is next.

use std::collections::BTreeMap;
use std::path::Path;

use super::people_settings::{EscalationSettings, PersonSettings, RotaSettings};
use super::secret::SecretFile;
use super::span::Span;
use super::{ChannelConfig, check};
use crate::error::NotifyError;
use crate::micros;
use crate::rota::{Contact, Escalation, Override, Person, Rota, Step, Target};

/// How long a step has before the next one.
const PATIENCE: Span = Span::minutes(5);
/// How long the last step has before all begins anew.
const AGAIN: Span = Span::minutes(15);
/// Shortest turn and shortest patience: below, pages overtake each other.
const SHORTEST: Span = Span::seconds(10);

pub(super) struct People {
    pub(super) people: BTreeMap<String, Person>,
    pub(super) rotas: BTreeMap<String, Rota>,
    pub(super) escalations: BTreeMap<String, Escalation>,
}

pub(super) fn check(
    people: Vec<PersonSettings>,
    rotas: Vec<RotaSettings>,
    escalations: Vec<EscalationSettings>,
    channels: &BTreeMap<String, ChannelConfig>,
    folder: &Path,
) -> Result<People, NotifyError> {
    let mut made = People {
        people: BTreeMap::new(),
        rotas: BTreeMap::new(),
        escalations: BTreeMap::new(),
    };
    for (i, asked) in people.into_iter().enumerate() {
        let at = format!("people[{i}]");
        check::name(&format!("{at}.id"), &asked.id)?;
        let id = asked.id.clone();
        let fresh = made
            .people
            .insert(id, person(&at, asked, channels, folder)?)
            .is_none();
        check::once(&at, fresh)?;
    }
    for (i, asked) in rotas.into_iter().enumerate() {
        let at = format!("rotas[{i}]");
        check::name(&format!("{at}.name"), &asked.name)?;
        let name = asked.name.clone();
        let rota = rota(&at, asked, &made.people)?;
        check::once(&at, made.rotas.insert(name, rota).is_none())?;
    }
    for (i, asked) in escalations.into_iter().enumerate() {
        let at = format!("escalations[{i}]");
        check::name(&format!("{at}.name"), &asked.name)?;
        let name = asked.name.clone();
        let escalation = escalation(&at, asked, &made)?;
        check::once(&at, made.escalations.insert(name, escalation).is_none())?;
    }
    Ok(made)
}

fn person(
    at: &str,
    asked: PersonSettings,
    channels: &BTreeMap<String, ChannelConfig>,
    folder: &Path,
) -> Result<Person, NotifyError> {
    if asked.contacts.is_empty() {
        return Err(NotifyError::invalid(
            format!("{at}.contacts"),
            "give at least one way to reach them",
        ));
    }
    let mut contacts = Vec::new();
    for (i, contact) in asked.contacts.into_iter().enumerate() {
        let at = format!("{at}.contacts[{i}]");
        let Some(channel) = channels.get(&contact.channel) else {
            return Err(check::unknown(&format!("{at}.channel"), "channel", "channels"));
        };
        if !channel.spec.reaches_people() {
            let mend = "a channel that sends to addresses: mail, gateway or exec";
            return Err(NotifyError::invalid(format!("{at}.channel"), mend));
        }
        if contacts
            .iter()
            .any(|known: &Contact| known.channel == contact.channel)
        {
            return Err(NotifyError::invalid(
                format!("{at}.channel"),
                "each channel once for a person",
            ));
        }
        let to = SecretFile::below(folder, &contact.to_file);
        to.read()
            .map_err(|error| NotifyError::invalid(format!("{at}.to_file"), error.to_string()))?;
        contacts.push(Contact {
            channel: contact.channel,
            to,
            resolved: contact.resolved,
        });
    }
    Ok(Person { contacts })
}

fn rota(at: &str, asked: RotaSettings, people: &BTreeMap<String, Person>) -> Result<Rota, NotifyError> {
    if asked.people.is_empty() || asked.people.iter().any(|id| !people.contains_key(id)) {
        return Err(check::unknown(&format!("{at}.people"), "person", "people"));
    }
    if asked.shift < SHORTEST {
        return Err(NotifyError::invalid(
            format!("{at}.shift"),
            "a turn like 12h or 7d",
        ));
    }
    let mut overrides = Vec::new();
    for (i, stand_in) in asked.overrides.into_iter().enumerate() {
        let at = format!("{at}.overrides[{i}]");
        if !people.contains_key(&stand_in.person) {
            return Err(check::unknown(&format!("{at}.person"), "person", "people"));
        }
        let (from, to) = (
            time(&format!("{at}.from"), &stand_in.from)?,
            time(&format!("{at}.to"), &stand_in.to)?,
        );
        if from >= to {
            return Err(NotifyError::invalid(format!("{at}.to"), "a time after `from`"));
        }
        overrides.push(Override {
            from,
            to,
            person: stand_in.person,
        });
    }
    Ok(Rota {
        people: asked.people,
        starts: time(&format!("{at}.starts"), &asked.starts)?,
        shift: asked.shift.0,
        overrides,
    })
}

fn escalation(at: &str, asked: EscalationSettings, made: &People) -> Result<Escalation, NotifyError> {
    if asked.steps.is_empty() {
        return Err(NotifyError::invalid(
            format!("{at}.steps"),
            "give at least one step",
        ));
    }
    let mut steps = Vec::new();
    for (i, step) in asked.steps.into_iter().enumerate() {
        let at = format!("{at}.steps[{i}]");
        let after = step.after.unwrap_or(PATIENCE);
        if i > 0 && after < SHORTEST {
            return Err(NotifyError::invalid(
                format!("{at}.after"),
                "time to answer, like 5m",
            ));
        }
        if step.page.is_empty() {
            return Err(NotifyError::invalid(
                format!("{at}.page"),
                "name whom to page: rota:NAME or person:ID",
            ));
        }
        let mut targets = Vec::new();
        for target in step.page {
            let found = match target.split_once(':') {
                Some(("rota", name)) if made.rotas.contains_key(name) => Target::Rota(name.to_owned()),
                Some(("person", id)) if made.people.contains_key(id) => Target::Person(id.to_owned()),
                _ => {
                    let mend = "rota:NAME or person:ID, each of them in `rotas` or `people`";
                    return Err(NotifyError::invalid(format!("{at}.page"), mend));
                }
            };
            targets.push(found);
        }
        steps.push(Step {
            after: after.0,
            targets,
        });
    }
    let again = asked.again.unwrap_or(AGAIN);
    if again < SHORTEST {
        return Err(NotifyError::invalid(
            format!("{at}.again"),
            "time to answer, like 15m",
        ));
    }
    Ok(Escalation {
        steps,
        again: again.0,
    })
}

fn time(at: &str, text: &str) -> Result<i64, NotifyError> {
    match micros::parse_rfc3339(text) {
        Ok(Some(at)) => Ok(at),
        _ => Err(NotifyError::invalid(at, "a time like 2026-01-05T09:00:00+08:00")),
    }
}
