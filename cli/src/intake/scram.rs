//! What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5802 and RFC 7677), reckoned here, so that the password
//! itself reaches neither the server nor its log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// As many rounds as PostgreSQL itself takes.
const ROUNDS: u32 = 4096;

/// The verifier of a password of printable ASCII.
pub(super) fn verifier(password: &str, salt: &[u8; 16]) -> Option<String> {
    let salted = salted(password.as_bytes(), salt)?;
    let client = keyed(&salted, b"Client Key")?;
    let stored = Sha256::digest(client);
    let server = keyed(&salted, b"Server Key")?;
    Some(format!(
        "SCRAM-SHA-256${ROUNDS}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    ))
}

/// PBKDF2 of one block (RFC 8018).
fn salted(password: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
    let mut round = keyed(password, &[salt, &1_u32.to_be_bytes()].concat())?;
    let mut all = round;
    for _ in 1..ROUNDS {
        round = keyed(password, &round)?;
        for (sum, byte) in all.iter_mut().zip(round) {
            *sum ^= byte;
        }
    }
    Some(all)
}

fn keyed(key: &[u8], text: &[u8]) -> Option<[u8; 32]> {
    // A key of any length fits.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Salt and keys of the exchange in RFC 7677, section 3.
    #[test]
    fn it_is_that_of_the_standards_example() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let said = verifier("pencil", &salt.try_into().unwrap()).unwrap();
        assert_eq!(
            said,
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$\
             WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }
}
