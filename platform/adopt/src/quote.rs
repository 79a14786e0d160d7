//! Names and values of another schema, as they are written into SQL.

/// A name as PostgreSQL reads it whatever it holds.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value, under `standard_conforming_strings`, which every transaction here sets.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A table with its schema.
pub(crate) fn table(schema: &str, table: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(table("a\"b", "申请"), "\"a\"\"b\".\"申请\"");
        assert_eq!(literal("o'clock"), "'o''clock'");
    }
}
