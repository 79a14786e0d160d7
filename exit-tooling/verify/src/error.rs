//! Why it can't be said whether something remains.

use std::io;
use std::path::PathBuf;

/// Shows no customers' data: positions, tables and paths only.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A database can't be read.
    #[error("failed to read the database: {0}")]
    Database(#[from] laws::source::DatabaseError),
    /// The key store can't be opened, or a key in it.
    #[error("failed to open the key store: {0}")]
    Vault(#[from] vault::VaultError),
    /// A sealed field does not open.
    #[error("{table}.{column}: a sealed field does not open: {source}")]
    Open {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Why.
        source: vault::OpenError,
    },
    /// The key store's database can't be opened.
    #[error("failed to open the key store's database: {0}")]
    Store(db::DbError),
    /// No key store there.
    #[error("there is no key store at that address")]
    NoKeyStore,
    /// The order can't be put on record.
    #[error("the order cannot be recorded in the evidence log, so nothing was opened: {0}")]
    Order(db::DbError),
    /// No such customer, or its rows are gone.
    #[error("customer {0} of those named has no row: take the witness before the exit")]
    NoCustomer(usize),
    /// Too many for one search.
    #[error("{0} customers in one witness, {1} are the most: make several exits")]
    TooMany(usize, usize),
    /// Nothing to look for.
    #[error("no field of the customers opens: there is nothing to look for")]
    Nothing,
    /// A foreign key of several columns, which the walk does not follow.
    #[error("table {0} has a foreign key of several columns, which the walk does not follow")]
    WideForeignKey(String),
    /// The search can't be built.
    #[error(transparent)]
    Search(#[from] laws::leaks::SearchError),
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The witness can't be opened.
    #[error("the witness: {0}")]
    Witness(#[from] certificate::sealing::SealingError),
    /// The witness is of another version.
    #[error("the witness is malformed or of another version")]
    Malformed,
    /// A key file.
    #[error(transparent)]
    Key(#[from] certificate::key_file::KeyFileError),
}

impl VerifyError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
