//! What can keep a cluster from running.

/// Why a cluster could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL's server programs are not installed; says what to install.
    #[error("{0}")]
    Missing(String),
    /// The operating system refused.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A program of PostgreSQL failed.
    #[error("{doing}: {output}")]
    Failed {
        /// What was being done.
        doing: String,
        /// The end of what the program wrote.
        output: String,
    },
}

impl ClusterError {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        |source| Self::Io { doing, source }
    }

    pub(crate) fn failed(doing: impl Into<String>, output: impl Into<String>) -> Self {
        Self::Failed {
            doing: doing.into(),
            output: output.into(),
        }
    }
}
