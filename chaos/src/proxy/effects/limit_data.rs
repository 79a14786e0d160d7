//! Closes the connection after so many bytes. Bytes count once they have left, so that none counts twice when the list
//! of toxics changes in between.

use tokio::time::Instant;

use super::{Effect, Item, What};

pub(super) struct LimitData {
    most: u64,
    sent: u64,
    /// Passed on since the beginning, left or not.
    passed: u64,
    cut: bool,
}

impl LimitData {
    pub(super) fn new(bytes: i64) -> Self {
        Self {
            most: u64::try_from(bytes).unwrap_or(0),
            sent: 0,
            passed: 0,
            cut: false,
        }
    }
}

impl Effect for LimitData {
    fn pass(&mut self, mut item: Item, next: &mut Vec<Item>) {
        let due = item.due;
        if self.cut {
            return;
        }
        if let What::Data(bytes, _) = &mut item.what {
            let room = self.most.saturating_sub(self.passed);
            bytes.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            self.passed = self.passed.saturating_add(length);
            self.cut = self.passed >= self.most;
            if length > 0 {
                next.push(item);
            }
            if self.cut {
                next.push(Item { due, what: What::Cut });
            }
        } else {
            next.push(item);
        }
    }

    fn begin(&mut self, now: Instant, next: &mut Vec<Item>) {
        self.passed = self.sent;
        // A limit of nothing waits for the first byte; one that was lowered below what was sent does not.
        self.cut = self.sent > 0 && self.sent >= self.most;
        if self.cut {
            next.push(Item {
                due: now,
                what: What::Cut,
            });
        }
    }

    fn left(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    fn follow(&mut self, sent: u64) {
        self.sent = sent;
    }

    fn sent(&self) -> u64 {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_helper::{bytes, data, passed};
    use super::*;

    #[test]
    fn it_closes_at_the_byte_and_passes_nothing_after() {
        let now = Instant::now();
        let mut limit = LimitData::new(5);
        assert_eq!(bytes(&passed(&mut limit, data("abc", now))), b"abc");
        let last = passed(&mut limit, data("defg", now));
        assert_eq!(bytes(&last), b"de");
        assert_eq!(last[1].what, What::Cut);
        assert_eq!(passed(&mut limit, data("h", now)), []);
    }

    #[test]
    fn what_has_not_left_when_the_list_changes_counts_once() {
        let now = Instant::now();
        let mut limit = LimitData::new(5);
        passed(&mut limit, data("abcd", now));
        limit.left(2);
        limit.begin(now, &mut Vec::new());
        assert_eq!(bytes(&passed(&mut limit, data("cd", now))), b"cd");
        assert_eq!(bytes(&passed(&mut limit, data("efg", now))), b"e");
    }

    #[test]
    fn one_that_is_lowered_below_what_was_sent_closes_at_once() {
        let now = Instant::now();
        let mut limit = LimitData::new(3);
        limit.follow(4);
        let mut next = Vec::new();
        limit.begin(now, &mut next);
        assert_eq!(next[0].what, What::Cut);
    }
}
