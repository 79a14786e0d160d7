//! Passwords: argon2id, and which passwords are taken.
//!
//! The parameters are the first that the OWASP Password Storage Cheat Sheet gives
//! for argon2id (19 MiB, two passes, one lane), above the least of RFC 9106 for
//! a machine that also serves. A hash carries its parameters, so that they can
//! rise without locking anybody out.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use rand::{TryRngCore, rngs::OsRng};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// KiB of memory, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// The most that a stored hash may ask for: a row that was tampered with must not
/// take the machine's memory.
const MOST: (u32, u32, u32) = (262_144, 10, 8);
/// 128 bits, as RFC 9106, 3.1 recommends.
const SALT: usize = 16;
/// 256 bits, likewise.
const HASH: usize = 32;
/// NIST SP 800-63B-4, 3.1.1.2: eight beside a second factor, fifteen alone. Twelve
/// stands between, because the second factor is often on the same desk.
const SHORTEST: usize = 12;
/// Any passphrase; it bounds what a stranger can make us hash.
const LONGEST: usize = 128;
/// Of one letter and its neighbour nobody makes a password.
const FEWEST_DIFFERENT: usize = 5;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnfitPassword {
    /// Under 12 or over 128 characters.
    #[error("a password has 12–128 characters")]
    Length,
    /// Few letters, repeated.
    #[error("a password has at least five different characters")]
    Monotonous,
    /// It holds the account's own name.
    #[error("a password must not contain the account's name")]
    Name,
    /// It is the one before.
    #[error("a new password differs from the one before")]
    Same,
}

/// # Errors
/// [`UnfitPassword`] says what to mend; the password is not repeated.
pub fn check(password: &str, account: &str) -> Result<(), UnfitPassword> {
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(UnfitPassword::Length);
    }
    let different: std::collections::BTreeSet<char> = password.chars().collect();
    if different.len() < FEWEST_DIFFERENT {
        return Err(UnfitPassword::Monotonous);
    }
    if password.to_lowercase().contains(&account.to_lowercase()) {
        return Err(UnfitPassword::Name);
    }
    Ok(())
}

/// The hash of a password under a fresh salt, as `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
/// It takes some tens of milliseconds and 19 MiB: never on an async thread.
///
/// # Errors
/// The operating system gives no randomness, or no memory.
pub fn hash(password: &str) -> std::io::Result<String> {
    let mut salt = [0; SALT];
    OsRng.try_fill_bytes(&mut salt).map_err(std::io::Error::other)?;
    let made = derive(password, &salt, COST)
        .ok_or_else(|| std::io::Error::other("no memory for a password's hash"))?;
    let (m, t, p) = COST;
    Ok(format!(
        "$argon2id$v=19$m={m},t={t},p={p}${}${}",
        BASE64.encode(salt),
        BASE64.encode(*made)
    ))
}

/// Whether this is the password. Costs as much as [`hash`]; no for a hash that is
/// none, after the same work.
#[must_use]
pub fn verify(password: &str, stored: &str) -> bool {
    let length = password.chars().count();
    let parsed = parse(stored).filter(|_| length <= LONGEST);
    let (cost, salt, wanted) = parsed.unwrap_or((COST, vec![0; SALT], [0; HASH]));
    let password = if length <= LONGEST { password } else { "" };
    let made = derive(password, &salt, cost).unwrap_or_default();
    bool::from(made.ct_eq(&wanted)) && wanted != [0; HASH]
}

type Parsed = ((u32, u32, u32), Vec<u8>, [u8; HASH]);

fn parse(stored: &str) -> Option<Parsed> {
    let rest = stored.strip_prefix("$argon2id$v=19$m=")?;
    let (m, rest) = rest.split_once(",t=")?;
    let (t, rest) = rest.split_once(",p=")?;
    let (p, rest) = rest.split_once('$')?;
    let (salt, wanted) = rest.split_once('$')?;
    let cost: (u32, u32, u32) = (m.parse().ok()?, t.parse().ok()?, p.parse().ok()?);
    let bounded = cost.0 <= MOST.0 && cost.1 <= MOST.1 && cost.2 <= MOST.2;
    let wanted = BASE64.decode(wanted).ok()?.try_into().ok()?;
    bounded.then_some((cost, BASE64.decode(salt).ok()?, wanted))
}

fn derive(password: &str, salt: &[u8], (m, t, p): (u32, u32, u32)) -> Option<Zeroizing<[u8; HASH]>> {
    let params = Params::new(m, t, p, Some(HASH)).ok()?;
    let mut made = Zeroizing::new([0; HASH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, made.as_mut_slice())
        .ok()?;
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_and_no_other_fits_its_hash() {
        let stored = hash("correct horse battery").unwrap();
        assert!(verify("correct horse battery", &stored));
        assert_ne!(stored, hash("correct horse battery").unwrap(), "salted");
        for wrong in [
            "",
            "correct horse batterz",
            "correct horse battery ",
            &"x".repeat(200),
        ] {
            assert!(!verify(wrong, &stored), "{wrong:?}");
        }
    }

    /// From the reference implementation's tests (phc-winner-argon2, test.c).
    #[test]
    fn the_hash_is_argon2id() {
        let made = derive("password", b"somesalt", (65_536, 2, 1)).unwrap();
        let hex: String = made.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }

    #[test]
    fn what_is_no_hash_fits_no_password() {
        for none in [
            "",
            "$argon2id$",
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=4294967295,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(!verify("", none) && !verify("password", none), "{none}");
        }
    }

    #[test]
    fn weak_passwords_are_not_taken() {
        assert_eq!(check("short", "ann"), Err(UnfitPassword::Length));
        assert_eq!(check(&"ab".repeat(10), "ann"), Err(UnfitPassword::Monotonous));
        assert_eq!(check("Operator-1 is me", "operator-1"), Err(UnfitPassword::Name));
        assert_eq!(check("正确的马电池订书钉一二三四", "ann"), Ok(()));
    }
}
