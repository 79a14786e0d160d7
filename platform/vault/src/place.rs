//! What a ciphertext of layout 2 is bound to.

use uuid::Uuid;

use crate::Category;

/// A column that holds sealed fields, as the data map names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealedColumn {
    /// Table, as in the schema.
    pub table: &'static str,
    /// Column, as in the schema.
    pub column: &'static str,
    /// Which of the subject's keys seals it.
    pub category: Category,
}

/// Where a sealed field lives. It is authenticated, not stored: a ciphertext
/// moved to another column, row, subject or category does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The column.
    pub column: &'static SealedColumn,
    /// The row's identifier, which never changes and is not customer data.
    pub row: &'a str,
}

impl Place<'_> {
    /// The bytes that are authenticated: the header, the subject, then each part
    /// behind its length, so that no two places read the same. The category is that
    /// of the layer, the column's own or the one around it.
    pub(crate) fn bind(&self, header: &[u8], subject: Uuid, category: Category) -> Vec<u8> {
        let parts = [self.column.table, self.column.column, self.row, category.as_str()];
        let length = header.len() + 16 + parts.iter().map(|part| 4 + part.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(subject.as_bytes());
        for part in parts {
            // Names and ids are short; a length past 32 bits cannot be in memory twice.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}
