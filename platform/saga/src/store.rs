//! Where journals are kept: the trait, and what goes in and out.

use std::pin::Pin;

use db::DbError;

use crate::event::Event;

/// Lines of one journal. A plan of two hundred steps that are done and undone has eight hundred.
pub const MOST_ENTRIES: i64 = 10_000;

/// Bytes of what a saga is begun with: the parameters of a runbook.
pub const LONGEST_CONTEXT: usize = 16 * 1024;

/// A store's answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// One saga, without its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its id.
    pub id: String,
    /// What it is of, such as a runbook's id.
    pub kind: String,
    /// The digest of its plan.
    pub plan: String,
    /// JSON that whoever began it needs to make the same plan again.
    pub context: String,
    /// Who began it.
    pub by: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// Entries in its journal.
    pub seq: i64,
    /// How it stands after the last one, see [`crate::Next::as_str`].
    pub standing: String,
    /// Who runs it, until when, if somebody does.
    pub held: Option<(String, i64)>,
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// When it was written, in microseconds since 1970.
    pub at: i64,
    /// The token of the lease under which it was written.
    pub fence: i64,
    /// What happened.
    pub event: Event,
}

/// The right to write in one journal. Each new one has a greater fence, and only the greatest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Of which saga.
    pub saga: String,
    /// The token.
    pub fence: i64,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The number that it gets: one more than the journal has.
    pub seq: i64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// What happened.
    pub event: Event,
    /// How the saga stands then.
    pub standing: &'static str,
    /// Until when the lease is renewed with it.
    pub until: i64,
}

/// Why a store did not do it; nothing was written, but for [`DbError::Ambiguous`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else runs it.
    #[error("{by} runs it, at least until {until} (microseconds since 1970)")]
    Held {
        /// Who.
        by: String,
        /// Until when, in microseconds since 1970.
        until: i64,
    },
    /// The lease went to somebody else.
    #[error("the lease was lost: somebody else runs it now")]
    Lost,
    /// The journal is not where the writer thinks it is.
    #[error("the journal has gone on without this writer")]
    Sequence,
    /// There is no such saga.
    #[error("there is no such saga")]
    Unknown,
    /// There is one of that id, which was begun otherwise.
    #[error("there is another saga of that id")]
    Exists,
    /// What was handed in exceeds a bound.
    #[error("too long: {0}")]
    TooLong(&'static str),
    /// A row holds what this version cannot read.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
    /// The database.
    #[error("the journal's store did not do it")]
    Db(#[from] DbError),
}

/// Keeps journals. Whatever it answers is durable.
pub trait Store: Send + Sync {
    /// Begins a saga with an empty journal; the same once more changes nothing.
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()>;

    /// Takes the lease, if nobody has it or it has run out at `now`.
    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease>;

    /// Makes the lease last until `until`.
    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()>;

    /// Gives the lease back; one that was lost is none.
    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()>;

    /// Writes one entry, if the lease is the last that was given and the number is the next.
    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()>;

    /// One saga with its whole journal.
    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)>;

    /// The newest sagas, `most` of them.
    fn list(&self, most: u32) -> Answer<'_, Vec<Header>>;
}
