//! Keeps customer data out of what is stored and what is sent.
//!
//! Alerts should carry none: they are about machines. Some day an annotation will quote a log line. So everything
//! passes here before it is stored: what the log's redaction masks is masked, and also what people write with
//! blanks in between, e-mail addresses, and whatever stands under a name that says it is a person's.
//!
//! **Invariant**: nothing reaches a row or a page that did not pass [`clean`].

use std::borrow::Cow;
use std::sync::LazyLock;

use base::telemetry::redact;
use regex::Regex;

/// What stands in place of what was taken out.
const MASK: &str = "***";

/// Words in a label's or an annotation's name that say whose data it is.
const PERSONAL: [&str; 16] = [
    "phone",
    "mobile",
    "id_card",
    "idcard",
    "identity_number",
    "customer_name",
    "customer_id",
    "legal_person",
    "applicant",
    "email",
    "bank_card",
    "account_no",
    "credit_code",
    "address_of",
    "contact",
    "passport",
];

/// A mobile number, a card or an account in groups, an e-mail address, and runs of digits glued to letters.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the first test"
)]
static SPELLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:\+?86[ -]?)?\b1[3-9]\d[ -]\d{4}[ -]\d{4}\b",
        r"|\b\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?\b",
        r"|\b\d{6}[ -]\d{8}[ -]\d{3}[\dXx]\b",
        r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        r"|(?:\b|[^0-9A-Za-z])(?:tel|phone|mobile)_?1[3-9]\d{9}\b",
    ))
    .expect("the pattern is well formed")
});

/// The text without anything that looks like customer data.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let runs = redact(text);
    let spelled = SPELLED.replace_all(&runs, MASK);
    if spelled == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(spelled.into_owned())
    }
}

/// The value as it may be stored under this name.
#[must_use]
pub fn value<'t>(name: &str, text: &'t str) -> Cow<'t, str> {
    if !text.is_empty() && is_personal(name) {
        return Cow::Borrowed(MASK);
    }
    clean(text)
}

/// Whether a name says that a person's data stands under it.
fn is_personal(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PERSONAL.iter().any(|word| name.contains(word))
}

/// The longest prefix of so many bytes that ends between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_customer_data_is_masked_however_it_is_written() {
        for text in [
            "id 11010519491231002X",
            "code 91350100M000100Y43",
            "call 13800000000",
            "call 138 0000 0000",
            "call 138-0000-0000",
            "card 6222 0202 0011 2233 445",
            "card 6222-0202-0011-2233",
            "id 110105 19491231 002X",
            "write to zhang.san@example.com now",
            "user tel_13800000000",
        ] {
            let cleaned = clean(text);
            assert!(cleaned.contains(MASK), "{text} -> {cleaned}");
            assert!(
                !cleaned.contains("0000") && !cleaned.contains("1949"),
                "{text} -> {cleaned}"
            );
        }
    }

    #[test]
    fn what_operators_need_stays_readable() {
        for text in [
            "10.0.3.17:9100 is down since 2026-11-27 10:37:19",
            "app_0190f5a2b3c47d8e9fa0b1c2d3e4f506 took 12345 us",
            "0190f5a2-b3c4-7d8e-9fa0-b1c2d3e4f506",
            "errors 14.4 x budget, 99.95 % of 1234567890",
            "数据库不可用,已持续 5 分钟",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn a_name_that_says_whose_data_it_is_hides_its_value() {
        assert_eq!(value("customer_name", "张三"), MASK);
        assert_eq!(value("Applicant", "x"), MASK);
        assert_eq!(value("instance", "10.0.0.1:80"), "10.0.0.1:80");
        assert_eq!(value("customer_name", ""), "");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("数据", 4), "数");
        assert_eq!(cut("ab", 4), "ab");
        assert_eq!(cut("数据", 0), "");
    }
}
