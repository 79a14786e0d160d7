//! What every step of the notifier needs beside its transaction.

use std::sync::Arc;

use base::ids::Ids;

use crate::config::Config;
use crate::witness::Watched;

/// The configuration, the source of ids, and who puts answers on record.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) config: Arc<Config>,
    pub(crate) ids: Ids,
    pub(crate) watched: Watched,
}

impl Context {
    /// A new id, as text.
    pub(crate) fn id(&self) -> String {
        self.ids.next().to_string()
    }

    /// Eight digits, to be typed on a telephone: of the id's 62 random bits.
    pub(crate) fn code(&self) -> String {
        let random = self.ids.next().as_u128() & ((1 << 62) - 1);
        format!("{:08}", random % 100_000_000)
    }
}
