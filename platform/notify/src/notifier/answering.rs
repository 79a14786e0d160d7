//! Takes answers.

use std::sync::PoisonError;

use super::Notifier;
use crate::ack::{self, Acked, Answer};
use crate::error::NotifyError;
use crate::meters;
use crate::micros::MINUTE;

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
            Box::pin(
                async move { ack::by_group(tx, &context.config, &context.ids, &group, &answer, now).await },
            )
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
        let (context, now) = self.now();
        let code = code.to_owned();
        let done = self
            .write(move |tx| {
                Box::pin(
                    async move { ack::by_code(tx, &context.config, &context.ids, &code, &answer, now).await },
                )
            })
            .await;
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
        let (context, now) = self.now();
        let key = key.to_owned();
        self.write(move |tx| {
            Box::pin(async move { ack::by_key(tx, &context.config, &context.ids, &key, &answer, now).await })
        })
        .await
    }
}
