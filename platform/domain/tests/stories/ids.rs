use domain::ids::*;
use proptest::prelude::*;
use uuid::Uuid;

#[test]
fn an_id_shows_its_kind() {
    let uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ab);
    assert_eq!(
        ApplicationId::from_uuid(uuid).as_str(),
        "app_0190000000007000800000000000".to_owned() + "00ab"
    );
    assert_eq!(DrawId::PREFIX, "drw");
}

#[test]
fn prefixes_are_all_different() {
    let prefixes = [
        FirmId::PREFIX,
        ConsentId::PREFIX,
        ApplicationId::PREFIX,
        PullId::PREFIX,
        DecisionId::PREFIX,
        OfferId::PREFIX,
        TaskId::PREFIX,
        ContractId::PREFIX,
        DrawId::PREFIX,
        LoanId::PREFIX,
        RepaymentId::PREFIX,
        RenewalId::PREFIX,
        EntryId::PREFIX,
        EffectId::PREFIX,
        RunId::PREFIX,
    ];
    let different: std::collections::BTreeSet<_> = prefixes.iter().collect();
    assert_eq!(different.len(), prefixes.len());
}

#[test]
fn what_is_not_an_id_of_the_kind_is_refused() {
    let good = "lon_0123456789abcdef0123456789abcdef";
    assert!(good.parse::<LoanId>().is_ok());
    for bad in [
        "",
        "lon_",
        "lon",
        "drw_0123456789abcdef0123456789abcdef",
        "lon_0123456789ABCDEF0123456789ABCDEF",
        "lon_0123456789abcdef0123456789abcde",
        "lon_0123456789abcdef0123456789abcdef0",
        "lon_0123456789abcdef0123456789abcdeg",
        "lon-0123456789abcdef0123456789abcdef",
        " lon_0123456789abcdef0123456789abcdef",
        "lon_0123456789abcdef0123456789abcd\u{e9}",
        "lon_' or 1=1 --",
    ] {
        assert_eq!(bad.parse::<LoanId>(), Err(IdError { prefix: "lon" }), "{bad:?}");
        assert!(serde_json::from_value::<LoanId>(bad.into()).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn ids_round_trip_through_text_and_json(digits in any::<u128>()) {
        let id = FirmId::from_uuid(Uuid::from_u128(digits));
        prop_assert_eq!(id.uuid(), Uuid::from_u128(digits));
        prop_assert_eq!(&id.as_str().parse::<FirmId>().unwrap(), &id);
        prop_assert_eq!(&FirmId::try_from(id.to_string().as_str()).unwrap(), &id);
        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(serde_json::from_str::<FirmId>(&json).unwrap(), id);
    }

    #[test]
    fn ids_sort_as_their_uuids_do(a in any::<u128>(), b in any::<u128>()) {
        let id = |digits| EntryId::from_uuid(Uuid::from_u128(digits));
        prop_assert_eq!(id(a).cmp(&id(b)), a.cmp(&b));
    }

    #[test]
    fn no_text_makes_parsing_panic(text in ".{0,60}") {
        let _ = text.parse::<RunId>();
    }
}
