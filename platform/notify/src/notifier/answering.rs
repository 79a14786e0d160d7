//! Takes answers.

use std::sync::PoisonError;

use super::Notifier;
use crate::ack::{self, Acked, Answer};
use crate::error::NotifyError;
use crate::inbound::reply::{self, About};
use crate::inbound::ticket::{self, Signature};
use crate::meters;
use crate::micros::MINUTE;
use crate::schema;
use crate::seen;
use crate::witness;

/// Wrong codes in a minute: with eight digits a guess is hopeless long before.
const GUESSES: u32 = 20;

impl Notifier {
    /// Answers for a group by its id.
    ///
    /// # Errors
    /// As [`ack::by_group`].
    pub async fn ack(&self, group: &str, answer: Answer) -> Result<Acked, NotifyError> {
        let (context, now) = self.now();
        let group = group.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let acked = ack::by_group(tx, &context.config, &context.ids, &group, &answer, now).await?;
                let over = answer.way.as_str();
                let actor = witness::actor(&context.config, &answer.by, over);
                let of = (actor.as_str(), over, answer.way, now);
                context.watched.saw(tx, &acked, of, None).await?;
                Ok(acked)
            })
        })
        .await
    }

    /// Answers by a page's code, as in a reply. After twenty wrong codes within a minute all are refused until it
    /// is over.
    ///
    /// # Errors
    /// As [`ack::by_code`]; [`NotifyError::Full`] after too many wrong codes.
    pub async fn ack_code(&self, code: &str, answer: Answer) -> Result<Acked, NotifyError> {
        self.guess(false)?;
        let over = answer.way.as_str().to_owned();
        let done = self.answered(About::Code(code.to_owned()), answer, over).await;
        if matches!(&done, Err(NotifyError::Unknown(_) | NotifyError::Invalid { .. })) {
            self.guess(true)?;
        }
        done
    }

    fn guess(&self, wrong: bool) -> Result<(), NotifyError> {
        let minute = self.0.clock.now_micros() / MINUTE;
        let mut guesses = self.0.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.0 != minute {
            *guesses = (minute, 0);
        }
        if wrong {
            guesses.1 += 1;
            self.0.counters.add(meters::GUESSES, "", 1);
        } else if guesses.1 >= GUESSES {
            return Err(NotifyError::Full {
                what: "wrong codes in this minute",
                bound: GUESSES as usize,
            });
        }
        Ok(())
    }

    /// Answers by the key of a page that was sent, as gateways and programs give it back.
    ///
    /// # Errors
    /// As [`ack::by_key`].
    pub async fn ack_key(&self, key: &str, answer: Answer) -> Result<Acked, NotifyError> {
        let over = answer.way.as_str().to_owned();
        self.answered(About::Key(key.to_owned()), answer, over).await
    }

    /// Takes what a gateway hands back: what somebody wrote or pressed.
    ///
    /// # Errors
    /// As [`reply::parse`], [`Notifier::ack_code`] and [`Notifier::ack_key`]; [`NotifyError::Unknown`] for a channel that
    /// is not configured.
    pub async fn reply(&self, channel: &str, body: &[u8]) -> Result<Acked, NotifyError> {
        let config = self.config();
        if !config.channels.contains_key(channel) {
            return Err(NotifyError::Unknown("channel"));
        }
        let told = reply::parse(config, channel, body)?;
        let over = format!("channel:{channel}");
        let answer = Answer {
            by: told.person.unwrap_or_else(|| over.clone()),
            way: told.way,
            until: None,
        };
        let guessed = matches!(told.about, About::Code(_));
        if guessed {
            self.guess(false)?;
        }
        let done = self.answered(told.about, answer, over).await;
        if guessed && matches!(&done, Err(NotifyError::Unknown(_))) {
            self.guess(true)?;
        }
        done
    }

    async fn answered(&self, about: About, answer: Answer, over: String) -> Result<Acked, NotifyError> {
        let (context, now) = self.now();
        self.write(move |tx| {
            Box::pin(async move {
                let (config, ids) = (&context.config, &context.ids);
                let acked = match &about {
                    About::Code(code) => ack::by_code(tx, config, ids, code, &answer, now).await?,
                    About::Key(key) => ack::by_key(tx, config, ids, key, &answer, now).await?,
                };
                let actor = witness::actor(config, &answer.by, &over);
                let of = (actor.as_str(), over.as_str(), answer.way, now);
                context.watched.saw(tx, &acked, of, None).await?;
                Ok(acked)
            })
        })
        .await
    }

    /// Takes what a ticket system says, if it is signed with the key of `[tickets]`; says whether it changed anything.
    /// What was signed is taken once: again within the five minutes for which a signature is good, it changes nothing.
    ///
    /// # Errors
    /// [`NotifyError::Unknown`] without such a key, and for a group that is over or waits for no answer;
    /// [`NotifyError::Unsigned`]; [`NotifyError::Invalid`].
    pub async fn ticket(&self, given: Signature<'_>, body: &[u8]) -> Result<bool, NotifyError> {
        let (context, now) = self.now();
        let none = NotifyError::Unknown("[notify.tickets] key_file in the configuration");
        let key = context
            .config
            .tickets
            .as_ref()
            .ok_or(none)?
            .read()
            .map_err(|error| {
                tracing::error!(%error, "a ticket could not be checked");
                NotifyError::Client("the key of tickets")
            })?;
        let ticket = ticket::parse(key.as_bytes(), given, body, now)?;
        let signed = seen::digest(given.timestamp, body);
        self.write(move |tx| {
            Box::pin(async move {
                schema::lock(tx).await?;
                if !seen::first(tx, &signed, now).await? {
                    return Ok(false);
                }
                let acked = ticket::apply(tx, &context.config, &context.ids, &ticket, now).await?;
                let Some(acked) = acked else {
                    return Ok(true);
                };
                let over = "tickets";
                let actor = witness::actor(&context.config, &ticket.by, over);
                let of = (actor.as_str(), over, ticket.event.way(), now);
                let about = Some((ticket.ticket.clone(), ticket.event));
                context.watched.saw(tx, &acked, of, about).await?;
                Ok(matches!(acked, Acked::Group { .. }))
            })
        })
        .await
    }
}
