//! One user of the load: sends one request at a time, and stays with it until
//! its outcome is known.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use base::ids::Ids;
use client::http::{CallError, Request};
use laws::closed::Scope;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::de::DeserializeOwned;

use crate::answered::Answered;
use crate::settle::{self, Seen};
use crate::shared::Shared;
use crate::tokens::Bearer;
use crate::verb::Verb;

/// How a write ended for the customer.
#[derive(Debug)]
pub enum Settled<T> {
    /// Done.
    Yes(T),
    /// Intake is closed; when to come back, if the service said.
    Closed(Option<Duration>),
    /// Refused for good.
    No,
    /// The run ends, or patience did: the outcome may be unknown.
    Open,
}

/// A user's state between transactions.
#[derive(Clone)]
pub struct Customer {
    shared: Arc<Shared>,
    choices: ChaCha12Rng,
    keys: Ids,
    misses: u32,
    /// Product, channel and region of what it applied for.
    place: Option<Scope>,
}

impl Customer {
    /// The next customer of a run. Choices follow from the seed; keys never
    /// do, for they salt the digests in the journal.
    #[must_use]
    pub fn new(shared: &Arc<Shared>) -> Self {
        let mut choices = ChaCha12Rng::seed_from_u64(shared.seed);
        choices.set_stream(shared.next_customer());
        Self {
            shared: Arc::clone(shared),
            choices,
            keys: Ids::system(Clock::system()),
            misses: 0,
            place: None,
        }
    }

    /// What all customers share.
    #[must_use]
    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// The source of choices.
    pub const fn choices(&mut self) -> &mut ChaCha12Rng {
        &mut self.choices
    }

    /// Whether a chance of so many percent comes true.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.choices.random_range(0..100) < percent
    }

    /// A fresh idempotency key: a UUID of version 7, 32 characters, whose 62 random bits nobody guesses.
    pub fn key(&mut self) -> String {
        self.keys.next().simple().to_string()
    }

    /// From now on, what it asks for is about this product, channel and region.
    pub fn is_about(&mut self, place: Scope) {
        self.place = Some(place);
    }

    /// Whether the run ends.
    #[must_use]
    pub fn stopping(&self) -> bool {
        self.shared.stop.is_triggered()
    }

    /// Waits, but not beyond the end of the run.
    pub async fn pause(&self, wait: Duration) {
        tokio::select! {
            () = self.shared.stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    /// Waits at the closed door, between its shortest and longest wait.
    pub async fn wait_at_the_door(&mut self, retry_after: Option<Duration>) {
        let (shortest, longest) = settle::at_the_door(retry_after);
        let wait = self.choices.random_range(shortest..=longest);
        self.pause(wait).await;
    }

    /// Writes, repeating the same request while its outcome is open or the
    /// service is away. Nothing new is begun once the run ends.
    pub async fn write<T>(&mut self, verb: Verb, bearer: Bearer, request: &Request<T>) -> Settled<T>
    where
        T: Answered + DeserializeOwned,
    {
        let begun = Instant::now();
        let mut drained_by = None;
        let mut may_be_done = false;
        for repeat in 0.. {
            if self.stopping() {
                let by = *drained_by.get_or_insert_with(|| Instant::now() + self.shared.drain);
                if repeat == 0 || Instant::now() >= by {
                    break;
                }
            } else if begun.elapsed() >= self.shared.patience {
                break;
            }
            let (seen, result) = self.attempt(verb, bearer, request).await;
            may_be_done |= seen == Seen::Ambiguous;
            match result {
                Ok(body) => return Settled::Yes(body),
                // A door that is closed now says nothing of an earlier attempt
                // that may have come through: stay with the request.
                Err(retry_after) if seen == Seen::Closed && may_be_done => {
                    self.wait_at_the_door(retry_after).await;
                }
                Err(retry_after) if seen == Seen::Closed => return Settled::Closed(retry_after),
                Err(_) if !seen.asks_for_a_repeat() => return Settled::No,
                Err(_) => tokio::time::sleep(self.jittered(settle::before_repeat(repeat))).await,
            }
        }
        Settled::Open
    }

    /// Writes what a closed intake refuses: comes back until it is open again,
    /// each time with a new request.
    pub async fn write_gated<T>(
        &mut self,
        verb: Verb,
        bearer: Bearer,
        request: impl Fn(&str) -> Request<T>,
    ) -> Option<T>
    where
        T: Answered + DeserializeOwned,
    {
        loop {
            let request = request(&self.key());
            match self.write(verb, bearer, &request).await {
                Settled::Yes(body) => return Some(body),
                Settled::Closed(retry_after) => self.wait_at_the_door(retry_after).await,
                Settled::No | Settled::Open => return None,
            }
        }
    }

    /// Writes what is not gated.
    pub async fn write_plain<T>(&mut self, verb: Verb, bearer: Bearer, request: &Request<T>) -> Option<T>
    where
        T: Answered + DeserializeOwned,
    {
        match self.write(verb, bearer, request).await {
            Settled::Yes(body) => Some(body),
            Settled::Closed(_) | Settled::No | Settled::Open => None,
        }
    }

    /// Reads once; waits a little where nobody answers.
    pub async fn read<T>(&mut self, verb: Verb, request: &Request<T>) -> Option<T>
    where
        T: Answered + DeserializeOwned,
    {
        if self.stopping() {
            return None;
        }
        let (seen, result) = self.attempt(verb, Bearer::Channel, request).await;
        if seen.asks_for_a_repeat() {
            let wait = self.jittered(settle::before_repeat(self.misses));
            self.misses = self.misses.saturating_add(1);
            self.pause(wait).await;
        } else {
            self.misses = 0;
        }
        result.ok()
    }

    /// One attempt, recorded; a refusal keeps only when to come back.
    async fn attempt<T>(
        &self,
        verb: Verb,
        bearer: Bearer,
        request: &Request<T>,
    ) -> (Seen, Result<T, Option<Duration>>)
    where
        T: Answered + DeserializeOwned,
    {
        let begun = Instant::now();
        let result = self.shared.clients.of(bearer).send(request).await;
        let seen =
            self.shared
                .recorder
                .record((verb, self.place.as_ref()), request, &result, begun.elapsed());
        let result = result.map(|reply| reply.body).map_err(|error| match error {
            CallError::Refused { retry_after, .. } => retry_after,
            _ => None,
        });
        (seen, result)
    }

    /// Half to all of a wait, so that customers don't come back in step.
    fn jittered(&mut self, wait: Duration) -> Duration {
        self.choices.random_range(wait / 2..=wait)
    }
}
