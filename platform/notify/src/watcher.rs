//! Polls a heartbeat in a process of its own, without a store, and tells over channels of the configuration.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::ids::Ids;
use base::shutdown::Shutdown;
use reqwest::Url;

use crate::channel::{self, Outgoing};
use crate::config::Config;
use crate::deadman::{Finding, Watchdog};
use crate::error::NotifyError;
use crate::guard;
use crate::page::{Kind, Page};
use crate::sender;

/// Longest heartbeat that is read: a number.
const TEXT: usize = 256;
/// The time between two looks: a twelfth of a minute, so that a minute's silence is seen within it.
const POLL: Duration = Duration::from_secs(5);
/// For one look.
const LOOK: Duration = Duration::from_secs(3);

/// Where a heartbeat is read.
#[derive(Debug, Clone)]
pub enum Pulse {
    /// A file.
    File(PathBuf),
    /// An address whose answer's body is the heartbeat.
    Url(Url),
}

/// What is watched, and who is told.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Where the heartbeat is.
    pub pulse: Pulse,
    /// How long a silence may be: at most a minute.
    pub patience: Duration,
    /// After how long it is told again.
    pub repeat: Duration,
    /// Receivers or people (`person:ID`) of the configuration.
    pub tell: Vec<String>,
}

/// Watches until shutdown. What could not be told is tried again with each look, under the same key.
///
/// # Errors
/// [`NotifyError::Invalid`] for whom nobody can tell; [`NotifyError::Client`].
pub async fn watch(
    watch: Watch,
    config: &Config,
    clock: &Clock,
    shutdown: &Shutdown,
) -> Result<(), NotifyError> {
    let targets = targets(config, &watch.tell)?;
    if watch.patience > Duration::from_mins(1) || watch.patience < POLL {
        return Err(NotifyError::invalid("patience", "5 s to 1 min"));
    }
    let client = channel::http::client()?;
    let ids = Ids::system(clock.clone());
    let began = Instant::now();
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    // A look may take its time; the silence is told within the patience all the same.
    let patience = micros(watch.patience.saturating_sub(POLL + LOOK).max(POLL));
    let mut dog = Watchdog::new(patience, micros(watch.repeat), 0);
    let mut waiting: Vec<(usize, String, Page)> = Vec::new();
    while !shutdown.is_triggered() {
        let text = heartbeat(&watch.pulse, &client).await;
        for finding in dog.look(text.as_deref(), micros(began.elapsed()), clock.now_micros()) {
            tracing::warn!(?finding, "dead man's switch");
            // What is over need not be told as going on.
            waiting.clear();
            for target in 0..targets.len() {
                waiting.push((
                    target,
                    ids.next().to_string(),
                    page(finding, config, clock.now_micros()),
                ));
            }
        }
        let mut left = Vec::new();
        for (target, key, page) in waiting {
            let sent = match targets.get(target) {
                Some(to) => tell(config, &client, to, &key, page.clone(), clock.now_micros()).await,
                None => true,
            };
            if !sent {
                left.push((target, key, page));
            }
        }
        waiting = left;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    Ok(())
}

/// A channel, and whose address it goes to; empty for the channel's own.
type Target = (String, String);

fn targets(config: &Config, names: &[String]) -> Result<Vec<Target>, NotifyError> {
    let mut targets = Vec::new();
    for name in names {
        if let Some(id) = name.strip_prefix("person:")
            && let Some(person) = config.people.get(id)
        {
            targets.extend(
                person
                    .contacts
                    .iter()
                    .map(|contact| (contact.channel.clone(), id.to_owned())),
            );
        } else if let Some(receiver) = config.receivers.get(name) {
            targets.extend(
                receiver
                    .channels
                    .iter()
                    .map(|channel| (channel.clone(), String::new())),
            );
        } else {
            return Err(NotifyError::invalid(
                "tell",
                "a receiver or person:ID of the configuration",
            ));
        }
    }
    if targets.is_empty() {
        return Err(NotifyError::invalid(
            "tell",
            "name somebody who can be reached: a switch that tells nobody is none",
        ));
    }
    Ok(targets)
}

async fn heartbeat(pulse: &Pulse, client: &reqwest::Client) -> Option<String> {
    let read = async {
        match pulse {
            Pulse::File(path) => tokio::fs::read_to_string(path).await.ok(),
            Pulse::Url(url) => {
                let mut response = client
                    .get(url.clone())
                    .send()
                    .await
                    .ok()?
                    .error_for_status()
                    .ok()?;
                let chunk = response.chunk().await.ok()??;
                String::from_utf8(chunk.to_vec()).ok()
            }
        }
    };
    let text = tokio::time::timeout(LOOK, read).await.ok()??;
    let text = guard::cut(text.trim(), TEXT);
    (!text.is_empty()).then(|| text.to_owned())
}

async fn tell(
    config: &Config,
    client: &reqwest::Client,
    (name, person): &Target,
    key: &str,
    page: Page,
    now: i64,
) -> bool {
    let Some(channel) = config.channels.get(name) else {
        return true;
    };
    let contact = config
        .people
        .get(person)
        .and_then(|p| p.contacts.iter().find(|c| &c.channel == name));
    let to = match contact.map(|contact| contact.to.lines()).transpose() {
        Ok(to) => to.unwrap_or_default(),
        Err(error) => {
            tracing::error!(%error, "nobody can be told over this contact");
            return false;
        }
    };
    let outgoing = Outgoing {
        key: key.to_owned(),
        page,
        to,
        attempt: 1,
        language: config.language,
        now,
    };
    let built = channel.spec.build(client);
    let sent = sender::bounded(built.send(&outgoing), channel.timeout.duration()).await;
    if let Err(failure) = &sent {
        tracing::error!(channel = name, why = failure.why, "the silence could not be told");
    }
    sent.is_ok()
}

fn page(finding: Finding, config: &Config, now: i64) -> Page {
    let mut page = Page::new(Kind::Deadman, "deadman", now);
    page.external_url.clone_from(&config.external_url);
    page.notes.push(match finding {
        Finding::Silent(micros) => {
            let seconds = micros / 1_000_000;
            format!("监控已 {seconds} 秒没有心跳 / no heartbeat for {seconds} s")
        }
        Finding::Back(micros) => {
            let seconds = micros / 1_000_000;
            format!("心跳恢复,中断 {seconds} 秒 / heartbeat is back after {seconds} s")
        }
        Finding::ClockJump(micros) => {
            let seconds = micros / 1_000_000;
            format!("时钟跳变 {seconds} 秒 / the clock jumped by {seconds} s")
        }
    });
    page
}
