//! What sealing promises: a value comes back only unchanged, in its place, under its key.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use proptest::prelude::*;
use serde_json::json;
use vault::{Aad, OpenError, Sealed, Vault};

const PLACE: Aad<'static> = Aad {
    table: "firms",
    column: "name_sealed",
    subject: "frm_1",
};

fn vault() -> Vault {
    Vault::ephemeral().unwrap()
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again(text in ".*", number: i64, bytes: Vec<u8>) {
        let vault = vault();
        prop_assert_eq!(vault.open(&vault.seal(&text, PLACE), PLACE), Ok(text.clone()));
        prop_assert_eq!(vault.open(&vault.seal(&number, PLACE), PLACE), Ok(number));
        prop_assert_eq!(vault.open(&vault.seal(&bytes, PLACE), PLACE), Ok(bytes));
        let answer = json!({ "text": text, "number": number });
        prop_assert_eq!(vault.open(&vault.seal(&answer, PLACE), PLACE), Ok(answer));
    }

    #[test]
    fn changing_any_byte_is_found(text in ".{0,40}", at: prop::sample::Index, by in 1_u8..) {
        let vault = vault();
        let mut bytes = vault.seal(&text, PLACE).as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let opened = vault.open::<String>(&Sealed::from_bytes(bytes), PLACE);
        prop_assert!(opened.is_err(), "byte {} changed by {} went unseen", at, by);
    }

    #[test]
    fn cutting_or_adding_bytes_is_found(text in ".{0,40}", keep: prop::sample::Index, more in prop::collection::vec(any::<u8>(), 1..20)) {
        let vault = vault();
        let whole = vault.seal(&text, PLACE).as_bytes().to_vec();
        let cut = whole[..keep.index(whole.len())].to_vec();
        prop_assert!(vault.open::<String>(&Sealed::from_bytes(cut), PLACE).is_err());
        let longer = [whole, more].concat();
        prop_assert!(vault.open::<String>(&Sealed::from_bytes(longer), PLACE).is_err());
    }

    #[test]
    fn a_field_moved_to_another_place_does_not_open(
        table in "[a-z]{1,8}", column in "[a-z]{1,8}", subject in "[a-z]{1,8}",
        other in "[a-z]{1,8}", which in 0..3,
    ) {
        let place = Aad { table: &table, column: &column, subject: &subject };
        let mut moved = place;
        match which {
            0 => moved.table = &other,
            1 => moved.column = &other,
            _ => moved.subject = &other,
        }
        prop_assume!(moved != place);
        let vault = vault();
        let sealed = vault.seal(&"text".to_owned(), place);
        prop_assert_eq!(vault.open(&sealed, moved), Err(OpenError::NotAuthentic));
    }
}

#[test]
fn every_single_bit_of_one_field_is_protected() {
    let vault = vault();
    let whole = vault.seal(&"91110000MA01".to_owned(), PLACE).as_bytes().to_vec();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(
            vault.open::<String>(&Sealed::from_bytes(bytes), PLACE).is_err(),
            "bit {bit}"
        );
    }
}

#[test]
fn another_vault_says_which_key_it_lacks() {
    let (ours, theirs) = (vault(), vault());
    let sealed = theirs.seal(&1_i64, PLACE);
    let OpenError::UnknownKey(id) = ours.open(&sealed, PLACE).unwrap_err() else {
        panic!("expected an unknown key");
    };
    assert_eq!(format!("{theirs:?}"), format!("Vault(key {id:08x})"));
}

#[test]
fn a_value_of_another_type_is_refused() {
    let vault = vault();
    let sealed: Sealed<String> = vault.seal(&"not eight bytes".to_owned(), PLACE);
    let as_number: Sealed<i64> = Sealed::from_bytes(sealed.as_bytes().to_vec());
    assert_eq!(vault.open(&as_number, PLACE), Err(OpenError::WrongType));
}

#[test]
fn two_seals_of_one_value_differ_and_neither_shows_it() {
    let vault = vault();
    let name = "示例小微企业".to_owned();
    let (one, two) = (vault.seal(&name, PLACE), vault.seal(&name, PLACE));
    assert_ne!(one, two);
    let bytes = one.as_bytes();
    assert!(
        !bytes
            .windows(6)
            .any(|window| name.as_bytes().windows(6).any(|part| part == window))
    );
    assert_eq!(format!("{one:?}"), format!("Sealed({} bytes)", bytes.len()));
}

#[test]
fn nonces_do_not_repeat() {
    let vault = vault();
    let nonces: std::collections::HashSet<Vec<u8>> = (0..20_000)
        .map(|n: i64| vault.seal(&n, PLACE).as_bytes()[5..17].to_vec())
        .collect();
    assert_eq!(nonces.len(), 20_000);
}

#[test]
fn a_blind_index_finds_a_value_of_its_kind_under_its_key() {
    let vault = vault();
    let index = vault.blind_index("credit_code", "9111");
    assert_eq!(index.len(), 32);
    assert_eq!(index, vault.blind_index("credit_code", "9111"));
    assert_ne!(index, vault.blind_index("credit_code", "9112"));
    assert_ne!(index, vault.blind_index("phone", "9111"));
    assert_ne!(vault.blind_index("a", "bc"), vault.blind_index("ab", "c"));
    assert_ne!(
        index,
        Vault::ephemeral().unwrap().blind_index("credit_code", "9111")
    );
}
