//! Handing over checkpoints.

use super::{CallError, Client, Request};
use crate::evidence::Anchor;

impl Client {
    /// Posts a checkpoint to a path of this client's address, and answers the
    /// status. What the receiver says beside it does not matter: a webhook answers
    /// what it likes.
    ///
    /// # Errors
    /// See [`CallError`]; then the receiver need not have it.
    pub async fn anchor(&self, path: &str, key: &str, body: &Anchor) -> Result<u16, CallError> {
        let request = Request::<()>::post(path.to_owned(), key, body);
        self.exchange(&request).await.map(|(status, ..)| status)
    }
}
