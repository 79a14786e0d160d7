//! The book of payments: one thread owns every decision to pay, so a reference
//! is paid once however many orders for it arrive at the same moment. It takes
//! what has queued up, writes it to the journal with one fsync, and only then
//! lets anybody see it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot};

use super::journal::{Journal, JournalError};

/// Payments remembered; at about 150 bytes each they stay within 1 GB.
const MOST: usize = 5_000_000;
/// Orders that queue: more than the connectors' bulkheads let through at once.
const QUEUE: usize = 1_024;
/// Orders that share one fsync: what a slow disk (10 ms) lets queue up at 25,000 a second.
const TOGETHER: usize = 256;

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    /// It was paid just now.
    Now,
    /// It had been paid before; nothing moved.
    Before,
    /// Another amount had been paid under this reference; nothing moved.
    OtherAmount,
}

/// Why an order was not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// No room for another reference.
    #[error("the book is full")]
    Full,
    /// The journal could not be written; nothing is paid from here on.
    #[error("the journal is broken")]
    Broken,
}

type Entries = BTreeMap<String, i64>;

struct Order {
    reference: String,
    amount: i64,
    answer: oneshot::Sender<Result<Paid, BookError>>,
}

/// The payments made so far.
#[derive(Debug)]
pub struct Book {
    entries: Arc<RwLock<Entries>>,
    orders: mpsc::Sender<Order>,
}

impl Book {
    /// Opens the journal, if there is one, with the payments in it.
    ///
    /// # Errors
    /// A journal that can't be read, or isn't one.
    pub fn open(journal: Option<&Path>) -> Result<Self, JournalError> {
        let (journal, entries) = match journal {
            Some(path) => Journal::open(path).map(|(journal, entries)| (Some(journal), entries))?,
            None => (None, Entries::new()),
        };
        let entries = Arc::new(RwLock::new(entries));
        let (orders, queue) = mpsc::channel(QUEUE);
        let book = Arc::clone(&entries);
        // Ends when the last sender, which this book holds, is gone.
        std::thread::spawn(move || keep(&book, journal, queue));
        Ok(Self { entries, orders })
    }

    /// Pays, unless the reference was paid before.
    ///
    /// # Errors
    /// The order was not decided.
    pub async fn pay(&self, reference: String, amount: i64) -> Result<Paid, BookError> {
        let (answer, decided) = oneshot::channel();
        let order = Order {
            reference,
            amount,
            answer,
        };
        self.orders.send(order).await.map_err(|_| BookError::Broken)?;
        decided.await.unwrap_or(Err(BookError::Broken))
    }

    /// What was paid under a reference, in fen.
    #[must_use]
    pub fn amount(&self, reference: &str) -> Option<i64> {
        self.read(|entries| entries.get(reference).copied())
    }

    /// How many payments, and their sum in fen.
    #[must_use]
    pub fn totals(&self) -> (usize, i64) {
        self.read(|entries| {
            let sum = entries
                .values()
                .fold(0, |sum: i64, amount| sum.saturating_add(*amount));
            (entries.len(), sum)
        })
    }

    /// Some payments in the order of their references, after one of them.
    #[must_use]
    pub fn after(&self, reference: &str, most: usize) -> Vec<(String, i64)> {
        let from = (Bound::Excluded(reference), Bound::Unbounded);
        self.read(|entries| {
            let range = entries.range::<str, _>(from).take(most);
            range
                .map(|(reference, amount)| (reference.clone(), *amount))
                .collect()
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Entries) -> T) -> T {
        look(&self.entries.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Decides batch after batch until the book is gone or the journal breaks: a
/// failed fsync is never repeated, for the kernel may have dropped the pages.
fn keep(book: &RwLock<Entries>, mut journal: Option<Journal>, mut queue: mpsc::Receiver<Order>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while queue.blocking_recv_many(&mut batch, TOGETHER) > 0 {
        let (fresh, decisions) = decide(&book.read().unwrap_or_else(PoisonError::into_inner), &batch);
        if let Some(journal) = &mut journal
            && let Err(error) = journal.append(&fresh)
        {
            tracing::error!(%error, "the journal of payments is broken");
            return;
        }
        book.write().unwrap_or_else(PoisonError::into_inner).extend(fresh);
        for (order, decision) in batch.drain(..).zip(decisions) {
            // Who asked may have gone; the payment stands.
            let _ = order.answer.send(decision);
        }
    }
}

/// What each order comes to, and what is new in the batch.
fn decide(paid: &Entries, batch: &[Order]) -> (Entries, Vec<Result<Paid, BookError>>) {
    let mut fresh = Entries::new();
    let mut decide = |order: &Order| match paid.get(&order.reference).or(fresh.get(&order.reference)) {
        Some(amount) if *amount == order.amount => Ok(Paid::Before),
        Some(_) => Ok(Paid::OtherAmount),
        None if paid.len() + fresh.len() >= MOST => Err(BookError::Full),
        None => {
            fresh.insert(order.reference.clone(), order.amount);
            Ok(Paid::Now)
        }
    };
    let decisions = batch.iter().map(&mut decide).collect();
    (fresh, decisions)
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn fifty_orders_at_once_pay_once() {
        let book = Book::open(None).unwrap();
        let outcomes = join_all((0..50).map(|_| book.pay("drw_1".to_owned(), 100))).await;
        assert_eq!(outcomes.iter().filter(|paid| **paid == Ok(Paid::Now)).count(), 1);
        assert_eq!(
            outcomes.iter().filter(|paid| **paid == Ok(Paid::Before)).count(),
            49
        );
        assert_eq!(book.totals(), (1, 100));
    }

    #[tokio::test]
    async fn another_amount_under_the_same_reference_moves_nothing() {
        let book = Book::open(None).unwrap();
        assert_eq!(book.pay("drw_1".to_owned(), 100).await, Ok(Paid::Now));
        assert_eq!(book.pay("drw_1".to_owned(), 101).await, Ok(Paid::OtherAmount));
        assert_eq!(book.amount("drw_1"), Some(100));
    }

    #[tokio::test]
    async fn payments_are_listed_page_by_page() {
        let book = Book::open(None).unwrap();
        for n in 0..5 {
            book.pay(format!("drw_{n}"), n + 1).await.unwrap();
        }
        let first = book.after("", 2);
        assert_eq!(first, [("drw_0".to_owned(), 1), ("drw_1".to_owned(), 2)]);
        assert_eq!(book.after("drw_1", 10).len(), 3);
        assert_eq!(book.totals(), (5, 15));
    }
}
