use domain::codes::{CodeError, CreditCode, ResidentId};
use domain::product::Region;
use proptest::prelude::*;

const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The text with one character put in place of another.
fn with(text: &str, index: usize, character: char) -> String {
    text.chars()
        .enumerate()
        .map(|(at, old)| if at == index { character } else { old })
        .collect()
}

#[test]
fn the_specimens_of_the_standards_pass() {
    assert!("91350100M000100Y43".parse::<CreditCode>().is_ok());
    assert!("11010519491231002X".parse::<ResidentId>().is_ok());
    assert!("440524188001010014".parse::<ResidentId>().is_ok());
}

#[test]
fn a_code_says_what_is_wrong_with_it() {
    let credit = |text: &str| text.parse::<CreditCode>().unwrap_err();
    assert_eq!(credit("91350100M000100Y4"), CodeError::Length(18));
    assert_eq!(credit("91350100M000100Y44"), CodeError::Check);
    assert_eq!(credit("91350100I000100Y43"), CodeError::Character(9));
    assert_eq!(credit("9135010AM000100Y43"), CodeError::Character(8));
    assert_eq!(credit("91A50100M000100Y43"), CodeError::Character(3));
    assert_eq!(credit("91350100m000100y43"), CodeError::Character(9));
    assert_eq!(credit("91350100M000100Y\u{e9}"), CodeError::Character(17));

    let resident = |text: &str| text.parse::<ResidentId>().unwrap_err();
    assert_eq!(resident("11010519491231002"), CodeError::Length(18));
    assert_eq!(resident("110105194912310021"), CodeError::Check);
    assert_eq!(resident("1101051949123100XX"), CodeError::Character(17));
    assert_eq!(resident("11010519491231002x"), CodeError::Check);
    assert_eq!(resident("990105194912310020"), CodeError::Region);
    assert_eq!(resident("110105194913310020"), CodeError::Birth);
    assert_eq!(resident("110105194902300020"), CodeError::Birth);
    assert_eq!(resident("110105179912310020"), CodeError::Birth);
}

#[test]
fn codes_are_masked_and_never_shown_by_debug() {
    let code: CreditCode = "91350100M000100Y43".parse().unwrap();
    assert_eq!(code.masked(), "9135************43");
    assert_eq!(format!("{code:?}"), "CreditCode(redacted)");
    let id: ResidentId = "11010519491231002X".parse().unwrap();
    assert_eq!(id.masked(), "1****************X");
    assert_eq!(format!("{id:?}"), "ResidentId(redacted)");
}

#[test]
fn a_region_has_six_digits_and_an_existing_province() {
    assert_eq!("110108".parse::<Region>().unwrap().province(), "11");
    for bad in ["", "11010", "1101080", "990108", "11010a", "\u{ff11}10108"] {
        assert!(bad.parse::<Region>().is_err(), "{bad:?}");
    }
}

fn credit_body() -> impl Strategy<Value = String> {
    let text = format!("[{CREDIT_ALPHABET}]{{2}}[0-9]{{6}}[{CREDIT_ALPHABET}]{{9}}");
    proptest::string::string_regex(&text).expect("a regular expression")
}

fn resident_body() -> impl Strategy<Value = String> {
    let dates = (1900..2025i32, 1..=12i32, 1..=28i32);
    ("(11|31|44|51|82)[0-9]{4}", dates, "[0-9]{3}")
        .prop_map(|(region, (year, month, day), tail)| format!("{region}{year}{month:02}{day:02}{tail}"))
}

proptest! {
    #[test]
    fn a_completed_credit_code_round_trips(body in credit_body()) {
        let code = CreditCode::from_body(&body).unwrap();
        prop_assert!(code.as_str().starts_with(&body));
        prop_assert_eq!(code.as_str().parse::<CreditCode>().unwrap(), code);
    }

    /// The congruences that the standards state, computed in another way than the code does.
    #[test]
    fn check_characters_satisfy_their_congruence(credit in credit_body(), resident in resident_body()) {
        let credit = CreditCode::from_body(&credit).unwrap();
        let worth = |byte: char| CREDIT_ALPHABET.find(byte).unwrap();
        let sum = credit.as_str().chars().take(17).fold((0, 1), |(sum, weight), byte| (sum + worth(byte) * weight, weight * 3 % 31)).0;
        prop_assert_eq!((sum + worth(credit.as_str().chars().last().unwrap())) % 31, 0);

        let resident = ResidentId::from_body(&resident).unwrap();
        let worth = |byte: char| byte.to_digit(10).unwrap_or(10);
        // ISO 7064 MOD 11-2 from the left: double and add; the whole is congruent to one.
        let whole = resident.as_str().chars().fold(0, |sum, byte| (sum * 2 + worth(byte)) % 11);
        prop_assert_eq!(whole, 1);
    }

    #[test]
    fn every_single_wrong_character_of_a_credit_code_is_found(body in credit_body()) {
        let code = CreditCode::from_body(&body).unwrap();
        for (index, right) in code.as_str().char_indices() {
            for wrong in CREDIT_ALPHABET.chars().filter(|wrong| *wrong != right) {
                let text = with(code.as_str(), index, wrong);
                prop_assert!(text.parse::<CreditCode>().is_err(), "position {}", index + 1);
            }
        }
    }

    #[test]
    fn swapped_neighbours_in_a_credit_code_are_found(body in credit_body(), at in 0usize..16) {
        let code = CreditCode::from_body(&body).unwrap();
        let characters: Vec<char> = code.as_str().chars().collect();
        prop_assume!(characters[at] != characters[at + 1]);
        let text = with(&with(code.as_str(), at, characters[at + 1]), at + 1, characters[at]);
        prop_assert!(text.parse::<CreditCode>().is_err());
    }

    #[test]
    fn every_single_wrong_digit_of_a_resident_id_is_found(body in resident_body()) {
        let id = ResidentId::from_body(&body).unwrap();
        prop_assert_eq!(&id.as_str().parse::<ResidentId>().unwrap(), &id);
        for (index, right) in id.as_str().char_indices() {
            for wrong in "0123456789X".chars().filter(|wrong| *wrong != right) {
                let text = with(id.as_str(), index, wrong);
                prop_assert!(text.parse::<ResidentId>().is_err(), "position {}", index + 1);
            }
        }
    }

    #[test]
    fn no_text_makes_parsing_panic(text in ".{0,24}") {
        let _ = text.parse::<CreditCode>();
        let _ = text.parse::<ResidentId>();
        let _ = text.parse::<Region>();
    }
}
