//! The notifier: what the process around it holds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::clock::Clock;
use base::ids::Ids;
use base::shutdown::Shutdown;
use db::{Db, Job, Tx};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::ack::{self, Acked, Answer};
use crate::calltree;
use crate::channel::{self, Channel, Delivered, Failure, Outgoing};
use crate::config::Config;
use crate::context::Context;
use crate::error::NotifyError;
use crate::event::Event;
use crate::flush::{self, PAUSE};
use crate::list::{self, Listed, Sent, Waiting};
use crate::meters::{self, Counters, Meter};
use crate::micros::{HOUR, MINUTE};
use crate::notice::Notice;
use crate::page::{Kind, Page};
use crate::sender::{self, Claimed, Next};
use crate::silence::{self, NewSilence, Silence};
use crate::sweep;
use crate::take::{self, Taken};

/// Alerts in one transaction: each is some ten statements, and SQLite's writer gives a job a second.
const CHUNK: usize = 200;
/// Events that wait to be fetched; what is older is dropped and counted.
const EVENTS: usize = 1000;
/// Wrong codes in a minute: with eight digits a guess is hopeless long before.
const GUESSES: u32 = 20;

/// The channels by name.
pub type Channels = BTreeMap<String, Box<dyn Channel>>;

/// From alerts to people. Cheap to clone.
#[derive(Clone)]
pub struct Notifier(Arc<Inner>);

struct Inner {
    db: Db,
    context: Context,
    clock: Clock,
    channels: Channels,
    wake: Notify,
    events: Mutex<VecDeque<Event>>,
    counters: Counters,
    /// When the last pass was made.
    passed: AtomicI64,
    /// The minute and how many wrong codes it has seen.
    guesses: Mutex<(i64, u32)>,
    /// Channels that asked to be left alone, until when.
    paused: Mutex<BTreeMap<String, i64>>,
}

impl Notifier {
    /// Opens it over a store that has the tables of [`crate::MIGRATIONS`].
    ///
    /// # Errors
    /// The store's, or no client for the network.
    pub async fn open(db: Db, config: Arc<Config>, clock: Clock) -> Result<Self, NotifyError> {
        let client = channel::http::client()?;
        let build = |(name, channel): (&String, &crate::config::ChannelConfig)| {
            (name.clone(), channel.spec.build(&client))
        };
        let channels = config.channels.iter().map(build).collect();
        let ids = Ids::system(clock.clone());
        Self::open_with(db, config, clock, ids, channels).await
    }

    /// As [`Notifier::open`], with ids and channels from outside, for tests.
    ///
    /// # Errors
    /// The store's.
    pub async fn open_with(
        db: Db,
        config: Arc<Config>,
        clock: Clock,
        ids: Ids,
        channels: Channels,
    ) -> Result<Self, NotifyError> {
        let inner = Inner {
            db,
            context: Context { config, ids },
            clock,
            channels,
            wake: Notify::new(),
            events: Mutex::new(VecDeque::new()),
            counters: Counters::default(),
            passed: AtomicI64::new(0),
            guesses: Mutex::new((0, 0)),
            paused: Mutex::new(BTreeMap::new()),
        };
        let notifier = Self(Arc::new(inner));
        let (context, now) = notifier.now();
        let back = notifier
            .write(move |tx| {
                Box::pin(async move {
                    take::reroute(tx, &context, now).await?;
                    Ok(sweep::seen(tx, now).await?)
                })
            })
            .await?;
        if let Some(back) = back {
            notifier.tell(Event::ClockWentBack(back));
        }
        Ok(notifier)
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.0.context.config
    }

    /// The source of ids, for the verbs that work in the caller's transaction.
    #[must_use]
    pub fn ids(&self) -> &Ids {
        &self.0.context.ids
    }

    fn now(&self) -> (Context, i64) {
        (self.0.context.clone(), self.0.clock.now_micros())
    }

    async fn write<T, F>(&self, job: F) -> Result<T, NotifyError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Job<'t, T, NotifyError> + Send + 'static,
        T: Send + 'static,
    {
        let done = self.0.db.write(job).await;
        if let Err(NotifyError::Store(_)) = &done {
            self.0.counters.add(meters::STORE, "", 1);
        }
        done
    }

    /// Takes alerts in. What is counted as kept is on disk, and will be told.
    ///
    /// # Errors
    /// The store's; then whoever has the alerts hands them in again. Nothing is told twice for that.
    pub async fn take(&self, notices: &[Notice]) -> Result<Taken, NotifyError> {
        let mut taken = Taken::default();
        for (i, chunk) in notices.chunks(CHUNK).enumerate() {
            let (context, now) = self.now();
            let chunk = chunk.to_vec();
            let part = self
                .write(move |tx| Box::pin(async move { take::take(tx, &context, &chunk, now).await }))
                .await?;
            taken.add(part, i * CHUNK);
        }
        let counters = &self.0.counters;
        counters.add(meters::TAKEN, "", taken.kept as u64);
        counters.add(meters::REFUSED, "", taken.refused.len() as u64);
        counters.add(meters::MASKED, "", taken.masked as u64);
        self.0.wake.notify_waiters();
        Ok(taken)
    }

    /// Decides what is due now; [`Notifier::run`] does this all the time. Says whether more may be due.
    ///
    /// # Errors
    /// The store's; then nothing was done.
    pub async fn tick(&self) -> Result<bool, NotifyError> {
        let (context, now) = self.now();
        let looked = context.clone();
        let due: bool = self
            .0
            .db
            .read(move |tx| -> Job<'_, bool, NotifyError> {
                Box::pin(async move { flush::is_due(tx, &looked, now).await })
            })
            .await?;
        if !due {
            self.0.passed.store(now, Ordering::Relaxed);
            return Ok(false);
        }
        let (passed, back) = self
            .write(move |tx| {
                Box::pin(async move {
                    let back = sweep::seen(tx, now).await?;
                    Ok((flush::pass(tx, &context, now).await?, back))
                })
            })
            .await?;
        if let Some(back) = back {
            self.tell(Event::ClockWentBack(back));
        }
        self.0.passed.store(now, Ordering::Relaxed);
        self.0.wake.notify_waiters();
        Ok(passed.more)
    }

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
            .write(move |tx| {
                Box::pin(async move { sender::mark(tx, &context, &claimed, &outcome, now).await })
            })
            .await?;
        if let Some(event) = event {
            if matches!(event, Event::Dead { .. }) {
                self.0.counters.add(meters::DEAD, channel, 1);
            }
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

    fn tell(&self, event: Event) {
        tracing::warn!(?event, "notifier");
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() >= EVENTS {
            events.pop_front();
            self.0.counters.add(meters::EVENTS, "", 1);
        }
        events.push_back(event);
    }

    /// What has happened since this was asked last.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.drain(..).collect()
    }

    /// Decides and sends until shutdown; an attempt that is under way then is waited for.
    pub async fn run(self, shutdown: Shutdown) {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().decide_until(shutdown.clone()));
        tasks.spawn(self.clone().keep_until(shutdown.clone()));
        for channel in self.0.channels.keys() {
            tasks.spawn(self.clone().send_until(channel.clone(), shutdown.clone()));
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn decide_until(self, shutdown: Shutdown) {
        while !shutdown.is_triggered() {
            match self.tick().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "a pass over the groups failed"),
            }
            self.wait(&shutdown).await;
        }
    }

    async fn send_until(self, channel: String, shutdown: Shutdown) {
        while !shutdown.is_triggered() {
            match self.send_next(&channel).await {
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, channel, "the outbox failed"),
            }
            self.wait(&shutdown).await;
        }
    }

    /// Once an hour what is over for long goes; each minute the call tree's calendar is looked at.
    async fn keep_until(self, shutdown: Shutdown) {
        let mut minutes = 0_u32;
        let mut told = false;
        while !shutdown.is_triggered() {
            if let Err(error) = self.keep(minutes % 60 == 0, &mut told).await {
                tracing::error!(%error, "keeping the notifier's tables failed");
            }
            minutes = minutes.wrapping_add(1);
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(Duration::from_micros(MINUTE.unsigned_abs())) => {}
            }
        }
    }

    async fn keep(&self, all: bool, told: &mut bool) -> Result<(), NotifyError> {
        let (context, now) = self.now();
        let config = Arc::clone(&context.config);
        let due: bool = self
            .0
            .db
            .read(move |tx| -> Job<'_, bool, NotifyError> {
                Box::pin(async move { calltree::due(tx, &config, now).await })
            })
            .await?;
        if due && !*told {
            self.tell(Event::CallTreeDue);
        }
        *told = due;
        while all {
            let config = Arc::clone(&context.config);
            let more = self
                .write(move |tx| Box::pin(async move { sweep::sweep(tx, &config, now).await }))
                .await?;
            if !more {
                break;
            }
        }
        Ok(())
    }

    async fn wait(&self, shutdown: &Shutdown) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.0.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_micros(PAUSE.unsigned_abs())) => {}
        }
    }

    /// Puts a silence in force and gives its id; [`silence::create`] does it in a transaction of the caller's.
    ///
    /// # Errors
    /// As [`silence::create`].
    pub async fn silence(&self, asked: NewSilence) -> Result<String, NotifyError> {
        let (context, now) = self.now();
        self.write(move |tx| {
            Box::pin(async move { silence::create(tx, &context.config, &context.ids, &asked, now).await })
        })
        .await
    }

    /// Ends a silence; [`silence::expire`] does it in a transaction of the caller's.
    ///
    /// # Errors
    /// As [`silence::expire`].
    pub async fn expire(&self, id: &str, by: &str) -> Result<(), NotifyError> {
        let (_, now) = self.now();
        let (id, by) = (id.to_owned(), by.to_owned());
        self.write(move |tx| Box::pin(async move { silence::expire(tx, &id, &by, now).await }))
            .await
    }

    /// Silences in force or to come, and with `over` the latest that are over.
    ///
    /// # Errors
    /// The store's.
    pub async fn silences(&self, over: bool) -> Result<Vec<Silence>, NotifyError> {
        let (_, now) = self.now();
        self.0
            .db
            .read(move |tx| Box::pin(async move { silence::list(tx, now, over).await }))
            .await
    }

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

    /// Alerts that fire, with what hides them.
    ///
    /// # Errors
    /// The store's.
    pub async fn alerts(&self) -> Result<Vec<Listed>, NotifyError> {
        let (context, now) = self.now();
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::alerts(tx, &context.config, now).await }))
            .await
    }

    /// Groups that somebody has to answer for.
    ///
    /// # Errors
    /// The store's.
    pub async fn escalations(&self) -> Result<Vec<Waiting>, NotifyError> {
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::escalations(tx).await }))
            .await
    }

    /// The latest pages in a state (`queued`, `sent`, `dead`, `superseded`, `cut`), or in any; at most 1,000.
    ///
    /// # Errors
    /// The store's.
    pub async fn pages(&self, state: Option<&str>, most: u32) -> Result<Vec<Sent>, NotifyError> {
        let state = state.map(str::to_owned);
        self.0
            .db
            .read(move |tx| Box::pin(async move { list::pages(tx, state.as_deref(), most).await }))
            .await
    }

    /// Queues a dead letter again.
    ///
    /// # Errors
    /// [`NotifyError::Unknown`] if there is no such dead letter.
    pub async fn revive(&self, key: &str) -> Result<(), NotifyError> {
        let (context, now) = self.now();
        let key = key.to_owned();
        self.write(move |tx| Box::pin(async move { sender::revive(tx, &context, &key, now).await }))
            .await?;
        self.0.wake.notify_waiters();
        Ok(())
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

    /// When the last pass was made, in microseconds since 1970; 0 before the first. A heartbeat of this notifier is
    /// this number: where it stands still, nobody is told of anything.
    #[must_use]
    pub fn last_pass(&self) -> i64 {
        self.0.passed.load(Ordering::Relaxed)
    }

    /// All numbers: the store's and what this process has counted.
    ///
    /// # Errors
    /// The store's.
    pub async fn meters(&self) -> Result<Vec<Meter>, NotifyError> {
        let (context, now) = self.now();
        let mut meters = self.0.counters.read();
        meters.push(Meter {
            name: meters::PASSED,
            channel: String::new(),
            value: (self.last_pass() / 1_000_000).unsigned_abs(),
        });
        let stored = self
            .0
            .db
            .read(move |tx| Box::pin(async move { meters::read(tx, &context.config, now).await }))
            .await?;
        meters.extend(stored);
        meters.sort();
        Ok(meters)
    }
}
