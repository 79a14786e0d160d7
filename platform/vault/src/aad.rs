//! What a ciphertext is bound to.

/// Where a sealed field lives and whom it is about.
///
/// It is authenticated, not stored: a ciphertext moved to another column, row
/// or table does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aad<'a> {
    /// Table, as in the schema.
    pub table: &'a str,
    /// Column, as in the schema.
    pub column: &'a str,
    /// The row's subject: an identifier that never changes, not customer data.
    pub subject: &'a str,
}

impl Aad<'_> {
    /// The bytes that are authenticated: the wire header, then each part behind
    /// its length, so that no two bindings read the same ("ab"+"c", "a"+"bc").
    pub(crate) fn encode(&self, header: &[u8]) -> Vec<u8> {
        let parts = [self.table, self.column, self.subject];
        let length = header.len() + parts.iter().map(|part| 8 + part.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(header);
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifting_a_letter_between_the_parts_is_another_binding() {
        let one = Aad {
            table: "ab",
            column: "c",
            subject: "d",
        };
        let other = Aad {
            table: "a",
            column: "bc",
            subject: "d",
        };
        assert_ne!(one.encode(b"h"), other.encode(b"h"));
    }
}
