//! A channel that stands in for a receiver: it notes what it gets and answers as it is told.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use notify::channel::{Channel, Delivered, Failure, Outgoing, Sending};
use notify::page::Page;
use tokio::sync::Notify;

/// What arrived.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) channel: String,
    pub(crate) key: String,
    pub(crate) page: Page,
    pub(crate) to: Vec<String>,
    pub(crate) at: i64,
}

impl Receipt {
    /// `fingerprint@start` of what it shows as firing, or as over.
    pub(crate) fn marks(&self, firing: bool) -> BTreeSet<String> {
        let shown = self
            .page
            .alerts
            .iter()
            .filter(|alert| alert.fires(self.page.at) == firing);
        shown
            .map(|alert| format!("{}@{}", alert.fingerprint, alert.starts_at))
            .collect()
    }

    /// The names of what it shows as firing, or as over.
    pub(crate) fn names(&self, firing: bool) -> Vec<String> {
        let shown = self
            .page
            .alerts
            .iter()
            .filter(|alert| alert.fires(self.page.at) == firing);
        shown.map(|alert| alert.name().to_owned()).collect()
    }
}

/// How the next page is answered.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// It is refused.
    Fail(Failure),
    /// The process dies before the page is out.
    DieBefore,
    /// The receiver has the page, and the process dies before it knows.
    DieAfter,
    /// It is taken, and somebody answers at once.
    Ack(String),
}

#[derive(Default)]
struct Shared {
    receipts: Mutex<Vec<Receipt>>,
    plans: Mutex<VecDeque<Plan>>,
    /// All pages are refused.
    broken: Mutex<bool>,
    died: Notify,
}

/// All stand-ins of a world share what they note.
#[derive(Clone, Default)]
pub(crate) struct Stand(Arc<Shared>);

impl Stand {
    pub(crate) fn channel(&self, name: &str) -> Box<dyn Channel> {
        Box::new(StandIn {
            name: name.to_owned(),
            stand: self.clone(),
        })
    }

    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        self.0.receipts.lock().unwrap().clone()
    }

    pub(crate) fn plan(&self, plan: Plan) {
        self.0.plans.lock().unwrap().push_back(plan);
    }

    /// Forgets plans that nothing has met.
    pub(crate) fn clear(&self) {
        self.0.plans.lock().unwrap().clear();
    }

    pub(crate) fn broken(&self, broken: bool) {
        *self.0.broken.lock().unwrap() = broken;
    }

    /// Waits until a page has met a plan to die.
    pub(crate) async fn died(&self) {
        self.0.died.notified().await;
    }
}

struct StandIn {
    name: String,
    stand: Stand,
}

impl StandIn {
    fn note(&self, outgoing: &Outgoing) {
        self.stand.0.receipts.lock().unwrap().push(Receipt {
            channel: self.name.clone(),
            key: outgoing.key.clone(),
            page: outgoing.page.clone(),
            to: outgoing.to.clone(),
            at: outgoing.now,
        });
    }

    async fn answer(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        if *self.stand.0.broken.lock().unwrap() {
            return Err(Failure::new("broken"));
        }
        let plan = self.stand.0.plans.lock().unwrap().pop_front();
        match plan {
            Some(Plan::Fail(failure)) => return Err(failure),
            Some(Plan::DieBefore) => {
                self.stand.0.died.notify_one();
                std::future::pending::<()>().await;
            }
            Some(Plan::DieAfter) => {
                self.note(outgoing);
                self.stand.0.died.notify_one();
                std::future::pending::<()>().await;
            }
            Some(Plan::Ack(by)) => {
                self.note(outgoing);
                return Ok(Delivered { acked_by: Some(by) });
            }
            None => {}
        }
        self.note(outgoing);
        Ok(Delivered::default())
    }
}

impl Channel for StandIn {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.answer(outgoing))
    }
}
