//! Who a simulated firm is: a valid credit code that carries the firm's number,
//! and a name, contact, phone and account that nobody can take for real ones.

use domain::codes::{CreditCode, ResidentId};

use crate::chance::Chance;

/// Characters of a credit code (GB 32100-2015), each worth its position.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of an organisation code's eight characters (GB 11714-1997).
const WEIGHTS: [u64; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Numbers that seven characters hold: 31^7.
pub(crate) const NUMBERS: u64 = 27_512_614_111;

/// City districts and cities, GB/T 2260.
const REGIONS: [&str; 10] = [
    "110108", "310115", "320500", "330100", "330200", "350100", "350200", "420100", "440100", "510100",
];
/// Divisions of GB/T 4754-2017: manufacturing, trade, transport, services.
const INDUSTRIES: [(&str, &str); 12] = [
    ("C13", "食品加工"),
    ("C17", "纺织"),
    ("C22", "纸品"),
    ("C26", "化工"),
    ("C29", "塑料制品"),
    ("C33", "金属制品"),
    ("C34", "通用设备"),
    ("C39", "电子元件"),
    ("F51", "批发"),
    ("F52", "零售"),
    ("G54", "运输"),
    ("I65", "软件服务"),
];
/// Words without an owner.
const WORDS: [&str; 16] = [
    "云杉", "青石", "晨光", "远山", "清泉", "白桦", "北辰", "秋叶", "海风", "星河", "春雨", "松林", "溪谷",
    "麦田", "银杏", "朝露",
];

/// The parts of a firm that say who it is.
pub(crate) struct Identity {
    pub(crate) credit_code: String,
    pub(crate) name: String,
    pub(crate) region: &'static str,
    pub(crate) industry: &'static str,
    pub(crate) contact: String,
    pub(crate) contact_id: String,
    pub(crate) phone: String,
    pub(crate) account: String,
}

impl Identity {
    /// That of firm `n` (below [`NUMBERS`]) under a seed.
    pub(crate) fn of(seed: u64, n: u64, chance: &mut Chance) -> Self {
        let region = chance.one_of(&REGIONS, REGIONS[0]);
        let (industry, trade) = chance.one_of(&INDUSTRIES, INDUSTRIES[0]);
        let word = chance.one_of(&WORDS, WORDS[0]);
        Self {
            credit_code: credit_code(region, (n + shift(seed)) % NUMBERS),
            name: format!("测试{word}{n:05}{trade}有限公司"),
            region,
            industry,
            contact: format!("测试经办人{n:05}"),
            contact_id: contact_id(region, chance),
            // 154 is not an allotted mobile prefix.
            phone: format!("154{:08}", n % 100_000_000),
            // No bank's settlement accounts begin with 9990000.
            account: format!("9990000{n:012}"),
        }
    }
}

/// The firm's number, if the code is one of this seed's; the region in it is
/// still to be compared.
pub(crate) fn number_of(seed: u64, credit_code: &str) -> Option<u64> {
    let digits = credit_code.strip_prefix("91")?.get(6..14)?.strip_prefix('Y')?;
    let worth = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let carried = digits.bytes().try_fold(0, |sum: u64, byte| {
        Some(sum * 31 + u64::try_from(worth(byte)?).ok()?)
    })?;
    Some((carried + NUMBERS - shift(seed)) % NUMBERS)
}

/// Different seeds begin at different codes, so that two populations can meet
/// in one database. (Multiplier of Knuth's 64-bit generator, to spread seeds.)
fn shift(seed: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005) % NUMBERS
}

/// `91`, the region, an organisation code and the check character. Real
/// organisation codes begin with a digit or with MA; these begin with Y.
fn credit_code(region: &str, carried: u64) -> String {
    let mut organisation = [b'Y'; 8];
    let mut rest = carried;
    for place in organisation[1..].iter_mut().rev() {
        *place = usize::try_from(rest % 31).map_or(b'0', |worth| ALPHABET[worth]);
        rest /= 31;
    }
    let mut body = format!("91{region}");
    body.extend(organisation.map(char::from));
    body.push(organisation_check(organisation));
    complete(&body, |body| {
        CreditCode::from_body(body).map(|code| code.as_str().to_owned())
    })
}

/// GB 11714-1997: letters are worth 10 to 35, modulus 11, `X` for ten.
fn organisation_check(organisation: [u8; 8]) -> char {
    let worth = |byte: u8| {
        u64::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A' + 10
        })
    };
    let sum: u64 = organisation
        .iter()
        .zip(WEIGHTS)
        .map(|(byte, weight)| worth(*byte) * weight)
        .sum();
    match 11 - sum % 11 {
        11 => '0',
        10 => 'X',
        digit => char::from(b'0' + u8::try_from(digit).unwrap_or(0)),
    }
}

/// A number in county 9999 of the firm's province, which exists nowhere.
fn contact_id(region: &str, chance: &mut Chance) -> String {
    let province = region.get(..2).unwrap_or("11");
    let (year, month, day) = (
        1960 + chance.below(40),
        1 + chance.below(12),
        1 + chance.below(28),
    );
    let body = format!("{province}9999{year}{month:02}{day:02}{:03}", chance.below(1_000));
    complete(&body, |body| {
        ResidentId::from_body(body).map(|id| id.as_str().to_owned())
    })
}

/// The code with its check character. Every body made here is valid, which a
/// test holds over thousands; should one not be, its parser refuses it later.
fn complete<E>(body: &str, with_check: impl Fn(&str) -> Result<String, E>) -> String {
    with_check(body).unwrap_or_else(|_| body.to_owned())
}
