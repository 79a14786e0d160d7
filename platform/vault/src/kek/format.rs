//! The text of a KEK file:
//!
//! ```text
//! backstop-kek 1
//! custodian affairs
//! kek 1 aes-256-gcm <64 hexadecimal digits>
//! kek 2 aes-256-gcm <64 hexadecimal digits>
//! ```
//!
//! One line per KEK, epochs ascending; two while a rotation runs. An SM4 key has 32 digits.

use zeroize::Zeroizing;

use super::KekError;
use super::ring::{Kek, Ring};
use crate::Custodian;
use crate::suite::Suites;

const MAGIC: &str = "backstop-kek 1";
/// KEKs in one file: two are usual, a hundred rotations that never ended are not.
const MOST: usize = 100;

pub(crate) fn render(ring: &Ring) -> Zeroizing<String> {
    // Room for all at once: growing would leave copies in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(64 + 160 * ring.keks.len()));
    text.push_str(MAGIC);
    text.push_str("\ncustodian ");
    text.push_str(ring.custodian.as_str());
    for kek in &ring.keks {
        text.push_str(&format!("\nkek {} {} ", kek.epoch, kek.suite.name()));
        for byte in kek.key.iter() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
            }
        }
    }
    text.push('\n');
    text
}

pub(crate) fn parse(text: &str, suites: &Suites) -> Result<Ring, KekError> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(MAGIC) {
        return Err(KekError::Malformed(1));
    }
    let custodian = lines
        .next()
        .and_then(|(_, line)| Custodian::parse(line.strip_prefix("custodian ")?))
        .ok_or(KekError::Malformed(2))?;
    let mut keks: Vec<Kek> = Vec::new();
    for (at, line) in lines {
        let kek = line_of(line, suites).filter(|kek| keks.last().is_none_or(|last| last.epoch < kek.epoch));
        let kek = kek.ok_or(KekError::Malformed(at + 1))?;
        if kek.key.iter().all(|byte| Some(byte) == kek.key.first()) {
            return Err(KekError::MadeUp);
        }
        keks.push(kek);
    }
    if keks.is_empty() || keks.len() > MOST {
        return Err(KekError::Malformed(3));
    }
    Ok(Ring { custodian, keks })
}

fn line_of(line: &str, suites: &Suites) -> Option<Kek> {
    let mut words = line.strip_prefix("kek ")?.split(' ');
    let epoch = words.next()?.parse().ok().filter(|epoch| *epoch > 0)?;
    let suite = suites.by_name(words.next()?)?;
    let key = unhex(words.next()?)?;
    if words.next().is_some() {
        return None;
    }
    Kek::new(epoch, suite, key)
}

fn unhex(hex: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(hex.len() / 2));
    if !hex.len().is_multiple_of(2) {
        return None;
    }
    for pair in hex.as_bytes().chunks_exact(2) {
        let high = char::from(*pair.first()?).to_digit(16)?;
        let low = char::from(*pair.get(1)?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(epochs: &[u32]) -> Ring {
        let suites = Suites::standard();
        let suite = |epoch: u32| suites.by_number(1 + u8::from(epoch.is_multiple_of(2))).unwrap();
        Ring {
            custodian: Custodian::Identity,
            keks: epochs
                .iter()
                .map(|epoch| Kek::random(*epoch, suite(*epoch)).unwrap())
                .collect(),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let written = ring(&[3, 4, 9]);
        let read = parse(&render(&written), &Suites::standard()).unwrap();
        assert_eq!(read.custodian, Custodian::Identity);
        for (one, other) in written.keks.iter().zip(&read.keks) {
            assert_eq!(
                (one.epoch, &one.key, one.suite.number()),
                (other.epoch, &other.key, other.suite.number())
            );
        }
    }

    #[test]
    fn epochs_out_of_order_and_keys_made_up_are_refused() {
        let suites = Suites::standard();
        assert!(matches!(
            parse(&render(&ring(&[2, 1])), &suites),
            Err(KekError::Malformed(4))
        ));
        let zero = format!("{MAGIC}\ncustodian affairs\nkek 1 sm4-gcm {}\n", "0".repeat(32));
        assert!(matches!(parse(&zero, &suites), Err(KekError::MadeUp)));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,300}") {
            prop_assert!(parse(&text, &Suites::standard()).is_err());
        }

        #[test]
        fn one_changed_byte_is_refused_or_is_another_key(at: prop::sample::Index, to in 32_u8..127) {
            let good = render(&ring(&[1, 2]));
            let mut bytes = good.as_bytes().to_vec();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to && !bytes[at].eq_ignore_ascii_case(&to));
            bytes[at] = to;
            if let Ok(read) = parse(std::str::from_utf8(&bytes).unwrap(), &Suites::standard()) {
                prop_assert!(*render(&read) != *good);
            }
        }
    }
}
