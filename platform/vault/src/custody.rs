//! The vault: keys of subjects, handed out while this instance would know of their destruction.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use base::ids::Ids;
use tokio::sync::{Mutex as Turn, Notify};
use uuid::Uuid;

use crate::keys::Subject;
use crate::lease::Lease;
use crate::registry::Registry;
use crate::store::{KeyStore, Tombstone};
use crate::{Category, Custodian, Keys, VaultError, heart};

/// Subjects made ahead: at ten thousand new firms a second half of them last for
/// 50 ms, ten times what making the other half takes.
const AHEAD: usize = 1024;
/// Subjects in one commit: on SQLite about 2 ms of the writer.
const BATCH: usize = 256;
/// Reads of one subject's keys that meet a new tombstone each time; more means
/// that something destroys without pause.
const READS: usize = 8;

/// Seals, opens and destroys under a key store. Cheap to clone; the tasks that
/// keep it fresh end when the last clone is gone.
#[derive(Clone)]
pub struct Vault(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) store: Arc<KeyStore>,
    pub(crate) lease: Arc<Lease>,
    pub(crate) registry: Registry,
    /// This instance's name in the key store.
    pub(crate) name: String,
    pub(crate) filling: Notify,
    ids: Ids,
    pool: Mutex<VecDeque<Arc<Subject>>>,
    turn: Turn<()>,
    looking: Turn<()>,
}

impl Vault {
    /// Opens a vault over a key store: announces itself, looks at the tombstones
    /// once, makes the first subjects, and keeps looking and making more until it is dropped.
    ///
    /// # Errors
    /// The key store or a KEK is missing.
    pub async fn open(store: Arc<KeyStore>) -> Result<Self, VaultError> {
        let name = Uuid::from_u128(rand::Rng::random(&mut rand::rng()))
            .simple()
            .to_string();
        let known = store.journal.as_ref().map_or(0, crate::journal::Journal::seq);
        store.beat(&name, true).await?;
        let ids = Ids::system(store.clock.clone());
        let vault = Self(Arc::new(Inner {
            registry: Registry::new(known),
            lease: Arc::new(Lease::none()),
            name,
            filling: Notify::new(),
            ids,
            pool: Mutex::default(),
            turn: Turn::new(()),
            looking: Turn::new(()),
            store,
        }));
        vault.0.look().await?;
        // Before the first subjects are made: on a slow disk that outlasts the lease.
        heart::start(&vault.0);
        // One batch, so that a process is ready soon; the rest beside its first requests.
        vault.0.fill(BATCH).await?;
        vault.0.filling.notify_one();
        Ok(vault)
    }

    /// The key store behind it, for rotations, sweeps and backups.
    #[must_use]
    pub fn store(&self) -> &Arc<KeyStore> {
        &self.0.store
    }

    /// A new subject with all its keys, durable already: costs no write.
    ///
    /// # Errors
    /// [`VaultError::Stale`]; or the key store, when the subjects made ahead are used up.
    pub async fn fresh(&self) -> Result<(Uuid, Keys), VaultError> {
        loop {
            if !self.0.lease.holds() {
                return Err(VaultError::Stale);
            }
            let (next, left) = self.0.take();
            if left < AHEAD / 2 {
                self.0.filling.notify_one();
            }
            let Some(subject) = next else {
                self.0.fill(BATCH).await?;
                continue;
            };
            let id = subject.id;
            // Nobody can have destroyed what nobody was given: no tombstone is later.
            if let Some(keys) = self.0.registry.admit(subject, i64::MAX) {
                return Ok((id, keys));
            }
        }
    }

    /// Takes a fresh subject back under which nothing was kept, for the next who asks.
    /// Whoever cannot know whether something was, keeps it.
    pub fn give_back(&self, keys: Keys) {
        self.0.lock().push_front(keys.0);
    }

    /// A subject's keys, from memory or from the key store.
    ///
    /// # Errors
    /// [`VaultError::NoSubject`], [`VaultError::Stale`], or the key store's refusal.
    pub async fn keys(&self, subject: Uuid) -> Result<Keys, VaultError> {
        if let Some(keys) = self.0.registry.find(subject) {
            return Ok(keys);
        }
        if !self.0.lease.holds() {
            return Err(VaultError::Stale);
        }
        for _ in 0..READS {
            let loaded = self.0.store.load(subject, &self.0.lease).await?;
            if let Some(keys) = self.0.registry.admit(loaded.subject, loaded.head) {
                return Ok(keys);
            }
        }
        Err(VaultError::Stale)
    }

    /// A keyed digest by which a row is found without opening it, under a key of
    /// the affairs custodian's; 32 bytes.
    ///
    /// Equal values of one kind have equal digests, so write the value in one form
    /// first (upper case, no spaces). A digest of customer data is customer data:
    /// it goes when the data goes.
    #[must_use]
    pub fn blind_index(&self, kind: &str, value: &str) -> Vec<u8> {
        self.blind_index_under(Custodian::Affairs, kind, value)
    }

    /// The same under a custodian's key: an index over what identifies a person
    /// belongs to [`Custodian::Identity`].
    #[must_use]
    pub fn blind_index_under(&self, custodian: Custodian, kind: &str, value: &str) -> Vec<u8> {
        let length = (kind.len() as u64).to_be_bytes();
        let [affairs, identity] = &self.0.store.indexes;
        let digest = match custodian {
            Custodian::Affairs => affairs,
            Custodian::Identity => identity,
        };
        digest.of(&[&length, kind.as_bytes(), value.as_bytes()])
    }

    /// Destroys a subject's keys of these categories for good, and gives the
    /// number of the last tombstone. Here they are unusable when it returns, on
    /// every other instance a second after the commit at the latest. Repeating it
    /// changes nothing.
    ///
    /// Copies of the wrapped key in backups and logs die with the KEK: rotate
    /// after destructions.
    ///
    /// # Errors
    /// [`VaultError::NoSubject`], the key store's refusal, or, with the key
    /// destroyed already, a journal that cannot be written.
    pub async fn destroy(&self, subject: Uuid, categories: &[Category]) -> Result<u64, VaultError> {
        let head = self.0.store.destroy(subject, categories).await?;
        if let Some(keys) = self.0.registry.find(subject) {
            keys.0
                .kill(categories.iter().fold(0, |set, category| set | category.bit()));
        }
        // The same look that other instances take; it also writes the journal.
        self.0.look().await?;
        Ok(head.unsigned_abs())
    }

    /// Whether keys may be used now: false a second after the key store was last heard.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.0.lease.holds()
    }

    /// Gives back the subjects that were made ahead and leaves the key store.
    ///
    /// # Errors
    /// The key store's refusal; a sweep then does it later.
    pub async fn close(&self) -> Result<(), VaultError> {
        self.0.lease.end();
        // Whoever makes subjects now is waited for; after that nobody does.
        let _turn = self.0.turn.lock().await;
        self.0.registry.clear();
        let unused: Vec<_> = self.0.lock().drain(..).map(|subject| subject.id).collect();
        self.0.store.leave(&self.0.name, unused).await
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Subject>>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> (Option<Arc<Subject>>, usize) {
        let mut pool = self.lock();
        (pool.pop_front(), pool.len())
    }

    /// Makes subjects ahead until there are as many, one batch a commit; whoever
    /// waits for the same finds them made.
    pub(crate) async fn fill(&self, upto: usize) -> Result<(), VaultError> {
        let _turn = self.turn.lock().await;
        while self.lock().len() + BATCH <= upto {
            if !self.lease.holds() {
                return Err(VaultError::Stale);
            }
            let ids = (0..BATCH).map(|_| self.ids.next()).collect();
            let made = self.store.make(&self.name, ids, &self.lease).await?;
            self.lock().extend(made.subjects.into_iter().map(Arc::new));
        }
        Ok(())
    }

    /// The same, to the full.
    pub(crate) async fn fill_up(&self) -> Result<(), VaultError> {
        self.fill(AHEAD).await
    }

    /// Looks at the tombstones and, when every one was seen, renews the lease from
    /// the look's start.
    pub(crate) async fn look(&self) -> Result<(), VaultError> {
        // One at a time, so that the journal gets tombstones in their order.
        let _turn = self.looking.lock().await;
        let began = std::time::Instant::now();
        loop {
            let applied = self.registry.applied();
            // What the journal could not take last time is asked for again.
            let journal = self.store.journal.as_ref();
            let after = journal.map_or(applied, |journal| journal.seq().min(applied));
            let news = self.store.news(&self.name, after).await?;
            if news.store != self.store.identity || news.head < applied || !news.counted {
                self.lease.end();
                self.registry.clear();
                return Err(VaultError::Stale);
            }
            self.apply(&news.tombstones);
            if let Some(journal) = journal {
                journal.add(&news.tombstones)?;
            }
            if let Err(error) = self.store.follow(news.keks) {
                // A KEK file that cannot be read or changed just now is no reason to stop.
                tracing::warn!(%error, "a rotation elsewhere cannot be followed");
            }
            if !news.more {
                self.lease.renew(began);
                return Ok(());
            }
        }
    }

    fn apply(&self, tombstones: &[Tombstone]) {
        let dead: Vec<_> = tombstones
            .iter()
            .map(|stone| (stone.subject, stone.category.bit()))
            .collect();
        if let Some(last) = tombstones.last() {
            self.registry.kill(&dead, last.seq);
        }
    }
}
