//! Resets the connection some time after the first bytes, or after a close. Nothing passes any more.

use std::time::Duration;

use tokio::time::Instant;

use super::{Effect, Item, What, after};

pub(super) struct ResetPeer {
    timeout: Duration,
    at: Option<Instant>,
}

impl ResetPeer {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, at: None }
    }

    fn reset(due: Instant) -> Item {
        Item {
            due,
            what: What::Reset,
        }
    }
}

impl Effect for ResetPeer {
    fn pass(&mut self, item: Item, next: &mut Vec<Item>) {
        match item.what {
            What::Data(..) | What::End if self.at.is_none() => {
                let at = after(item.due, self.timeout);
                self.at = Some(at);
                next.push(Self::reset(at));
            }
            What::Data(..) | What::End => {}
            What::Cut | What::Reset => next.push(item),
        }
    }

    fn begin(&mut self, now: Instant, next: &mut Vec<Item>) {
        if let Some(at) = self.at {
            next.push(Self::reset(at.max(now)));
        }
    }

    fn must_close_after(&self) -> bool {
        // It has swallowed something only once it was set off.
        self.at.is_some()
    }
}
