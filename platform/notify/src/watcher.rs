//! Polls a heartbeat in a process of its own, without a store, and tells over channels of the configuration.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::ids::Ids;
use base::shutdown::Shutdown;
use futures::future::join_all;
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
    let mut waiting: Vec<Waiting> = Vec::new();
    while !shutdown.is_triggered() {
        let text = heartbeat(&watch.pulse, &client).await;
        for finding in dog.look(text.as_deref(), micros(began.elapsed()), clock.now_micros()) {
            tracing::warn!(?finding, "dead man's switch");
            outdate(&mut waiting, finding);
            waiting.extend(targets.iter().map(|to| Waiting {
                finding,
                to: to.clone(),
                key: ids.next().to_string(),
                page: page(finding, config, clock.now_micros()),
            }));
        }
        // At once, so that a channel that hangs holds up no other.
        let attempts = waiting
            .iter()
            .map(|one| tell(config, &client, one, clock.now_micros()));
        let mut sent = join_all(attempts).await.into_iter();
        waiting.retain(|_| sent.next() != Some(true));
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    Ok(())
}

/// A channel, and whose address it goes to; empty for the channel's own.
type Target = (String, String);

/// A page that could not be told yet.
struct Waiting {
    finding: Finding,
    to: Target,
    key: String,
    page: Page,
}

/// What is over need not be told as going on. A clock that jumps is no end of a silence, nor a silence one of a jump.
fn outdate(waiting: &mut Vec<Waiting>, by: Finding) {
    let jumps = |finding: Finding| matches!(finding, Finding::ClockJump(_));
    waiting.retain(|one| jumps(one.finding) != jumps(by));
}

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

async fn tell(config: &Config, client: &reqwest::Client, waiting: &Waiting, now: i64) -> bool {
    let (name, person) = &waiting.to;
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
        key: waiting.key.clone(),
        page: waiting.page.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_clock_takes_no_silence_out_of_the_queue() {
        let waiting = |finding| Waiting {
            finding,
            to: ("chat".to_owned(), String::new()),
            key: String::new(),
            page: Page::new(Kind::Deadman, "deadman", 0),
        };
        let left = |finding, by| {
            let mut queue = vec![waiting(finding)];
            outdate(&mut queue, by);
            queue.len()
        };
        let (silent, back, jump) = (Finding::Silent(1), Finding::Back(1), Finding::ClockJump(1));
        assert_eq!(
            (left(silent, jump), left(jump, silent), left(jump, back)),
            (1, 1, 1)
        );
        assert_eq!(
            (left(silent, back), left(silent, silent), left(jump, jump)),
            (0, 0, 0)
        );
    }
}
