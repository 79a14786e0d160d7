//! The one error of the layer: what went wrong, as the caller must act on it.

/// Which rule of the schema a statement broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// A unique index or a primary key.
    Unique,
    /// A reference to a row that is not there.
    ForeignKey,
    /// A CHECK expression.
    Check,
    /// A NULL where none may be.
    NotNull,
}

/// Why a transaction, or one of its statements, did not happen.
///
/// Every variant but [`DbError::Ambiguous`] promises that nothing of the job was
/// committed. No variant carries a parameter's value, so all may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// Too much is waiting already; nothing was started. Try again later.
    #[error("the database queue is full")]
    Overloaded,
    /// The database cannot be reached, or undid the work of a whole group.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The commit was sent and its outcome is unknown: neither kept nor lost.
    #[error("the outcome of the commit is unknown: {0}")]
    Ambiguous(String),
    /// A rule of the schema refused a statement.
    ///
    /// Unique rules carry PostgreSQL's name on both databases (`firms_pkey`,
    /// `firms_code_key`, or the index's own name), NOT NULL rules `table.column`.
    /// CHECK rules carry their declared name; an unnamed one, and every foreign
    /// key, is named as the database does.
    #[error("constraint {name} refused the statement ({kind:?})")]
    Constraint {
        /// The name of the rule.
        name: String,
        /// The kind of rule.
        kind: ConstraintKind,
    },
    /// A trigger refused with the message `backstop:<code>:<detail>`.
    #[error("refused by the database: {code}")]
    Raised {
        /// The stable code, such as `intake_closed`.
        code: String,
        /// What the trigger added; may be empty.
        detail: String,
    },
    /// A statement or a lock took longer than its budget.
    #[error("the statement or lock took longer than its budget")]
    Timeout,
    /// The job awaited something other than its own SQL.
    #[error("a transaction may await nothing but SQL")]
    NotSql,
    /// A mistake in the SQL, in a type, or in the schema.
    #[error("{0}")]
    Other(String),
}
