//! When a certificate ends (X.509, RFC 5280 §4.1): as much of DER as leads there.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Seconds since the Unix epoch; `None` for what is no certificate.
pub(super) fn not_after(certificate: &[u8]) -> Option<i64> {
    let mut certificate = expect(&mut { certificate }, SEQUENCE)?;
    let mut to_be_signed = expect(&mut certificate, SEQUENCE)?;
    let fields = &mut to_be_signed;
    if fields.first() == Some(&VERSION) {
        element(fields)?;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        element(fields)?;
    }
    let mut validity = expect(fields, SEQUENCE)?;
    element(&mut validity)?;
    let (tag, time) = element(&mut validity)?;
    seconds(tag, std::str::from_utf8(time).ok()?)
}

/// Tag and content of the next element.
fn element<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 128 {
        let (digits, after) = rest.split_at_checked(length - 128)?;
        // Four bytes of length are 4 GB.
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        length = digits
            .iter()
            .fold(0, |length, digit| length << 8 | usize::from(*digit));
        rest = after;
    }
    let (content, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some((*tag, content))
}

fn expect<'a>(bytes: &mut &'a [u8], wanted: u8) -> Option<&'a [u8]> {
    let (tag, content) = element(bytes)?;
    (tag == wanted).then_some(content)
}

fn seconds(tag: u8, text: &str) -> Option<i64> {
    let digits = text.strip_suffix('Z').filter(|text| text.is_ascii())?;
    let full = match (tag, digits.len()) {
        // Two digits of a year are of 1950 to 2049.
        (UTC_TIME, 12) if digits.get(..2)? < "50" => format!("20{digits}"),
        (UTC_TIME, 12) => format!("19{digits}"),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to)?.parse::<i8>().ok();
    let year = full.get(..4)?.parse().ok()?;
    let time = DateTime::new(
        year,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
        0,
    )
    .ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 3, 1);
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn the_end_is_read_in_both_of_its_forms() {
        let wanted = |time: &str| time.parse::<jiff::Timestamp>().unwrap().as_second();
        assert_eq!(
            not_after(&certificate(2027)),
            Some(wanted("2027-03-01T00:00:00Z"))
        );
        assert_eq!(
            not_after(&certificate(2060)),
            Some(wanted("2060-03-01T00:00:00Z"))
        );
    }

    #[test]
    fn what_is_cut_anywhere_is_none() {
        let whole = certificate(2027);
        for cut in 0..whole.len() {
            assert_eq!(not_after(&whole[..cut]), None, "{cut}");
        }
    }
}
