//! How a command ended, an audit among them.

pub use base::ended::{Expected, code, stop};
use base::exit;
use laws::verdict::{Ruling, Verdict};

/// The exit code of an audit: every law that must be touched was touched and held.
#[must_use]
pub fn judged(rulings: &[Ruling], required: &[u8]) -> u8 {
    let any = |verdict| {
        rulings
            .iter()
            .any(|ruling| ruling.verdict == verdict && required.contains(&ruling.law))
    };
    // A broken law counts whether it was asked about or not.
    if rulings.iter().any(|ruling| ruling.verdict == Verdict::Broken) {
        exit::LAW_BROKEN
    } else if any(Verdict::NotTouched) {
        exit::NOT_TOUCHED
    } else {
        exit::OK
    }
}

#[cfg(test)]
mod tests {
    use laws::verdict::{Tally, not_touched};

    use super::*;

    #[test]
    fn only_touched_and_held_is_a_pass() {
        let held = || Tally::default().ruling(1, None);
        let mut against = Tally::default();
        against.against("late", "app", "");
        let broken = against.ruling(2, None);
        assert_eq!(judged(&[held(), not_touched(4, "later")], &[1]), exit::OK);
        assert_eq!(
            judged(&[held(), not_touched(2, "nobody pressed")], &[1, 2]),
            exit::NOT_TOUCHED
        );
        assert_eq!(
            judged(&[held(), broken.clone(), not_touched(3, "")], &[1, 2, 3]),
            exit::LAW_BROKEN
        );
        assert_eq!(judged(&[held(), broken], &[1]), exit::LAW_BROKEN);
    }
}
