//! Which values of a sealed answer name nobody: they stand in any log by chance, and finding one means nothing.

/// Digits of a number that is looked for: shorter ones are among amounts and times by chance.
const DIGITS: usize = 10;
/// The same where more than [`FEW`] customers left. Tables are full of digests in hexadecimal, in which any ten digits
/// stand with a chance of 16^-10: among a million digests, one of forty thousand numbers does (one was seen there), and
/// of those with twelve digits one in hundreds of such exits.
const DIGITS_OF_MANY: usize = 12;
/// Customers whose numbers are few enough for that.
const FEW: usize = 100;
/// Different digits of it: round sums are among other amounts, too.
const DIFFERENT: usize = 5;
/// Digits that make a word in lower case more than a code.
const CODE_DIGITS: usize = 8;

/// A number of a sealed field of one of so many customers, as its digits.
#[must_use]
pub fn number(digits: &str, customers: usize) -> bool {
    let least = if customers > FEW { DIGITS_OF_MANY } else { DIGITS };
    let digits = digits.trim_start_matches('-');
    let different = (b'0'..=b'9').filter(|digit| digits.bytes().any(|byte| byte == *digit));
    digits.len() < least || !digits.bytes().all(|byte| byte.is_ascii_digit()) || different.count() < DIFFERENT
}

/// A text of a sealed field: a date, a time, or a word of a code list.
#[must_use]
pub fn text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let date = bytes.len() >= 10
        && bytes.iter().take(10).enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && bytes
            .iter()
            .skip(10)
            .all(|byte| byte.is_ascii_digit() || b"TZ:.+-".contains(byte));
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let code = bytes
        .iter()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b' '))
        && bytes.iter().any(u8::is_ascii_lowercase)
        && digits < CODE_DIGITS;
    date || code
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates_codes_and_round_sums_name_nobody_and_names_do() {
        for weak in [
            "2026-01-31",
            "2026-01-31T08:00:00Z",
            "in_operation",
            "rules-2026.1",
        ] {
            assert!(super::text(weak), "{weak}");
        }
        for strong in [
            "91110000MA0012345X",
            "宏远精密",
            "13900718254",
            "Li Wei",
            "a1b2c3d4e5f60718",
        ] {
            assert!(!super::text(strong), "{strong}");
        }
        assert!(super::number("1200000000", 1) && super::number("123456", 1));
        assert!(!super::number("-1234567890", 100));
        assert!(super::number("-1234567890", 101) && !super::number("123456789012", 101));
    }
}
