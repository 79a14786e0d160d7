//! Delays a close.

use std::time::Duration;

use super::{Effect, Item, What, after};

pub(super) struct SlowClose(pub(super) Duration);

impl Effect for SlowClose {
    fn pass(&mut self, mut item: Item, next: &mut Vec<Item>) {
        if item.what == What::End {
            item.due = after(item.due, self.0);
        }
        next.push(item);
    }
}
