//! How a tool holds a fault: the record first, then the fault. [`Folder::hold`] takes the injection as a function, so
//! that there is no order to get wrong.

use std::time::{Duration, Instant};

use base::clock::Clock;
use base::ids::Ids;

use crate::error::Error;
use crate::folder::Folder;
use crate::process::Process;
use crate::record::{Record, Terms};
use crate::undo::{self, Done};

/// How long a tool waits for somebody else who is undoing its fault: longer than any undo may take.
const PATIENCE: Duration = Duration::from_secs(75);

/// A fault that is in force, and what holds it.
#[derive(Debug)]
pub struct Held<T> {
    /// Ends the fault.
    pub lease: Lease,
    /// What the injection returned.
    pub value: T,
}

/// The right to a fault until it ends. Dropping it ends nothing: the record stays, and a keeper takes it on.
#[derive(Debug)]
#[must_use = "a lease that is dropped is undone by a keeper only"]
pub struct Lease {
    folder: Folder,
    record: Record,
}

impl Folder {
    /// Writes how a fault is undone, then injects it. If the injection fails, it is undone at once: it may have been
    /// half done.
    ///
    /// # Errors
    /// When no record can be written, in which case nothing was injected, or what the injection said.
    pub fn hold<T, E: From<Error>>(
        &self,
        terms: Terms,
        clock: &Clock,
        inject: impl FnOnce(&Record) -> Result<T, E>,
    ) -> Result<Held<T>, E> {
        let lease = self.write_first(terms, clock)?;
        match inject(&lease.record) {
            Ok(value) => Ok(Held { lease, value }),
            Err(error) => {
                lease.end()?;
                Err(error)
            }
        }
    }

    /// The same for an injection that waits for something.
    ///
    /// # Errors
    /// As [`Folder::hold`].
    pub async fn hold_async<T, E: From<Error>>(
        &self,
        terms: Terms,
        clock: &Clock,
        inject: impl AsyncFnOnce(&Record) -> Result<T, E>,
    ) -> Result<Held<T>, E> {
        let lease = self.write_first(terms, clock)?;
        match inject(&lease.record).await {
            Ok(value) => Ok(Held { lease, value }),
            Err(error) => {
                lease.end()?;
                Err(error)
            }
        }
    }

    fn write_first(&self, terms: Terms, clock: &Clock) -> Result<Lease, Error> {
        let made_at = clock.now();
        let record = Record {
            id: Ids::system(clock.clone()).next().to_string(),
            fault: terms.fault,
            made_at,
            expires_at: made_at
                .checked_add(terms.lasts)
                .map_err(|error| Error::Nonsense(format!("the fault's end: {error}")))?,
            owner: Process::own().map_err(Error::io("/proc"))?,
            undo: terms.undo,
        };
        self.write(&record)?;
        Ok(Lease {
            folder: self.clone(),
            record,
        })
    }

    /// Undoes a lease if nobody has it in hand.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::NotUndone`], or what the file system refused; the record stays.
    pub(crate) fn undo(&self, id: &str) -> Result<Done, Error> {
        let Some(claim) = self.claim(id)? else {
            return Ok(Done::Before);
        };
        let record = claim.record()?;
        match undo::carry_out(&record, self) {
            Ok(()) => {
                claim.remove()?;
                Ok(Done::Now)
            }
            Err(why) => {
                claim.note(&why);
                Err(Error::NotUndone {
                    id: id.to_owned(),
                    why,
                })
            }
        }
    }
}

impl Lease {
    /// The record.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Ends the fault, looks whether it has ended, and removes the record. It blocks, for up to a minute where a
    /// program is run; to end it twice, or after a keeper did, does nothing.
    ///
    /// # Errors
    /// When it could not be undone: the record stays, and a keeper goes on trying.
    pub fn end(&self) -> Result<Done, Error> {
        let began = Instant::now();
        loop {
            match self.folder.undo(&self.record.id) {
                Err(Error::Busy(_)) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                ended => return ended,
            }
        }
    }
}
