//! From what the file says to what holds: names resolved, bounds kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::secret::SecretFile;
use super::settings::{RouteSettings, Settings};
use super::span::Span;
use super::{CallTree, Config, Receiver, channels, limits, people};
use crate::error::NotifyError;
use crate::inhibit::Inhibit;
use crate::matcher;
use crate::route::{GroupBy, Route, Timing};

/// Deepest tree: a route that nobody can follow pages nobody.
const DEEPEST: usize = 16;
/// Shortest spans: what is shorter only turns the disk.
const SHORTEST: Span = Span::seconds(1);

pub(super) fn check(settings: Settings, folder: &Path) -> Result<Config, NotifyError> {
    limits::limits(&settings.limits)?;
    if let Some(mend) = bad_url(&settings.external_url) {
        return Err(NotifyError::invalid("external_url", mend));
    }
    let channels = channels::check(settings.channels, folder)?;
    let mut receivers = BTreeMap::new();
    for (i, receiver) in settings.receivers.into_iter().enumerate() {
        let at = format!("receivers[{i}]");
        name(&format!("{at}.name"), &receiver.name)?;
        for channel in &receiver.channels {
            let Some(found) = channels.get(channel) else {
                return Err(unknown(&format!("{at}.channels"), "channel", "channels"));
            };
            if !found.spec.has_own_address() {
                let mend = "give this channel a to_file, or reach people by it only";
                return Err(NotifyError::invalid(format!("{at}.channels"), mend));
            }
        }
        let made = Receiver {
            channels: receiver.channels,
            send_resolved: receiver.send_resolved,
        };
        once(&at, receivers.insert(receiver.name, made).is_none())?;
    }
    let mut mutes = BTreeMap::new();
    for (i, mute) in settings.mutes.into_iter().enumerate() {
        let at = format!("mutes[{i}]");
        name(&format!("{at}.name"), &mute.name)?;
        let made = limits::hours(&at, &mute)?;
        once(&at, mutes.insert(mute.name, made).is_none())?;
    }
    let people = people::check(
        settings.people,
        settings.rotas,
        settings.escalations,
        &channels,
        folder,
    )?;
    let mut inhibit = Vec::new();
    for (i, rule) in settings.inhibit.into_iter().enumerate() {
        if rule.source.is_empty() || rule.target.is_empty() {
            let mend =
                "give both source and target at least one matcher: without, everything hides everything";
            return Err(NotifyError::invalid(format!("inhibit[{i}]"), mend));
        }
        inhibit.push(Inhibit::new(rule.source, rule.target, rule.equal));
    }
    let call_tree = settings
        .call_tree
        .map(|asked| {
            if !people.escalations.contains_key(&asked.escalation) {
                return Err(unknown("call_tree.escalation", "escalation", "escalations"));
            }
            if !(1..=28).contains(&asked.day) {
                return Err(NotifyError::invalid(
                    "call_tree.day",
                    "a day that each month has: 1 to 28",
                ));
            }
            Ok(CallTree {
                escalation: asked.escalation,
                day: asked.day,
                minute: limits::minute("call_tree.at", &asked.at)?,
                within: asked.within.unwrap_or(Span::minutes(30)),
            })
        })
        .transpose()?;
    let tickets = settings
        .tickets
        .map(|asked| {
            let file = SecretFile::below(folder, &asked.key_file);
            // Read once, so that a mistake shows at the start.
            match file.read() {
                Ok(_) => Ok(file),
                Err(error) => Err(NotifyError::invalid("tickets.key_file", error.to_string())),
            }
        })
        .transpose()?;
    if settings.route.receiver.is_none() {
        return Err(NotifyError::invalid(
            "route.receiver",
            "name the receiver of whatever no other route takes",
        ));
    }
    if !settings.route.matchers.is_empty() || !settings.route.mute.is_empty() || settings.route.go_on {
        let mend = "the root takes everything at any time: leave out matchers, mute and continue";
        return Err(NotifyError::invalid("route", mend));
    }
    let checked = Config {
        external_url: settings.external_url.trim_end_matches('/').to_owned(),
        language: settings.language,
        limits: settings.limits,
        route: Route::default(),
        receivers,
        channels,
        inhibit,
        people: people.people,
        rotas: people.rotas,
        escalations: people.escalations,
        mutes,
        tickets,
        call_tree,
    };
    let route = node(&checked, "route", settings.route, &Route::default(), 0)?;
    distinct("route", &route, &mut BTreeSet::new())?;
    Ok(Config { route, ..checked })
}

fn node(
    config: &Config,
    at: &str,
    asked: RouteSettings,
    parent: &Route,
    depth: usize,
) -> Result<Route, NotifyError> {
    if depth > DEEPEST {
        return Err(NotifyError::invalid(
            at,
            format!("nest routes at most {DEEPEST} deep"),
        ));
    }
    let mut matchers = asked.matchers;
    matcher::sort(&mut matchers);
    let own = matcher::key(&matchers);
    let key = if depth == 0 {
        own
    } else {
        format!("{}/{own}", parent.key)
    };
    let receiver = asked.receiver.unwrap_or_else(|| parent.receiver.clone());
    if !config.receivers.contains_key(&receiver) {
        return Err(unknown(&format!("{at}.receiver"), "receiver", "receivers"));
    }
    let escalation = asked.escalation.or_else(|| parent.escalation.clone());
    if escalation
        .as_ref()
        .is_some_and(|name| !config.escalations.contains_key(name))
    {
        return Err(unknown(&format!("{at}.escalation"), "escalation", "escalations"));
    }
    if asked.mute.iter().any(|name| !config.mutes.contains_key(name)) {
        return Err(unknown(&format!("{at}.mute"), "mute hours", "mutes"));
    }
    let timing = Timing {
        group_wait: asked.group_wait.unwrap_or(parent.timing.group_wait),
        group_interval: asked.group_interval.unwrap_or(parent.timing.group_interval),
        repeat_interval: asked.repeat_interval.unwrap_or(parent.timing.repeat_interval),
    };
    for (field, span) in [
        ("group_interval", timing.group_interval),
        ("repeat_interval", timing.repeat_interval),
    ] {
        if span < SHORTEST {
            return Err(NotifyError::invalid(format!("{at}.{field}"), "at least 1s"));
        }
    }
    let group_by = match asked.group_by {
        None => parent.group_by.clone(),
        Some(labels) if labels == ["..."] => GroupBy::All,
        Some(labels) => match labels.iter().find(|label| !matcher::is_name(label)) {
            Some(_) => {
                return Err(NotifyError::invalid(
                    format!("{at}.group_by"),
                    "names of labels, or only \"...\"",
                ));
            }
            None => GroupBy::Labels(labels.into_iter().collect()),
        },
    };
    let mut made = Route {
        key,
        matchers,
        receiver,
        group_by,
        timing,
        go_on: asked.go_on,
        mute: asked.mute,
        escalation,
        routes: Vec::new(),
    };
    for (i, child) in asked.routes.into_iter().enumerate() {
        let child = node(config, &format!("{at}.routes[{i}]"), child, &made, depth + 1)?;
        made.routes.push(child);
    }
    Ok(made)
}

/// Groups are kept under a route's key and receiver: of two that share both only the first would ever decide, and the
/// escalation of the second would page nobody.
fn distinct<'r>(
    at: &str,
    route: &'r Route,
    known: &mut BTreeSet<(&'r str, &'r str)>,
) -> Result<(), NotifyError> {
    if !known.insert((&route.key, &route.receiver)) {
        let mend = "another route has these matchers and this receiver: give this one a receiver of its own";
        return Err(NotifyError::invalid(format!("{at}.matchers"), mend));
    }
    for (i, child) in route.routes.iter().enumerate() {
        distinct(&format!("{at}.routes[{i}]"), child, known)?;
    }
    Ok(())
}

/// A name that rows, keys and pages can carry.
pub(super) fn name(at: &str, name: &str) -> Result<(), NotifyError> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        return Err(NotifyError::invalid(
            at,
            "letters, digits, - _ and . , at most 64 bytes",
        ));
    }
    Ok(())
}

/// A name that stands for nothing.
pub(super) fn unknown(at: &str, what: &str, list: &str) -> NotifyError {
    NotifyError::invalid(
        at,
        format!("names a {what} that is not in `{list}`: add it there or mend the name"),
    )
}

/// A name that is used once.
pub(super) fn once(at: &str, fresh: bool) -> Result<(), NotifyError> {
    if fresh {
        return Ok(());
    }
    Err(NotifyError::invalid(
        format!("{at}.name"),
        "another one has this name already",
    ))
}

fn bad_url(url: &str) -> Option<&'static str> {
    if url.is_empty() {
        return None;
    }
    match reqwest::Url::parse(url) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() || url.query().is_some() => {
            Some("leave user, password and query out: it stands in every page")
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") => None,
        _ => Some("an address like https://ops.example/backstop"),
    }
}
