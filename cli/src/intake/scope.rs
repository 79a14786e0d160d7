//! `--scope`: which new business.

use gate::Scope;

/// Which new business a command is about.
#[derive(Debug, clap::Args)]
pub(super) struct ScopeArg {
    /// Which new business: `everything`, or parts of act, product, channel and region, as in
    /// `act=draw,product=credit` or `region=330100`. Acts are application, contract, `limit_increase`, draw, renewal.
    #[arg(long, default_value = Scope::EVERYTHING, value_name = "SCOPE")]
    pub(super) scope: Scope,
}

impl ScopeArg {
    /// As a request names it: nothing for everything.
    pub(super) fn name(&self) -> Option<String> {
        (self.scope != Scope::everything()).then(|| self.scope.to_string())
    }
}
