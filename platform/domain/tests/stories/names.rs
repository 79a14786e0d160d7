use std::fmt::Debug;
use std::str::FromStr;

use domain::product::{Channel, Method, Product, Purpose, Source};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The names, after each has gone through text and JSON and back.
fn names<T>(all: &[T], as_str: fn(T) -> &'static str) -> Vec<&'static str>
where
    T: Copy + Debug + PartialEq + FromStr<Err: Debug> + Serialize + DeserializeOwned,
{
    all.iter()
        .map(|one| {
            let name = as_str(*one);
            assert_eq!(name.parse::<T>().expect("its own name"), *one);
            assert_eq!(serde_json::to_value(one).expect("JSON"), name);
            assert_eq!(
                serde_json::from_value::<T>(name.into()).expect("its own JSON"),
                *one
            );
            name
        })
        .collect()
}

#[test]
fn names_are_the_ones_that_databases_and_clients_hold() {
    assert_eq!(
        names(Product::ALL, Product::as_str),
        ["micro", "credit", "guaranteed"]
    );
    assert_eq!(
        names(Channel::ALL, Channel::as_str),
        ["pc", "app", "mini_program", "branch"]
    );
    assert_eq!(
        names(Method::ALL, Method::as_str),
        ["equal_instalment", "equal_principal", "interest_first"]
    );
    assert_eq!(
        names(Source::ALL, Source::as_str),
        [
            "registration",
            "judicial",
            "credit_bureau",
            "tax",
            "tax_receipts",
            "invoices"
        ]
    );
    assert_eq!(
        names(Purpose::ALL, Purpose::as_str),
        ["pre_approval", "post_loan"]
    );
}

#[test]
fn an_unknown_name_is_refused_without_repeating_it() {
    let error = "13800138000".parse::<Product>().unwrap_err().to_string();
    assert_eq!(
        error,
        r#"not a product; one of ["micro", "credit", "guaranteed"]"#
    );
    for bad in ["", "Micro", "micro ", "MICRO"] {
        assert!(bad.parse::<Product>().is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<Channel>("3").is_err());
}

#[test]
fn a_name_with_an_escape_in_json_is_still_the_name() {
    assert_eq!(
        serde_json::from_str::<Product>(r#""\u006dicro""#).unwrap(),
        Product::Micro
    );
}
