//! How a leaf names the case that an act was for.

/// What a case's name looks like.
pub const REFERENCE: &str =
    "a case: 2-8 letters, - or _, then 1-10 letters and digits, or an id of this service";

/// Whether this is a case's name. Its shape keeps the numbers of people, phones and accounts,
/// which have eleven digits and more, out of the record.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    let Some((kind, number)) = text.split_once(['-', '_']) else {
        return false;
    };
    (2..=8).contains(&kind.len())
        && kind.bytes().all(|byte| byte.is_ascii_alphabetic())
        && ((1..=10).contains(&number.len()) || number.len() == 32)
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_a_case_and_no_person() {
        for good in ["tsk_01900000000070008000000000000000", "CMP-17", "INC-2026a"] {
            assert!(is_reference(good), "{good}");
        }
        for bad in [
            "",
            "17",
            "13800000042",
            "110101199003070000",
            "TEL-13800000042",
            "ID-110101199003070000",
            "ACC-6222021234567890123",
            "CMP-",
            "CMP-1 2",
            "张三-1",
            "a-1",
            "CMP-1-2",
        ] {
            assert!(!is_reference(bad), "{bad}");
        }
    }
}
