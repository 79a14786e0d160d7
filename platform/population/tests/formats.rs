//! A file of firms comes from outside: whatever is in it, it is refused by line and
//! field, and nothing of it is repeated.

use population::replay::FirmFile;
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_bytes_are_more_than_no_firms(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(FirmFile::from_json_lines(bytes.as_slice()).is_err());
        prop_assert!(FirmFile::from_csv(bytes.as_slice()).is_err());
    }

    #[test]
    fn no_json_and_no_table_is_repeated(
        name in "[a-z_]{1,12}",
        value in "[1-9][0-9]{17}",
        more in "\\PC{0,40}",
    ) {
        let json = format!("{{\"{name}\": \"{value}\", \"more\": {}}}\n", serde_json::Value::from(more.clone()));
        let table = format!("{name},credit_code\n{value},\"{}\"\n", more.replace('"', ""));
        for refused in [FirmFile::from_json_lines(json.as_bytes()), FirmFile::from_csv(table.as_bytes())] {
            let said = refused.map(drop).unwrap_err().to_string();
            prop_assert!(!said.contains(&value), "{said}");
        }
    }
}
