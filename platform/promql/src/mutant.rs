//! Wrong behaviours that the differential test plants, one at a time, to show that it would see them. Outside of
//! tests there is none, and asking costs nothing.

#[cfg(not(test))]
pub(crate) const fn planted(_fault: &str) -> bool {
    false
}

#[cfg(test)]
pub(crate) use planting::{plant, planted};

#[cfg(test)]
mod planting {
    use std::cell::Cell;

    thread_local! {
        static PLANTED: Cell<&'static str> = const { Cell::new("") };
    }

    /// Whether this fault is planted in this thread.
    pub(crate) fn planted(fault: &str) -> bool {
        PLANTED.get() == fault
    }

    /// Plants a fault in this thread, in the place of the one before; the empty one is none.
    pub(crate) fn plant(fault: &'static str) {
        PLANTED.set(fault);
    }
}
