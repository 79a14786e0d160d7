//! Sends one page: claims it, sends it over its channel, marks it.

use std::sync::PoisonError;

use super::Notifier;
use crate::channel::{Delivered, Failure, Outgoing};
use crate::error::NotifyError;
use crate::mark;
use crate::meters;
use crate::micros::HOUR;
use crate::page::{Kind, Page};
use crate::sender::{self, Claimed, Next};

impl Notifier {
    /// Sends the next page of a channel, if there is one. Gives `None` where there is nothing to send now, else
    /// whether the receiver took it.
    ///
    /// # Errors
    /// The store's; a page that was sent and not marked is sent again under the same key.
    pub async fn send_next(&self, channel: &str) -> Result<Option<bool>, NotifyError> {
        let (context, now) = self.now();
        if self.paused(channel, now) || !sender::is_due(&self.0.db, channel, now).await? {
            return Ok(None);
        }
        let name = channel.to_owned();
        let next = self
            .write(move |tx| Box::pin(async move { sender::claim(tx, &context, &name, now).await }))
            .await?;
        let claimed = match next {
            Next::Page(claimed) => *claimed,
            Next::Nothing => return Ok(None),
            Next::NotBefore(at) => {
                self.pause(channel, at);
                return Ok(None);
            }
        };
        if claimed.attempt > 1 {
            self.0.counters.add(meters::RESENT, channel, 1);
        }
        let outcome = self.deliver(&claimed).await;
        let delivered = outcome.is_ok();
        if let Err(failure) = &outcome {
            tracing::warn!(
                channel,
                key = claimed.id,
                attempt = claimed.attempt,
                why = failure.why,
                "a page was not sent"
            );
            self.0.counters.add(meters::FAILED, channel, 1);
            if let Some(wait) = failure.retry_after {
                let wait = i64::try_from(wait.as_micros()).unwrap_or_default();
                self.pause(channel, self.0.clock.now_micros().saturating_add(wait));
            }
        } else {
            self.0.counters.add(meters::SENT, channel, 1);
        }
        let (context, now) = self.now();
        let event = self
            .write(move |tx| Box::pin(async move { mark::mark(tx, &context, &claimed, &outcome, now).await }))
            .await?;
        if let Some(event) = event {
            self.tell(event);
            self.0.wake.notify_waiters();
        }
        Ok(Some(delivered))
    }

    async fn deliver(&self, claimed: &Claimed) -> Result<Delivered, Failure> {
        let to = self.addresses(&claimed.channel, &claimed.person)?;
        let attempt = u32::try_from(claimed.attempt).unwrap_or(u32::MAX);
        self.send(&claimed.channel, &claimed.id, claimed.page.clone(), to, attempt)
            .await
    }

    fn addresses(&self, channel: &str, person: &str) -> Result<Vec<String>, Failure> {
        if person.is_empty() {
            return Ok(Vec::new());
        }
        let people = &self.0.context.config.people;
        let contact = people
            .get(person)
            .and_then(|known| known.contacts.iter().find(|c| c.channel == channel));
        let contact =
            contact.ok_or_else(|| Failure::new("a person who is not reached by this channel any more"))?;
        Ok(contact.to.lines()?)
    }

    async fn send(
        &self,
        name: &str,
        key: &str,
        page: Page,
        to: Vec<String>,
        attempt: u32,
    ) -> Result<Delivered, Failure> {
        let config = &self.0.context.config;
        let (Some(channel), Some(settings)) = (self.0.channels.get(name), config.channels.get(name)) else {
            return Err(Failure::new("a channel that is not configured any more"));
        };
        let outgoing = Outgoing {
            key: key.to_owned(),
            page,
            to,
            attempt,
            language: config.language,
            now: self.0.clock.now_micros(),
        };
        sender::bounded(channel.send(&outgoing), settings.timeout.duration()).await
    }

    fn paused(&self, channel: &str, now: i64) -> bool {
        let paused = self.0.paused.lock().unwrap_or_else(PoisonError::into_inner);
        // Never longer than an hour from now: the clock may have been set back.
        paused
            .get(channel)
            .is_some_and(|until| (now..now.saturating_add(HOUR)).contains(&(until - 1)))
    }

    fn pause(&self, channel: &str, until: i64) {
        let mut paused = self.0.paused.lock().unwrap_or_else(PoisonError::into_inner);
        paused.insert(channel.to_owned(), until);
    }

    /// Sends a test over each channel of a receiver, or to each contact of a person (`person:ID`), at once and
    /// without the outbox, and gives what became of it.
    ///
    /// # Errors
    /// [`NotifyError::Unknown`] for a name of neither.
    pub async fn test_receiver(&self, name: &str) -> Result<Vec<(String, Result<(), String>)>, NotifyError> {
        let config = &self.0.context.config;
        let (person, channels): (&str, Vec<String>) = match name.strip_prefix("person:") {
            Some(id) => {
                let person = config.people.get(id).ok_or(NotifyError::Unknown("person"))?;
                (
                    id,
                    person
                        .contacts
                        .iter()
                        .map(|contact| contact.channel.clone())
                        .collect(),
                )
            }
            None => {
                let receiver = config
                    .receivers
                    .get(name)
                    .ok_or(NotifyError::Unknown("receiver"))?;
                ("", receiver.channels.clone())
            }
        };
        let mut outcomes = Vec::new();
        for channel in channels {
            let mut page = Page::new(Kind::Test, name, self.0.clock.now_micros());
            page.external_url.clone_from(&config.external_url);
            let sent = match self.addresses(&channel, person) {
                Ok(to) => self.send(&channel, &self.0.context.id(), page, to, 1).await,
                Err(failure) => Err(failure),
            };
            outcomes.push((channel, sent.map(|_| ()).map_err(|failure| failure.why)));
        }
        Ok(outcomes)
    }
}
