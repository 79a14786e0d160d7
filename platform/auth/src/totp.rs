//! One-time codes: TOTP (RFC 6238) over HMAC-SHA-1, six digits, every 30 s, as
//! every authenticator app makes them.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use rand::{TryRngCore, rngs::OsRng};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

/// Microseconds of a period.
pub const PERIOD: i64 = 30_000_000;
/// Bytes of a secret: as long as the digest, as RFC 4226, 4 (R6) recommends.
pub const SECRET: usize = 20;
/// Digits of a code.
const DIGITS: usize = 6;
/// So many codes there are.
const CODES: u32 = 1_000_000;

/// The secret that an account's app shares; every copy is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; SECRET]>);

impl Secret {
    /// A fresh one.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0; SECRET]);
        OsRng
            .try_fill_bytes(bytes.as_mut_slice())
            .map_err(std::io::Error::other)?;
        Ok(Self(bytes))
    }

    /// From what [`bytes`](Self::bytes) gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// From what [`uri`](Self::uri) gave: what an app does with it.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (_, query) = uri.strip_prefix("otpauth://totp/")?.split_once('?')?;
        let text = query.split('&').find_map(|part| part.strip_prefix("secret="))?;
        Self::from_bytes(&debase32(text)?)
    }

    /// To be sealed.
    pub(crate) fn bytes(&self) -> &[u8; SECRET] {
        &self.0
    }

    /// The code of a period, as an app shows it.
    #[must_use]
    pub fn code(&self, period: i64) -> String {
        format!("{:0width$}", self.number(period), width = DIGITS)
    }

    /// Dynamic truncation of RFC 4226, 5.3.
    fn number(&self, period: i64) -> u32 {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
        let mut mac = Hmac::<Sha1>::new_from_slice(self.0.as_slice()).expect("any length is a key");
        mac.update(&period.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = digest.last().map_or(0, |byte| usize::from(byte & 15));
        let word = digest.get(at..at + 4).and_then(|four| four.try_into().ok());
        (u32::from_be_bytes(word.unwrap_or_default()) & 0x7fff_ffff) % CODES
    }

    /// The period whose code this is: the present one, the one before, whose code
    /// was read off and typed, or the next, for a telephone that is ahead
    /// (RFC 6238, 5.2). None before or at `used` counts: a code works once.
    #[must_use]
    pub fn period_of(&self, code: &str, now: i64, used: i64) -> Option<i64> {
        let present = now.div_euclid(PERIOD);
        let typed = parse(code);
        let mut found = Choice::from(0);
        let mut period = 0_i64;
        for candidate in [present - 1, present, present + 1] {
            let same = self.number(candidate).ct_eq(&typed.unwrap_or(u32::MAX));
            period.conditional_assign(&candidate, same);
            found |= same;
        }
        (bool::from(found) && period > used).then_some(period)
    }

    /// What an app scans or is typed into: `otpauth://totp/…`.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = base32(self.0.as_slice());
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            *secret
        ))
    }
}

/// Six ASCII digits, nothing else.
fn parse(code: &str) -> Option<u32> {
    let digits = code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| code.parse().ok()).flatten()
}

/// RFC 4648, 6, without padding: a secret has a whole number of groups.
fn base32(bytes: &[u8]) -> Zeroizing<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 8 / 5 + 1));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let letter = LETTERS.get(((held >> bits) & 31) as usize);
            text.push(letter.copied().map_or('A', char::from));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        let letter = LETTERS.get(((held << (5 - bits)) & 31) as usize);
        text.push(letter.copied().map_or('A', char::from));
    }
    text
}

/// The bytes of such a text; bits that fill no byte are dropped.
fn debase32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        held = (held << 5) | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits).to_le_bytes()[0]);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn published() -> Secret {
        Secret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1: the last six of the eight digits there.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(published().code(seconds / 30), code);
            let now = seconds * 1_000_000;
            assert_eq!(published().period_of(code, now, 0), Some(seconds / 30));
        }
    }

    #[test]
    fn an_app_reads_from_the_uri_what_was_written() {
        for _ in 0..100 {
            let secret = Secret::random().unwrap();
            let uri = secret.uri("financing", "ann@bank");
            assert_eq!(Secret::from_uri(&uri).unwrap().bytes(), secret.bytes());
        }
        for none in [
            "",
            "otpauth://totp/a",
            "otpauth://totp/a?secret=",
            "otpauth://totp/a?secret=0189",
            "otpauth://totp/a?secret=ABCD&digits=6",
        ] {
            assert!(Secret::from_uri(none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_and_a_half() {
        let (secret, code) = (published(), published().code(1000));
        let at = |period: i64, used| secret.period_of(&code, period * PERIOD, used);
        assert_eq!(at(999, 0), Some(1000));
        assert_eq!(at(1001, 0), Some(1000));
        assert_eq!((at(998, 0), at(1002, 0)), (None, None));
        assert_eq!(
            (at(1000, 999), at(1000, 1000), at(1000, 1001)),
            (Some(1000), None, None)
        );
    }

    #[test]
    fn an_app_is_told_the_secret_in_base32() {
        // RFC 4648, 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foob", "MZXW6YQ"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(*base32(plain.as_bytes()), coded);
        }
        let uri = published().uri("Lending service", "运维-1");
        assert_eq!(
            *uri,
            "otpauth://totp/Lending%20service:%E8%BF%90%E7%BB%B4-1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Lending%20service&algorithm=SHA1&digits=6&period=30"
        );
    }

    proptest! {
        #[test]
        fn what_is_not_six_digits_is_no_code(code in "\\PC{0,12}", now in 0_i64..4_000_000_000_000_000) {
            let found = published().period_of(&code, now, -10);
            if let Some(period) = found {
                prop_assert_eq!(published().code(period), code);
            }
        }

        #[test]
        fn a_code_is_found_in_its_period_at_every_moment(period in 1_i64..200_000_000, offset in 0..PERIOD) {
            let secret = published();
            let found = secret.period_of(&secret.code(period), period * PERIOD + offset, 0);
            // Two neighbouring periods may have one code by chance.
            prop_assert!(found.is_some_and(|found| (found - period).abs() <= 1));
        }
    }
}
