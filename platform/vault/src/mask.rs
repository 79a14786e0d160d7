//! Masked values: enough to recognise by eye what one knows already, too little to learn it.

/// What stands for a hidden character.
const HIDDEN: char = '*';

/// A name of a person or an enterprise: its first character.
#[must_use]
pub fn name(value: &str) -> String {
    keep(value, 1, 0)
}

/// A mobile number: its first three and last two digits. The first three name a
/// carrier, and two digits more tell one of a hundred thousand numbers from another.
#[must_use]
pub fn phone(value: &str) -> String {
    keep(value, 3, 2)
}

/// An identity number: its first and its last character. The region and the day of birth,
/// which the middle holds, would be found from far less than the whole.
#[must_use]
pub fn id_number(value: &str) -> String {
    keep(value, 1, 1)
}

/// An account number: its last four digits, as on a receipt.
#[must_use]
pub fn account(value: &str) -> String {
    keep(value, 0, 4)
}

/// Keeps characters at both ends; of a value that is too short to hide most of it, none.
fn keep(value: &str, first: usize, last: usize) -> String {
    let length = value.chars().count();
    let (first, last) = if length < 2 * (first + last) {
        (0, 0)
    } else {
        (first, last)
    };
    value
        .chars()
        .enumerate()
        .map(|(at, kept)| {
            if at < first || at + last >= length {
                kept
            } else {
                HIDDEN
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_keeps_its_ends() {
        assert_eq!(name("张三丰"), "张**");
        assert_eq!(phone("13800000042"), "138******42");
        assert_eq!(id_number("110101199003070000"), "1****************0");
        assert_eq!(account("9990000000000000042"), "***************0042");
        assert_eq!(account("12345678"), "****5678");
    }

    proptest! {
        #[test]
        fn at_least_half_is_hidden_and_the_length_stays(value in "[^*]{0,40}") {
            for masked in [name(&value), phone(&value), id_number(&value), account(&value)] {
                let length = value.chars().count();
                let hidden = masked.chars().filter(|char| *char == HIDDEN).count();
                prop_assert_eq!(masked.chars().count(), length);
                prop_assert!(2 * hidden >= length, "{}", masked);
            }
        }
    }
}
