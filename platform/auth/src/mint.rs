//! New tokens.

use rand::{TryRngCore, rngs::OsRng};

use crate::tokens::digest;

/// Draws a token: the token for its bearer, and its SHA-256 in hexadecimal for
/// the token file. The token is 256 random bits, written so that it needs no
/// escaping in a header, a URL or a shell.
///
/// # Errors
/// The operating system gives no randomness.
pub fn mint() -> std::io::Result<(String, String)> {
    // The prefix lets secret scanners find a token that was committed by mistake.
    let token = draw("bst_")?;
    let sha256 = hex(&digest(&token));
    Ok((token, sha256))
}

/// A prefix and 256 random bits.
pub(crate) fn draw(prefix: &str) -> std::io::Result<String> {
    let mut random = [0; 32];
    OsRng.try_fill_bytes(&mut random).map_err(std::io::Error::other)?;
    Ok(format!("{prefix}{}", hex(&random)))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from_digit(u32::from(nibble), 16).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_url_safe_and_never_alike() {
        let made: std::collections::HashSet<String> = (0..1000).map(|_| mint().unwrap().0).collect();
        assert_eq!(made.len(), 1000);
        for token in made {
            assert_eq!(token.len(), 4 + 64);
            assert!(
                token
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            );
        }
    }
}
