//! What closings of a part go by is written in the schema as the domain has it.

use domain::product::{Channel, Product};

const CORE: &str = include_str!("../migrations/0001_core.sql");

#[test]
fn a_new_product_or_channel_is_one_in_the_schema_too() {
    let list = |names: Vec<&str>| {
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        quoted.join(", ")
    };
    let products = list(Product::ALL.iter().map(|product| product.as_str()).collect());
    let channels = list(Channel::ALL.iter().map(|channel| channel.as_str()).collect());
    assert!(
        CORE.contains(&format!("CHECK (product IN ({products}))")),
        "{products}"
    );
    assert!(
        CORE.contains(&format!("CHECK (channel IN ({channels}))")),
        "{channels}"
    );
}
