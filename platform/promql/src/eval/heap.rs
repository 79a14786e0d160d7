//! The heap of `topk` and `bottomk`.
//!
//! Which of equal values stay depends on how a heap moves them, so it moves them as Go's `container/heap` does:
//! then the choice is that of Prometheus.

use super::names::Element;

/// The element at the top is the one that goes first.
pub(super) struct Heap {
    all: Vec<Element>,
    /// Whether the least goes first, as when the largest are kept.
    least_first: bool,
}

impl Heap {
    pub(super) const fn new(least_first: bool) -> Self {
        Self {
            all: Vec::new(),
            least_first,
        }
    }

    /// NaN goes before all.
    fn before(&self, a: f64, b: f64) -> bool {
        a.is_nan() || if self.least_first { a < b } else { a > b }
    }

    /// Takes one more, so that there are at most `most`.
    pub(super) fn offer(&mut self, element: Element, most: usize) {
        if self.all.len() < most {
            self.push(element);
            return;
        }
        let Some((_, top)) = self.all.first() else {
            return;
        };
        if !(top.is_nan() || self.before(*top, element.1)) {
            return;
        }
        if let (1, Some(only)) = (most, self.all.first_mut()) {
            *only = element;
        } else {
            self.pop();
            self.push(element);
        }
    }

    fn goes_before(&self, i: usize, j: usize) -> bool {
        match (self.all.get(i), self.all.get(j)) {
            (Some((_, a)), Some((_, b))) => self.before(*a, *b),
            _ => false,
        }
    }

    fn push(&mut self, element: Element) {
        self.all.push(element);
        let mut at = self.all.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !self.goes_before(at, parent) {
                break;
            }
            self.all.swap(parent, at);
            at = parent;
        }
    }

    fn pop(&mut self) {
        let last = self.all.len() - 1;
        self.all.swap(0, last);
        self.all.pop();
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= last {
                return;
            }
            if child + 1 < last && self.goes_before(child + 1, child) {
                child += 1;
            }
            if !self.goes_before(child, at) {
                return;
            }
            self.all.swap(at, child);
            at = child;
        }
    }

    /// The one that goes last comes first.
    pub(super) fn sorted(mut self) -> Vec<Element> {
        let least_first = self.least_first;
        super::sort::order(&mut self.all, least_first);
        self.all
    }
}
