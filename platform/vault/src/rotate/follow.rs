//! What a process does at its own KEKs when a rotation elsewhere has come further.

use crate::VaultError;
use crate::store::{Epochs, KeyStore};

impl KeyStore {
    /// Does at this process's KEKs what a rotation elsewhere has decided.
    pub(crate) fn follow(&self, keks: [Epochs; 2]) -> Result<(), VaultError> {
        for (provider, state) in self.providers.iter().zip(keks) {
            let held = provider.epochs();
            if held.last().is_none_or(|newest| *newest < state.target) {
                provider.reload()?;
            }
            if held.first().is_some_and(|oldest| *oldest < state.retired) {
                provider.destroy_below(state.retired)?;
            }
        }
        Ok(())
    }

    /// The newest KEK that this process has of each custodian's.
    pub(crate) fn held(&self) -> [Option<u32>; 2] {
        [0, 1].map(|at: usize| self.providers.get(at)?.epochs().last().copied())
    }
}
